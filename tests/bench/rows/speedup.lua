-- What two threads do together, to one.

local measures = require "measures"

local rows, add = measures.rows()

-- The compiled peers get greater arguments, so that all take about as long.
local function speedup_row(name, title, load, arguments)
  local function cpu(form, argument)
    return ("cpu %s %s %s"):format(form, load, argument)
  end
  add{
    name = name,
    moons = {"moons", cpu("plain", arguments.moons)},
    peers = {
      {"C pthreads", "c", cpu("plain", arguments.c)},
      {"Python threads", "python", cpu("thread", arguments.python)},
      {"Python processes", "python", cpu("process", arguments.python)},
      {"Node workers", "node", cpu("plain", arguments.node)},
      {"Go goroutines", "go", cpu("plain", arguments.go)},
      {"Erlang processes", "erlang", cpu("plain", arguments.erlang)},
    },
    figures = {{
      title = title, key = "speedup", unit = "×", scale = 1, better = "more", reach = 1.95,
    }},
  }
end

speedup_row("fib", "fib(32), two threads' throughput to one's", "fib", {
  moons = "32 4", python = "32", c = 42, node = 39, go = 40, erlang = 39,
})
speedup_row("trees", "binary-trees(14), two threads' throughput to one's", "trees", {
  moons = "14", python = "14", c = 17, node = 17, go = 16, erlang = 16,
})

return rows

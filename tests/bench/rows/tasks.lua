-- Tasks of one thread: a switch from one to the other, many that sleep, and a turn between a task
-- and another thread. The peers have one thread, too: Go by GOMAXPROCS, Erlang by one scheduler.

local measures = require "measures"

local rows, add = measures.rows()

local function switch_row(name, title, form, reach, peers)
  add{
    name = name,
    moons = {"moons", ("switch %s 2048000"):format(form)},
    peers = peers,
    figures = {{
      title = title, key = "seconds_each", unit = "ns", scale = 1e9, better = "less",
      reach = reach,
    }},
  }
end

switch_row("task-switch", "switch from task to task by two queues", "queue", 150, {
  {"Python asyncio.Queue", "python", "switch queue 102400"},
  {"Node promises", "node", "switch promise 2048000"},
  {"Go channels", "go", "switch channels 4096000"},
  {"Erlang send", "erlang", "switch send 2048000"},
})
switch_row("task-yield", "switch from task to task by yield", "yield", nil, {
  {"Python asyncio.sleep(0)", "python", "switch yield 204800"},
  {"Node, a resolved promise", "node", "switch resolved 2048000"},
  {"Node setImmediate", "node", "switch immediate 1024000"},
  {"Go Gosched", "go", "switch yield 4096000"},
  {"Erlang yield", "erlang", "switch yield 2048000"},
})

-- `seconds` and `megabytes` are what to reach.
local function sleepers_row(name, count, title, seconds, megabytes, peers)
  add{
    name = name,
    moons = {"moons", "sleepers plain " .. count},
    peers = peers,
    figures = {
      {
        title = title .. " tasks that sleep for 1 s, until all have ended", key = "seconds",
        unit = "s", scale = 1, better = "less", reach = seconds,
      },
      {
        title = title .. " tasks that sleep for 1 s, most memory", key = "bytes_peak", unit = "MB",
        scale = 1 / 1048576, better = "less", reach = megabytes,
      },
    },
  }
end

sleepers_row("sleepers-100k", 100000, "100,000", 1.15, 130, {
  {"Python asyncio", "python", "sleepers plain 100000"},
  {"Node promises", "node", "sleepers plain 100000"},
  {"Go goroutines", "go", "sleepers plain 100000"},
  {"Erlang processes", "erlang", "sleepers plain 100000"},
})
sleepers_row("sleepers-1m", 1000000, "1,000,000", 3, 1.3 * 1024, {
  {"Go goroutines", "go", "sleepers plain 1000000"},
})

local turns = measures.each("round trip of an integer between a task and a thread", nil,
  {["moons, thread to thread"] = 1.3})
add{
  name = "task-roundtrip",
  moons = {"moons", "roundtrip task 204800"},
  peers = {{"moons, thread to thread", "moons", "roundtrip plain 204800"}},
  figures = {turns},
}

return rows

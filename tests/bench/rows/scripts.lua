-- What a script that has one thread pays: its start, and how fast it runs.

local measures = require "measures"

local rows, add = measures.rows()

local function alone_row(name, title, words, beside)
  add{
    name = name,
    moons = {"moons", "alone " .. words},
    peers = {{"lua5.4", "lua", "alone " .. words}},
    figures = {{
      title = title, key = "seconds", unit = "ms", scale = 1e3, better = "less",
      beside = {["lua5.4"] = beside},
    }},
  }
end

alone_row("fib-alone", "fib(32), one thread", "plain fib 32 4")
alone_row("trees-alone", "binary-trees(14), one thread", "plain trees 14", 1 / 1.25)

add{
  name = "start",
  moons = {"start", "200 @moons @empty", needs = "moons"},
  peers = {
    {"lua5.4", "start", "200 lua5.4 @empty", needs = "lua"},
    {"Python", "start", "20 @python @empty", needs = "python"},
    {"Node", "start", "10 node @empty", needs = "node"},
  },
  figures = {{
    title = "start of an empty script", key = "seconds_each", unit = "ms", scale = 1e3,
    better = "less", beside = {["lua5.4"] = 1.3},
  }},
}

return rows

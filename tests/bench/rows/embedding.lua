-- The rows of moons in other programs: libmoons beside plain Lua, and moons.so beside the command.

local measures = require "measures"
local each, rate = measures.each, measures.rate

local rows, add = measures.rows()

add{
  name = "libmoons-runtime",
  moons = {"libmoons", "runtime 2000"},
  peers = {{"Lua state with its libraries", "liblua", "new 2000"}},
  figures = {each("libmoons: runtime, created and freed")},
}

add{
  name = "libmoons-state",
  moons = {"libmoons", "state 20000"},
  peers = {{"Lua state with its libraries", "liblua", "new 2000"}},
  figures = {each("libmoons: state, created and freed")},
}

add{
  name = "libmoons-thread",
  moons = {"libmoons", "thread 20000"},
  peers = {
    {"C pthread_create + join", "c", "spawn plain 10000"},
    {"the command's spawn", "moons", "spawn plain 20000"},
  },
  figures = {each("libmoons: thread, run and joined", 8)},
}

add{
  name = "libmoons-call",
  moons = {"libmoons", "call 300000"},
  peers = {
    {"Lua, lua_pcall", "liblua", "call 3000000"},
    {"libmoons, through a queue and back", "libmoons", "queue 100000"},
  },
  figures = {
    each("libmoons: call of a Lua function in C's thread", nil,
      {["libmoons, through a queue and back"] = 1.5}),
  },
}

add{
  name = "libmoons-submit",
  moons = {"libmoons", "submit 100000"},
  peers = {{"libmoons, through a queue and back", "libmoons", "queue 100000"}},
  figures = {
    each("libmoons: call by an executor's thread", nil,
      {["libmoons, through a queue and back"] = 1.5}),
  },
}

-- What a script does in a stock lua5.4, beside the command.
local function stock_row(name, words, figure)
  figure.beside = {["the command moons"] = figure.better == "less" and 1.1 or 0.9}
  add{
    name = "stock-" .. name,
    moons = {"stock", words, needs = "stock"},
    peers = {{"the command moons", "moons", words}},
    figures = {figure},
  }
end

stock_row("spawn", "spawn plain 10000", each("stock lua5.4: spawn + run + join"))
stock_row("roundtrip", "roundtrip plain 102400", each("stock lua5.4: round trip, two threads"))
stock_row("int-1p1c", "queue unbounded int 1 1 4096000 0",
  rate("stock lua5.4: queue, integer, 1P1C"))

return rows

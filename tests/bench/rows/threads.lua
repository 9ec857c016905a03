-- The rows of threads: started, alive, and a turn over and back.

local measures = require "measures"
local each = measures.each

local rows, add = measures.rows()

add{
  name = "spawn",
  moons = {"moons", "spawn plain 20000"},
  peers = {
    {"C pthread_create + join", "c", "spawn plain 10000"},
    {"Python threading.Thread", "python", "spawn plain 4000"},
    {"Node Worker", "node", "spawn plain 20"},
    {"Go goroutine", "go", "spawn goroutine 400000"},
    {"Go locked OS thread", "go", "spawn thread 10000"},
    {"Erlang process", "erlang", "spawn plain 100000"},
  },
  figures = {each("spawn + run + join", 8, {["C pthread_create + join"] = 0.5})},
}

add{
  name = "live",
  moons = {"moons", "live plain 1024"},
  peers = {
    {"C pthread", "c", "live plain 1024"},
    {"Python threading.Thread", "python", "live plain 1024"},
    {"Go locked OS thread", "go", "live thread 1024"},
    {"Go goroutine", "go", "live goroutine 1024"},
    {"Erlang process", "erlang", "live plain 1024"},
  },
  figures = {
    {
      title = "1,024 live threads, until all wait", key = "seconds", unit = "ms", scale = 1e3,
      better = "less", reach = 20,
    },
    {
      title = "1,024 live threads, memory of each", key = "bytes_each", unit = "KB",
      scale = 1 / 1024, better = "less", reach = 40,
    },
  },
}

local round_trip_peers = {
  {"C futex", "c", "roundtrip futex 20480"},
  {"C mutex + condition", "c", "roundtrip condition 20480"},
  {"Python SimpleQueue", "python", "roundtrip simple 10240"},
  {"Python Queue", "python", "roundtrip queue 10240"},
  {"Node postMessage", "node", "roundtrip plain 10240"},
  {"Go channels", "go", "roundtrip plain 1024000"},
  {"Erlang send", "erlang", "roundtrip default 204800"},
}

add{
  name = "roundtrip",
  moons = {"moons", "roundtrip plain 204800"},
  peers = table.move(round_trip_peers, 1, #round_trip_peers, 1, {
    [#round_trip_peers + 1] = {
      "Erlang, across schedulers", "erlang", "roundtrip bound 102400",
    },
  }),
  figures = {each("round trip of an integer", 1.5)},
}

add{
  name = "roundtrip-pinned", pin = true,
  moons = {"moons", "roundtrip plain 102400"},
  peers = round_trip_peers,
  figures = {each("round trip of an integer, one processor", 4)},
}

return rows

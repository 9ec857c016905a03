-- A process of our own: started, a turn over and back, and one-way traffic.

local measures = require "measures"
local each, rate = measures.each, measures.rate

local rows, add = measures.rows()

local process_start = each("process, start + run + join", 3)
process_start.unit, process_start.scale = "ms", 1e3
add{
  name = "process",
  moons = {"moons", "process start 200 0"},
  peers = {
    {"C fork + waitpid", "c", "process start 1000 0"},
    {"Python multiprocessing, fork", "python", "process start fork 200 0"},
    {"Python multiprocessing, forkserver", "python", "process start forkserver 50 0"},
    {"Python multiprocessing, spawn", "python", "process start spawn 20 0"},
  },
  figures = {process_start},
}

add{
  name = "process-turns",
  moons = {"moons", "process turns 20480 0"},
  peers = {
    {"C pipes", "c", "process turns 20480 0"},
    {"Python Pipe", "python", "process turns pipe 20480 0"},
    {"Python SimpleQueue", "python", "process turns simple 10240 0"},
    {"Python Queue", "python", "process turns queue 5120 0"},
  },
  figures = {each("round trip of an integer between processes, two queues", 25)},
}

local between = rate("queue between processes, string of 1 MB, 1P1C", 1.5)
between.unit, between.scale = "GB/s", 1048576e-9
add{
  name = "process-string-1m",
  moons = {"moons", "process stream 512 1048576"},
  peers = {
    {"C pipe", "c", "process stream 512 1048576"},
    {"Python Pipe", "python", "process stream pipe 256 1048576"},
    {"Python Queue", "python", "process stream queue 128 1048576"},
  },
  figures = {between},
}

return rows

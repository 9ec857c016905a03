-- The rows of buffers and arrays that two threads read.

local measures = require "measures"
local rate = measures.rate

local rows, add = measures.rows()

local function halves(title, reach)
  return {
    title = title .. " summed by two threads, to one", key = "speedup", unit = "×", scale = 1,
    better = "more", reach = reach,
  }
end

add{
  name = "array",
  moons = {"moons", "array doubles 10000000"},
  peers = {},
  figures = {halves("10M doubles of an Array", 1.9)},
}

add{
  name = "buffer-read",
  moons = {"moons", "array bytes 4096000"},
  peers = {
    {"Python shared_memory, processes", "python", "array bytes 4096000"},
  },
  figures = {halves("4M bytes of a Buffer"), rate("bytes of a Buffer, read by 2 threads")},
}

return rows

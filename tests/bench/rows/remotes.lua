-- Queues that other processes reach over the network: ours are stored and acknowledged.

local measures = require "measures"
local each, rate = measures.each, measures.rate

local rows, add = measures.rows()

local function thousands(title)
  local figure = rate(title)
  figure.unit, figure.scale = "k/s", 1e-3
  return figure
end

add{
  name = "remote-tasks",
  moons = {"moons", "remote tasks 10240"},
  peers = {{"Python managers", "python", "remote tasks 10240"}},
  figures = {thousands("tasks for two remote workers, one at a time")},
}

add{
  name = "remote-many",
  moons = {"moons", "remote many 20480"},
  peers = {{"Python managers", "python", "remote tasks 10240"}},
  figures = {thousands("tasks for two remote workers, many at a time")},
}

add{
  name = "remote-turns",
  moons = {"moons", "remote turns 2048"},
  peers = {{"Python managers", "python", "remote turns 2048"}},
  figures = {each("round trip of an integer by two remote queues")},
}

return rows

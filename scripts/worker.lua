-- An actor that calls what it is sent, and gives back the results. From a summary of concurrency in
-- Python (Result, Worker); worker_result.lua builds the same by hand.

local worker <close> = moons.Actor {
  restart = "on_failure", -- of a call that fails, only its future does
  function(_, f, ...) return f(...) end,
}

local function pow(x, y) return x ^ y end
local function fail() error("no result", 0) end

print(worker:ask(pow, 2, 3):result())
local bad, good = worker:ask(fail), worker:ask(math.max, 7, 8)
print(pcall(bad.result, bad))
print(good:result())

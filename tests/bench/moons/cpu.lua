-- cpu FORM fib|trees ARGUMENT [TIMES]: two threads' throughput against one's,
-- each doing the load TIMES times.

package.path = arg[0]:match("^(.*/)[^/]*$") .. "?.lua;" .. package.path
local load = require("loads")[arg[2]]
local argument, times = math.tointeger(arg[3]), math.tointeger(arg[4] or 1)

local function work(n)
  for _ = 1, times do
    load(n)
  end
end

local function timed(workers, n)
  local start, threads = moons.clock(), {}
  for i = 1, workers do
    threads[i] = spawn(work, n)
  end
  for _, thread in ipairs(threads) do
    thread:join()
  end
  return moons.clock() - start
end

timed(2, argument - 4)
local one, two = timed(1, argument), timed(2, argument)
print("speedup", 2 * one / two)
print("seconds", one)

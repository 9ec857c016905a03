-- Threads that wait for other programs or for time, beside threads that compute: all of it takes
-- about as long as the longest part. From the item on threads and blocking I/O of a book of advice
-- on Python.
--   moons scripts/io_beside_cpu.lua

local function program()
  local pipe <close> = io.popen("sleep 0.5 && echo done")
  return pipe:read("l")
end

local function sleeper()
  moons.sleep(0.5)
  return "awake"
end

-- The factors of a number, by trying all.
local function factorize(number)
  local factors = {}
  for i = 1, number do
    if number % i == 0 then factors[#factors + 1] = i end
  end
  return #factors .. " factors"
end

-- What the job gives, and the seconds it took.
local function timed(job, ...)
  local start <const> = moons.clock()
  local result <const> = job(...)
  return result, moons.clock() - start
end

local start <const> = moons.clock()
local threads = {
  spawn { timed, program, name = "program" }, spawn { timed, program, name = "program" },
  spawn { timed, sleeper, name = "sleeper" }, spawn { timed, sleeper, name = "sleeper" },
  spawn { timed, factorize, 21390790, name = "factorize" },
}
local longest, sum = 0, 0
for _, thread in ipairs(threads) do
  local result, seconds = thread:join()
  print(("%-10s %-10s %5.2f s"):format(thread:name(), result, seconds))
  longest, sum = math.max(longest, seconds), sum + seconds
end
print(("%.2f s in all, the longest %.2f s, one after the other %.2f s"):format(
  moons.clock() - start, longest, sum))

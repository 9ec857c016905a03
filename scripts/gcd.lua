-- A function over a list of numbers, one after the other and on all processors: the results are the
-- same, the time is divided by about the number of processors. From the item on concurrent.futures
-- of a book of advice on Python, where threads need longer than a single one.
--   moons scripts/gcd.lua [SIZE]    numbers of about SIZE, default 8000000

-- The slow way, for the sake of work.
local function gcd(pair)
  for i = math.min(pair[1], pair[2]), 1, -1 do
    if pair[1] % i == 0 and pair[2] % i == 0 then return i end
  end
end

local function timed(f, ...)
  local start <const> = moons.clock()
  return f(...), moons.clock() - start
end

local function serial(list)
  local results = {}
  for i, pair in ipairs(list) do results[i] = gcd(pair) end
  return results
end

local function parallel(list)
  local results = {}
  local ex <close> = futures.ThreadPoolExecutor()
  for result in ex:map(gcd, list) do results[#results + 1] = result end
  return results
end

local size <const> = tonumber(arg[1] or 8000000)
local pairs_of_numbers = {}
for i = 1, 16 do pairs_of_numbers[i] = { size + 12 * i, 2 * size + 18 * i } end

local one, one_time = timed(serial, pairs_of_numbers)
local all, all_time = timed(parallel, pairs_of_numbers)
print(table.concat(one, " "))
print(table.concat(all, " "))
print(("serial %.2f s, on %d processors %.2f s: %.2f times as fast"):format(
  one_time, moons.cpu_count(), all_time, one_time / all_time))

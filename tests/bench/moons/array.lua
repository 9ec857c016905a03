-- array FORM N: N doubles summed by two threads, each its half, against one.

local n = math.tointeger(arg[2])
local numbers = moons.Array("double", n)
numbers:fill(0.5)

local function sum(slice)
  local total = 0
  for i = 1, #slice do
    total = total + slice[i]
  end
  return total
end

local function timed(...)
  local start, threads, total = moons.clock(), {}, 0
  for i, slice in ipairs{...} do
    threads[i] = spawn(sum, slice)
  end
  for _, thread in ipairs(threads) do
    total = total + thread:join()
  end
  assert(total == n / 2)
  return moons.clock() - start
end

timed(numbers)
local one = timed(numbers)
print("speedup", one / timed(numbers:slice(1, n // 2), numbers:slice(n // 2 + 1)))
print("seconds", one)

-- array doubles|bytes N: as many of an Array, or of a Buffer, are summed by two threads, each its
-- half, against one.

local form, n = arg[1], math.tointeger(arg[2])
local numbers = form == "bytes" and moons.Buffer(n) or moons.Array("double", n)
local element = form == "bytes" and 2 or 0.5
numbers:fill(element)

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
  assert(total == n * element, "wrong sum")
  return moons.clock() - start
end

timed(numbers)
local one = timed(numbers)
local two = timed(numbers:slice(1, n // 2), numbers:slice(n // 2 + 1))
print("speedup", one / two)
print("seconds", one)
print("per_second", n / two)

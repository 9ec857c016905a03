-- A running average: a function that keeps its sum from one number to the next, and other work is
-- done between them. From a page on coroutines in Python (average).

local function average()
  local total, count, value = 0, 0, nil
  while true do
    local term = coroutine.yield(value)
    total = total + term
    count = count + 1
    value = total / count
  end
end

local c <close> = moons.Generator(average)
c:next()

local function enter(number)
  print(("Entering %d"):format(number))
  print(("The average is %s"):format(c:send(number)))
end

for i = 0, 2 do enter(i) end
print("Other work")
enter(10)

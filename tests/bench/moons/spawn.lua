-- spawn FORM N: starts a thread, lets it run, joins it; N times.

local n = math.tointeger(arg[2])

local function identity(value)
  return value
end

local function spawn_and_join(count)
  local start = moons.clock()
  for i = 1, count do
    assert(spawn(identity, i):join() == i, "wrong result")
  end
  return moons.clock() - start
end

spawn_and_join(n // 10)
print("seconds_each", spawn_and_join(n) / n)

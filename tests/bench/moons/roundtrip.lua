-- roundtrip FORM N: an integer goes to another thread and comes back, N times.

local n = math.tointeger(arg[2])

local function echo(there, back, count)
  for _ = 1, count do
    back:put(there:get())
  end
end

local function round_trips(count)
  local there, back = Queue(), Queue()
  local thread = spawn(echo, there, back, count + 1)
  there:put(0)
  back:get()
  local start = moons.clock()
  for i = 1, count do
    there:put(i)
    assert(back:get() == i, "wrong value came back")
  end
  local seconds = moons.clock() - start
  thread:join()
  return seconds
end

round_trips(n // 10)
print("seconds_each", round_trips(n) / n)

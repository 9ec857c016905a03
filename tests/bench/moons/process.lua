-- process FORM N BYTES: what goes on between two processes.
--   start   a process is started, runs, and gives its result; N times
--   turns   an integer goes to another process by one queue and comes back by a second one, N times
--   stream  N strings of so many bytes go to another process

local form, n, bytes = arg[1], math.tointeger(arg[2]), math.tointeger(arg[3])

local forms = {}

local function identity(value)
  return value
end

function forms.start(count)
  local start = moons.clock()
  for i = 1, count do
    assert(moons.process(identity, i):join() == i, "wrong result")
  end
  return moons.clock() - start
end

local function echo(there, back, count)
  for _ = 1, count do
    back:put(there:get())
  end
end

function forms.turns(count)
  local there, back = Queue(), Queue()
  local process = moons.process(echo, there, back, count + 1)
  there:put(0)
  back:get()
  local start = moons.clock()
  for i = 1, count do
    there:put(i)
    assert(back:get() == i, "wrong value came back")
  end
  local seconds = moons.clock() - start
  process:join()
  return seconds
end

local function consume(queue, back, count)
  back:put(#queue:get())
  local sum = 0
  for _ = 1, count do
    sum = sum + #queue:get()
  end
  back:put(sum)
end

function forms.stream(count)
  local queue, back, text = Queue(16), Queue(), string.rep("x", bytes)
  local process = moons.process(consume, queue, back, count)
  queue:put(text)
  back:get()
  local start = moons.clock()
  for _ = 1, count do
    queue:put(text)
  end
  assert(back:get() == count * bytes, "bytes were lost")
  local seconds = moons.clock() - start
  process:join()
  return seconds
end

forms[form](n // 10)
local seconds = forms[form](n)
print("seconds_each", seconds / n)
print("per_second", n / seconds)

-- roundtrip FORM N: a turn goes to another thread and comes back, N times.
--   plain    an integer by two queues    condition  by notify
--   event    by two events               select     an integer, taken by select over 8 queues
--   mailbox  an integer by mailboxes     buffer     a Buffer of 1 MB by two queues
--   task     as plain, and this side is a task

local form, n = arg[1], math.tointeger(arg[2])

local forms = {}

function forms.plain()
  local function echo(there, back, count)
    for _ = 1, count do
      back:put(there:get())
    end
  end
  local there, back = Queue(), Queue()
  return function(i)
    there:put(i)
    assert(back:get() == i, "wrong value came back")
  end, echo, there, back
end

forms.task = forms.plain

function forms.event()
  local function echo(there, back, count)
    for _ = 1, count do
      there:wait()
      there:clear()
      back:set()
    end
  end
  local there, back = moons.Event(), moons.Event()
  return function()
    there:set()
    back:wait()
    back:clear()
  end, echo, there, back
end

function forms.condition()
  local function pass(turn, condition, from, to)
    condition:acquire()
    while turn:get() ~= from do
      condition:wait()
    end
    turn:set(to)
    condition:notify()
    condition:release()
  end
  local function echo(turn, condition, count)
    for _ = 1, count do
      pass(turn, condition, 2, 1)
    end
  end
  local turn, condition = moons.Atomic(1), moons.Condition(Lock())
  return function()
    pass(turn, condition, 1, 2)
  end, echo, turn, condition
end

function forms.select()
  local function echo(queues, back, count)
    for _ = 1, count do
      local _, value = moons.select(queues)
      back:put(value)
    end
  end
  local queues, back = {}, Queue()
  for i = 1, 8 do
    queues[i] = Queue()
  end
  return function(i)
    queues[i % 8 + 1]:put(i)
    assert(back:get() == i, "wrong value came back")
  end, echo, queues, back
end

function forms.mailbox()
  local function echo(main, _, count)
    main:send(moons.current())
    for _ = 1, count do
      main:send(moons.receive())
    end
  end
  local other
  return function(i)
    other = other or moons.receive()
    other:send(i)
    assert(moons.receive() == i, "wrong value came back")
  end, echo, moons.current()
end

-- The other side writes into it, this one reads that.
function forms.buffer()
  local function echo(there, back, count)
    for i = 0, count - 1 do
      local buffer = there:get()
      buffer[#buffer] = i & 255
      back:put(buffer)
    end
  end
  local there, back, block = Queue(), Queue(), moons.Buffer(1048576)
  return function(i)
    there:put(block)
    local buffer = back:get()
    assert(buffer == block and buffer[#buffer] == i & 255, "wrong value came back")
  end, echo, there, back
end

local function timed(once, count)
  once(0)
  local start = moons.clock()
  for i = 1, count do
    once(i)
  end
  return moons.clock() - start
end

local function round_trips(count)
  local once, echo, there, back = forms[form]()
  local thread = spawn(echo, there, back, count + 1)
  local seconds = form == "task" and moons.task(timed, once, count):result() or timed(once, count)
  thread:join()
  return seconds
end

round_trips(n // 10)
print("seconds_each", round_trips(n) / n)

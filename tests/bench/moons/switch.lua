-- switch FORM N: two tasks of one thread take turns, N switches from one to the other.
--   queue   an integer by two queues    yield   moons.yield

local form, n = arg[1], math.tointeger(arg[2])

local forms = {}

-- The two bodies. Each turn over and back is two switches.
function forms.queue(count)
  local there, back = Queue(), Queue()
  return function()
    for i = 1, count do
      there:put(i)
      assert(back:get() == i, "wrong value came back")
    end
  end, function()
    for _ = 1, count do
      back:put((there:get()))
    end
  end
end

function forms.yield(count)
  local function take_turns()
    local yield = moons.yield
    for _ = 1, count do
      yield()
    end
  end
  return take_turns, take_turns
end

local function seconds(count)
  local first, second = forms[form](count // 2)
  first, second = moons.task(first), moons.task(second)
  local start = moons.clock()
  moons.gather(first, second)
  return moons.clock() - start
end

seconds(n // 10)
print("seconds_each", seconds(n) / n)

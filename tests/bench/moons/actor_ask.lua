-- actor_ask FORM N: a question to an actor and its answer, then the next, N times.
--   task     who asks and the actor are tasks of one thread
--   thread   the actor has a thread of its own

local form, n = arg[1], math.tointeger(arg[2])

local function ask_all(actor, count)
  local start = moons.clock()
  for i = 1, count do
    assert(actor:ask(i):result() == i + 1, "wrong answer")
  end
  return moons.clock() - start
end

local actor <close> = moons.Actor{function(_, value) return value + 1 end, on = form}
moons.task(ask_all, actor, n // 10):result()
print("seconds_each", moons.task(ask_all, actor, n):result() / n)

-- actor_ring FORM ACTORS HOPS: a ring of actors, each of which sends a token on to the next, until
-- it has made so many hops. All are tasks of one thread.

local count, hops = math.tointeger(arg[2]), math.tointeger(arg[3])

local finished, ring = Queue(), {}

local function new_actor(i)
  return moons.Actor{
    function(_, left)
      if left == 0 then
        finished:put(i)
      else
        ring[i % count + 1]:send(left - 1)
      end
    end,
    on = "task",
  }
end

for i = 1, count do
  ring[i] = new_actor(i)
end

local function seconds(n)
  local start = moons.clock()
  ring[1]:send(n)
  assert(finished:get() == n % count + 1, "the token was lost")
  return moons.clock() - start
end

seconds(hops // 10)
print("seconds_each", seconds(hops) / hops)
for _, actor in ipairs(ring) do
  actor:close()
end

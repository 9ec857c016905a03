-- The bounded buffer, the textbook's first use of conditions: two of them with one lock, one for
-- those who wait for room and one for those who wait for items. (A Queue does all this by itself.)
-- Threads share no variables here, so what the lock protects is a queue used as a mere store.

local SIZE <const>, EACH <const> = 4, 500

local lock, store = Lock(), Queue()
local not_full, not_empty = moons.Condition(lock), moons.Condition(lock)

local function put(item)
  local _ <close> = lock:hold()
  not_full:wait_for(function() return #store < SIZE end)
  store:put(item)
  assert(#store <= SIZE)
  not_empty:notify()
end

local function get()
  local _ <close> = lock:hold()
  not_empty:wait_for(function() return #store > 0 end)
  local item = store:get()
  not_full:notify()
  return item
end

local function produce(from) for n = from, from + EACH - 1 do put(n) end end

local function consume()
  local sum = 0
  for _ = 1, EACH do sum = sum + get() end
  return sum
end

local producers, consumers, sum = {}, {}, 0
for i = 1, 3 do
  producers[i], consumers[i] = spawn(produce, (i - 1) * EACH + 1), spawn(consume)
end
for _, producer in ipairs(producers) do producer:join() end
for _, consumer in ipairs(consumers) do sum = sum + consumer:join() end
print(("sum of 1 to %d: %d"):format(3 * EACH, sum))

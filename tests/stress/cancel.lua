-- Cancelling at random moments of random work: every thread ends, closes what it opened, innermost
-- first, and leaves neither threads nor locks behind.
--   moons tests/stress/cancel.lua [seed]

local seed = math.tointeger(tonumber(arg[1] or os.getenv("MOONS_SEED"))) or os.time()
math.randomseed(seed)
print("seed " .. seed)

local lock, full, empty = Lock(), Queue(1), Queue()
full:put(true)
local events = Queue()

local function closing(id, depth)
  return setmetatable({}, { __close = function() events:try_put { id, -depth } end })
end

local function spin(n) for _ = 1, n do end end

-- These catch what they can, so that a second later nothing is let run any more, no closing either.
local stubborn = {
  function() while true do pcall(spin, 1000) end end,
  function() while true do pcall(moons.sleep, 0.0001) end end,
}

local work = {
  function() while true do spin(1000) end end,
  function() moons.sleep(math.huge) end,
  function() while true do empty:get(0.0001) end end,
  function() full:put(true) end,
  function() empty:join(0) empty:get_many() end,
  function() while true do local _ <close> = lock:hold() spin(100) end end,
  function() while true do lock:with(spin, 100) end end,
  function() while true do coroutine.wrap(function() spin(100) coroutine.yield() end)() end end,
  function() while true do spawn(spin, 10):join() end end,
  function() while true do local _ <close> = spawn(spin, 100000) spin(100) end end,
  function() while true do local _ <close> = spawn(moons.sleep, 0.0001) end end,
  function() while true do ("x"):rep(10000):gsub(".", "%0%0") end end,
  function() while true do setmetatable({}, { __gc = function() spin(10) end }) end end,
}

local function run(id, which)
  local _ <close> = closing(id, 1)
  events:put { id, 1 }
  local _ <close> = closing(id, 2)
  events:put { id, 2 }
  work[which]()
end

-- Cancels them, with random pauses, and joins them.
local function cancel_all(threads)
  for _, thread in ipairs(threads) do
    if math.random(2) == 1 then moons.sleep(math.random() / 500) end
    thread:cancel()
  end
  for _, thread in ipairs(threads) do
    local ok, message = pcall(thread.join, thread)
    assert(not ok and message:find("was cancelled", 1, true), message)
    assert(thread:status() == "cancelled")
  end
end

local finish, count = moons.clock() + 3, 0
repeat
  local threads = {}
  for i = 1, 16 do
    count = count + 1
    threads[i] = spawn(run, count, math.random(#work))
  end
  cancel_all(threads)
until moons.clock() > finish
cancel_all { spawn(stubborn[1]), spawn(stubborn[2]) }

-- What each thread opened and closed: a stack. One that was cancelled between opening and saying so
-- closes what was not told.
local open = {}
for _, event in ipairs(#events > 0 and events:get_many() or {}) do
  local id, depth = event[1], event[2]
  local now = open[id] or 0
  assert(depth > 0 and now == depth - 1 or depth < 0 and now <= -depth and now >= -depth - 1,
    ("thread %d: %d after %d"):format(id, depth, now))
  open[id] = depth > 0 and depth or -depth - 1
end
for id, depth in pairs(open) do
  assert(depth == 0, ("thread %d left %d blocks open"):format(id, depth))
end

assert(lock:acquire(60), "the lock is lost")
lock:release()
local latest = moons.clock() + 60
while #moons.threads() > 1 and moons.clock() < latest do moons.sleep(0.001) end
assert(#moons.threads() == 1, "threads are left")
print(count .. " threads cancelled")

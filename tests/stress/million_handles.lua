-- A million handles of mixed kinds are made, sent to a thread and back, and dropped by either side:
-- afterwards the process has as much memory as before.
--   moons tests/stress/million_handles.lua [count]

local watched = os.getenv "MOONS_SLOW"
local BATCH <const> = 1000
-- These tools slow it down and keep what was freed; of leaks all but TSan tell by themselves.
local COUNT = math.tointeger(tonumber(arg[1])) or (watched and 10000 or 1000000)
-- Less than the smallest leak would take, eight bytes for each, and more than chance does.
local BOUND <const> = COUNT * 4

local lock, array = Lock(), moons.Array("int8", 64)
local kinds = {
  Queue,
  function() local q = Queue(2) q:put(lock) return q end,
  moons.LifoQueue,
  moons.PriorityQueue,
  Lock,
  moons.RLock,
  moons.RWLock,
  moons.Semaphore,
  moons.Event,
  moons.Condition,
  function() return moons.Condition(lock) end,
  function() return moons.Barrier(2) end,
  moons.Once,
  function() return moons.Atomic(1) end,
  function() return moons.Shared { 1 } end,
  function() return moons.Buffer(16) end,
  function() return array:slice(2, 3) end,
  threadlocal,
}

local to, from = Queue(), Queue()
local other = spawn(function()
  for message in to:iter() do
    if message == "collect" then
      message = nil
      collectgarbage()
      collectgarbage()
    else
      -- Of every other one the last to let go is this thread, or the other one.
      for i = 1, #message, 2 do message[i] = false end
    end
    from:put(message or "collected")
  end
end)

local function batch()
  local list = {}
  for i = 1, BATCH - 3 do list[i] = kinds[i % #kinds + 1]() end
  local ended = spawn(type, 1)
  assert(ended:join() == "number")
  list[BATCH - 2], list[BATCH - 1], list[BATCH] = moons.current(), other, ended
  to:put(list)
  list = nil -- luacheck: ignore
  assert(#from:get() == BATCH)
end

local function resident()
  collectgarbage()
  collectgarbage()
  to:put("collect")
  assert(from:get() == "collected")
  local file <close> = assert(io.open("/proc/self/statm"))
  return select(2, file:read("n", "n")) * 4096
end

local function make_and_drop(count)
  for _ = 1, count, BATCH do batch() end
  return resident()
end

local before = make_and_drop(COUNT // 5)
local growth = make_and_drop(COUNT) - before
print(("%d handles, %d bytes more"):format(COUNT, growth))
assert(watched or growth < BOUND, "memory has grown")
to:close()
other:join()

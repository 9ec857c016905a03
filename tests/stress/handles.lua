-- A million handles of each kind are made and dropped in every order, and memory stays flat.
--   moons tests/stress/handles.lua [seed [count]]

local seed = math.tointeger(tonumber(arg[1] or os.getenv("MOONS_SEED"))) or os.time()
local count = math.tointeger(tonumber(arg[2])) or 20000 -- a million by hand; fewer as a test
math.randomseed(seed)
print("seed " .. seed)

-- The sanitizers keep what was freed; of leaks AddressSanitizer tells by itself.
local keeps_freed = os.getenv "MOONS_SLOW"
local BATCH, BOUND = 1000, keeps_freed and math.huge or 48 << 20

local lock, rwlock, semaphore = moons.RLock(), moons.RWLock(), moons.Semaphore(1 << 30)
local buffer, array = moons.Buffer(64), moons.Array("int8", 64)
local tree, packed = moons.Shared { part = {} }, moons.Shared { n = 1 }
local function nothing() end

local kinds = {
  Queue = function() return Queue() end,
  full_Queue = function() local q = Queue() q:put { "item" } return q end,
  LifoQueue = function() return moons.LifoQueue() end,
  PriorityQueue = function() return moons.PriorityQueue() end,
  Lock = function() return Lock() end,
  RLock = function() return moons.RLock() end,
  RWLock = function() return moons.RWLock() end,
  Semaphore = function() return moons.Semaphore() end,
  BoundedSemaphore = function() return moons.BoundedSemaphore(2) end,
  Event = function() return moons.Event() end,
  Condition = function() return moons.Condition() end,
  Condition_of = function() return moons.Condition(lock) end,
  Barrier = function() return moons.Barrier(2) end,
  Barrier_acting = function() local b = moons.Barrier(1, nothing) b:wait() return b end,
  Once = function() local o = moons.Once() o:call(nothing) return o end,
  Atomic = function() return moons.Atomic(1) end,
  Shared = function() return moons.Shared { 1, { 2 } } end,
  Shared_part = function() tree.part = { { 1 } } return tree.part[1] end,
  Shared_pairs = function() return (pairs(packed)) end,
  Buffer = function() return moons.Buffer(32) end,
  Buffer_slice = function() return buffer:slice(2, 3) end,
  Array = function() return moons.Array("double", 4) end,
  Array_slice = function() return array:slice(2, 3) end,
  threadlocal = function() local t = threadlocal() t.x = 1 return t end,
  guard = function() return lock:hold() end,
  read_guard = function() return rwlock:hold_read() end,
  permit = function() return semaphore:hold() end,
}

local function resident()
  local file <close> = assert(io.open("/proc/self/statm"))
  return select(2, file:read("n", "n")) * 4096
end

local function shuffle(list)
  for i = #list, 2, -1 do
    local j = math.random(i)
    list[i], list[j] = list[j], list[i]
  end
end

local orders = {
  function(list) for i = 1, #list do list[i] = nil end end,
  function(list) for i = #list, 1, -1 do list[i] = nil end end,
  function(list) shuffle(list) for i = 1, #list do list[i] = nil end end,
}

local function let_go(list)
  for _, object in ipairs(list) do
    local close = (debug.getmetatable(object) or {}).__close
    if close then close(object) end
  end
  orders[math.random(#orders)](list)
end

local function churn(make, most)
  local list = {}
  for _ = 1, most, BATCH do
    for i = 1, BATCH do list[i] = make() end
    let_go(list)
  end
  collectgarbage()
  collectgarbage()
end

local names = {}
for name in pairs(kinds) do names[#names + 1] = name end
table.sort(names)
shuffle(names)
for _, name in ipairs(names) do
  churn(kinds[name], 2 * BATCH)
  local before = resident()
  churn(kinds[name], count)
  local growth = resident() - before
  assert(growth < BOUND, ("%s: %d bytes more"):format(name, growth))
end
assert(not lock:locked() and not rwlock:locked())

-- Threads end with handles in their hands, and so does the script; each kind is sent once.
local threads = {}
for i, name in ipairs(names) do
  threads[i] = spawn(function(make)
    Kept = {} -- luacheck: ignore
    for n = 1, 100 do Kept[n] = make() end
  end, kinds[name])
end
for _, thread in ipairs(threads) do thread:join() end
Kept = {} -- luacheck: ignore
for _, name in ipairs(names) do
  for _ = 1, 100 do Kept[#Kept + 1] = kinds[name]() end
end
shuffle(Kept)
print(count .. " of each of " .. #names .. " kinds")

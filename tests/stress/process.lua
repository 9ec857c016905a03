-- Several processes at a time, some with threads and processes of their own, all on the same
-- shared objects, some killed and some cancelled at any moment. None of the counts of those that
-- ended well is lost, and nobody waits for ever; afterwards no child is left, no zombie, no
-- descriptor, no thread, and no lock is held.
--   moons tests/stress/process.lua [seed]

local seed = math.tointeger(tonumber(arg[1] or os.getenv("MOONS_SEED"))) or os.time()
math.randomseed(seed)
print("seed " .. seed)

local slow <const> = os.getenv "MOONS_SLOW"
local THREADS <const> = 4
local EACH <const> = slow and 8 or 150

local shared = { queue = Queue(20), lock = Lock(), atomic = moons.Atomic(0),
                 semaphore = moons.Semaphore(2), table = moons.Shared { n = 0 },
                 event = moons.Event(), condition = moons.Condition() }

-- What a process does: each returns how often it has counted.
local works = {}

function works.counts(s, n)
  for _ = 1, n do s.atomic:add() end
  return n
end

function works.updates(s, n)
  for _ = 1, n do s.table:update("n", function(old) return old + 1 end) end
  return 0
end

function works.locks(s, n)
  for _ = 1, n do
    local ok, word = s.lock:acquire()
    assert(ok and (word == nil or word == "abandoned"))
    s.lock:release()
    s.semaphore:with(function() end)
  end
  return 0
end

function works.queues(s, n)
  local threads = {}
  for i = 1, 2 do
    threads[i] = spawn(function()
      for j = 1, n do
        if (i + j) % 2 == 0 then s.queue:put(j) else s.queue:get(0.01) end
      end
    end)
  end
  for _, thread in ipairs(threads) do thread:join() end
  s.queue:get_many(20, 0)
  return 0
end

function works.hands_out(s, n)
  local own, back = Queue(), Queue()
  s.queue:put({ own, back }, 0.1)
  for i = 1, n do own:put(i) end
  return 0
end

function works.notifies(s, n)
  for _ = 1, n do
    s.condition:with(function() s.condition:notify_all() end)
    s.condition:with(function() s.condition:wait(0.0005) end)
  end
  return 0
end

function works.nests(s)
  local child <close> = moons.process(function() return s.atomic:add() end)
  child:join()
  return 1
end

function works.fails() error { code = 1 } end

local names = {}
for name in pairs(works) do names[#names + 1] = name end
table.sort(names)

-- Ways to end a process.
local endings = {}

function endings.join(child, name, count)
  local ok, result = pcall(child.join, child)
  if name == "fails" then
    assert(not ok and result.code == 1)
  else
    assert(ok, result)
    count:add(result)
  end
end

function endings.kill(child)
  if math.random(2) == 1 then moons.sleep(math.random() / 100) end
  child:kill()
  local ok, e = pcall(child.join, child)
  assert(ok or type(e) == "table" or e:find("SIGKILL", 1, true) or e:find("process '", 1, true), e)
end

function endings.cancel(child)
  if math.random(2) == 1 then moons.sleep(math.random() / 100) end
  child:cancel()
  local ok, e = pcall(child.join, child)
  assert(ok or type(e) == "table" or e:find("was cancelled", 1, true), e)
end

function endings.late(child, name, count)
  local ok, word = pcall(child.join, child, 0)
  if ok and word == nil then moons.sleep(0.001) end
  return endings.join(child, name, count)
end

local ways = { "join", "kill", "cancel", "late", "join" }

-- The children of this process: their command lines, but for that of the shell that looks.
local function children()
  local result = subprocess.run { "sh", "-c", [=[
    grep -lsE "^PPid:[[:space:]]+$PPID$" /proc/[0-9]*/status | grep -v "/$$/" | while read -r status
    do echo "${status%/status}: $(tr '\0' ' ' <"${status%status}cmdline")"; done]=],
    stdout = subprocess.PIPE, stderr = subprocess.DEVNULL }
  return result.stdout
end

local function descriptors()
  return subprocess.check_output { "sh", "-c", "ls /proc/$PPID/fd | wc -l" }
end

local before, counted = descriptors(), moons.Atomic(0)
local threads = {}
for i = 1, THREADS do
  threads[i] = spawn(function(own_seed)
    math.randomseed(own_seed)
    for _ = 1, EACH do
      local name, way = names[math.random(#names)], ways[math.random(#ways)]
      local child = moons.process(works[name], shared, math.random(30))
      endings[way](child, name, counted)
    end
  end, seed + i)
end
-- Somebody has to take what is put, and to put what is taken.
local helper = spawn { function()
  while true do
    local value = shared.queue:get()
    if type(value) == "table" then
      pcall(function() for _ = 1, 3 do value[1]:get(0.001) end end)
    end
    shared.queue:try_put(0)
    moons.sleep(0.0005)
  end
end, daemon = true }
for _, thread in ipairs(threads) do thread:join() end
helper:cancel()
pcall(helper.join, helper)
assert(shared.atomic:get() >= counted:get(), "counts are lost")
threads, helper = nil, nil -- luacheck: ignore 311
shared.queue:close(true)

local latest = moons.clock() + 60
while true do
  collectgarbage()
  local left, after, living = children(), descriptors(), #moons.threads()
  if left == "" and after == before and living == 1 then break end
  assert(moons.clock() < latest, ("left: descriptors %s, at first %s, threads %d, children:\n%s")
    :format(after, before, living, left))
  moons.sleep(0.01)
end
assert(shared.lock:acquire(0), "the lock is held")
assert(shared.semaphore:value() <= 2)

-- counter FORM THREADS N: threads turn to one object together, N times in all.
--   read, write, update  a Shared's field
--   locked      the same, under a Lock         reentered  under an RLock, acquired twice
--   permitted   under a Semaphore of 1         admitted   a Semaphore with a permit for each
--   mostly_read under an RWLock, 15 times of 16 for reading
--   met         a Barrier, where all of them meet
--   atomic      an Atomic                      once       a Once that was called

local form, threads, n = arg[1], math.tointeger(arg[2]), math.tointeger(arg[3])

local work = {}

function work.locked(it, count)
  local lock, shared = it.lock, it.shared
  for _ = 1, count do
    lock:acquire()
    shared.n = shared.n + 1
    lock:release()
  end
end

function work.reentered(it, count)
  local lock, shared = it.rlock, it.shared
  for _ = 1, count do
    lock:acquire()
    lock:acquire()
    shared.n = shared.n + 1
    lock:release()
    lock:release()
  end
end

function work.permitted(it, count)
  local permit, shared = it.permit, it.shared
  for _ = 1, count do
    permit:acquire()
    shared.n = shared.n + 1
    permit:release()
  end
end

function work.admitted(it, count)
  local permits = it.permits
  for _ = 1, count do
    permits:acquire()
    permits:release()
  end
end

function work.mostly_read(it, count)
  local lock, shared, last = it.rwlock, it.shared, 0
  for i = 1, count do
    if i % 16 == 0 then
      lock:acquire_write()
      shared.n = shared.n + 1
      lock:release_write()
    else
      lock:acquire_read()
      local number = shared.n
      lock:release_read()
      assert(number >= last, "the number went back")
      last = number
    end
  end
end

-- Who comes first counts the round: the next one can't end before he is back.
function work.met(it, count)
  local barrier, shared = it.barrier, it.shared
  for _ = 1, count do
    if barrier:wait() == 1 then
      shared.n = shared.n + 1
    end
  end
end

local function count_call(shared)
  shared.n = shared.n + 1
  return 1
end

function work.once(it, count)
  local once, shared, sum = it.once, it.shared, 0
  for _ = 1, count do
    sum = sum + once:call(count_call, shared)
  end
  assert(sum == count, "wrong result")
end

function work.atomic(it, count)
  local atomic = it.atomic
  for _ = 1, count do
    atomic:add(1)
  end
end

local function increment(value)
  return value + 1
end

function work.update(it, count)
  local shared = it.shared
  for _ = 1, count do
    shared:update("n", increment)
  end
end

function work.read(it, count)
  local shared, sum = it.shared, 0
  for _ = 1, count do
    sum = sum + shared.n
  end
  assert(sum == 0)
end

function work.write(it, count)
  local shared = it.shared
  for i = 1, count do
    shared.n = i
  end
end

local function at_gate(ready, gate, f, it, count)
  ready:put(true)
  gate:wait()
  f(it, count)
end

local function new_objects()
  return {
    lock = Lock(), rlock = moons.RLock(), rwlock = moons.RWLock(), permit = moons.Semaphore(1),
    permits = moons.Semaphore(threads), barrier = moons.Barrier(threads), once = moons.Once(),
    shared = moons.Shared{n = 0}, atomic = moons.Atomic(0),
  }
end

-- What the number is afterwards.
local function expected(count)
  local each = count // threads
  local numbers = {
    read = 0, admitted = 0, once = 1, write = each, met = each,
    mostly_read = threads * (each // 16),
  }
  return numbers[form] or count
end

local function race(count)
  local it = new_objects()
  local ready, gate, sides = Queue(), moons.Event(), {}
  for i = 1, threads do
    sides[i] = spawn(at_gate, ready, gate, work[form], it, count // threads)
  end
  for _ = 1, threads do
    ready:get()
  end
  local start = moons.clock()
  gate:set()
  for _, side in ipairs(sides) do
    side:join()
  end
  local seconds = moons.clock() - start
  local number = form == "atomic" and it.atomic:get() or it.shared.n
  assert(number == expected(count), "counts were lost")
  return seconds
end

race(n // 8)
print("per_second", n / race(n))

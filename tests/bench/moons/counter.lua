-- counter FORM THREADS N: threads change one number together, N times in all.
--   locked  a Shared's field, under a Lock     atomic   an Atomic
--   update  a Shared's field, by update        read, write  a Shared's field

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

local function race(count)
  local it = {lock = Lock(), shared = moons.Shared{n = 0}, atomic = moons.Atomic(0)}
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
  local expected = {locked = count, update = count, read = 0, write = count // threads}
  assert(form == "atomic" and it.atomic:get() == count or it.shared.n == expected[form],
    "counts were lost")
  return seconds
end

race(n // 8)
print("per_second", n / race(n))

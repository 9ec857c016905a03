-- RLock, Semaphore, Event, Condition, Barrier, RWLock and Once under random load, with 2, 8 and 64
-- threads. Beside the threads that work there are some that only come, wait and are cancelled: what
-- they leave must not be missing to the others. A lost wake-up is a hang.
--   moons tests/stress/sync.lua [seed] [name of one scenario]

local seed = math.tointeger(tonumber(arg[1] or os.getenv("MOONS_SEED"))) or os.time()
math.randomseed(seed)
print("seed " .. seed)

-- Half of the waits have no end, the others last up to 2 ms.
local function patience()
  if math.random(2) == 1 then return math.random(0, 2) / 1000 end
end

local function add(cell, n) cell:put(cell:get() + n) end

local function peek(cell)
  local value = cell:get()
  cell:put(value)
  return value
end

local function new_cell()
  local cell = Queue(1)
  cell:put(0)
  return cell
end

-- Each scenario: `new(n)` makes what n threads share; `work(shared, rounds)` is the work of one;
-- `visit(shared)` is repeated by one that will be cancelled; `check(shared, n, rounds)` at the end.
local scenarios = {}

scenarios.rlock = {
  new = function() return { lock = moons.RLock(), inside = Queue(), sum = new_cell() } end,
  work = function(s, rounds)
    local done = 0
    while done < rounds do
      local guard <close> = s.lock:hold(patience())
      if guard then
        local depth = math.random(0, 6)
        for _ = 1, depth do s.lock:acquire(patience()) end
        s.inside:put(true)
        assert(#s.inside == 1, "two are inside")
        add(s.sum, 1)
        s.inside:get()
        for _ = 1, depth do s.lock:release() end
        done = done + 1
      end
    end
  end,
  visit = function(s)
    local _ <close> = s.lock:hold(patience())
    local _ <close> = s.lock:hold(patience())
  end,
  check = function(s, n, rounds)
    assert(peek(s.sum) == n * rounds, "an update was lost")
    assert(not s.lock:locked())
  end,
}

scenarios.semaphore = {
  new = function(n)
    local size = math.random(n)
    return { size = size, permits = moons.BoundedSemaphore(size), inside = Queue() }
  end,
  work = function(s, rounds)
    local done = 0
    while done < rounds do
      local guard <close> = s.permits:hold(patience())
      if guard then
        s.inside:put(true)
        assert(#s.inside <= s.size, "too many are inside")
        s.inside:get()
        done = done + 1
      end
    end
  end,
  visit = function(s) local _ <close> = s.permits:hold(patience()) end,
  check = function(s) assert(s.permits:value() == s.size, "a permit was lost") end,
}

-- A ring: each waits for its event and sets the next one's.
scenarios.event = {
  new = function(n)
    local s = { seats = Queue() }
    for i = 1, n do
      s[i] = moons.Event()
      s.seats:put(i)
    end
    s[1]:set()
    return s
  end,
  work = function(s, rounds)
    local seat = s.seats:get()
    for _ = 1, rounds do
      while not s[seat]:wait(patience()) do end
      s[seat]:clear()
      s[seat % #s + 1]:set()
    end
  end,
  visit = function(s) s[math.random(#s)]:wait(patience()) end,
  check = function(s, n)
    assert(s[1]:is_set())
    for i = 2, n do assert(not s[i]:is_set()) end
  end,
}

-- A bounded buffer: each puts and gets as often, by turns.
scenarios.condition = {
  new = function()
    local lock = math.random(2) == 1 and Lock() or moons.RLock()
    return { room = moons.Condition(lock), items = moons.Condition(lock), store = Queue(),
             size = math.random(3), sum = new_cell() }
  end,
  work = function(s, rounds)
    for n = 1, rounds do
      do
        local _ <close> = s.room:hold()
        repeat until s.room:wait_for(function() return #s.store < s.size end, patience())
        s.store:put(n)
        assert(#s.store <= s.size)
        s.items:notify()
      end
      do
        local _ <close> = s.items:hold()
        while #s.store == 0 do s.items:wait(patience()) end
        add(s.sum, s.store:get())
        s.room:notify()
      end
    end
  end,
  visit = function(s)
    local condition = math.random(2) == 1 and s.room or s.items
    local _ <close> = condition:hold()
    -- Who took a notification and can't use it hands it on.
    if condition:wait(patience()) then condition:notify() end
  end,
  check = function(s, n, rounds)
    assert(#s.store == 0 and peek(s.sum) == n * rounds * (rounds + 1) // 2, "an item was lost")
  end,
}

-- Rounds in which some time-outs break the barrier: all pass, or none.
scenarios.barrier = {
  new = function(n)
    local acted = Queue()
    return { n = n, acted = acted, passed = Queue(), meet = moons.Barrier(n),
             barrier = moons.Barrier(n, function() acted:put(true) end) }
  end,
  work = function(s, rounds)
    for _ = 1, rounds do
      local seconds
      if math.random(2 * s.n) == 1 then seconds = math.random(0, 2) / 1000 end
      local index, why = s.barrier:wait(seconds)
      if index then
        s.passed:put(index)
      else
        assert(why == "broken" or why == "timeout")
      end
      assert(s.meet:wait())
      assert(#s.passed == 0 or (#s.passed == s.n and #s.acted == 1), "some passed, some did not")
      if assert(s.meet:wait()) == 1 then
        repeat until not s.passed:try_get()
        repeat until not s.acted:try_get()
        s.barrier:reset()
      end
      assert(s.meet:wait())
    end
  end,
  visit = function(s) assert(s.barrier:parties() == s.n and s.meet:waiting() <= s.n) end,
  check = function(s) assert(s.barrier:waiting() == 0 and not s.meet:broken()) end,
}

scenarios.rwlock = {
  new = function()
    return { lock = moons.RWLock(), left = new_cell(), right = new_cell(), writes = new_cell() }
  end,
  work = function(s, rounds)
    local done = 0
    while done < rounds do
      if math.random(4) == 1 then
        local guard <close> = s.lock:hold_write(patience())
        if guard then
          add(s.left, 1)
          assert(s.lock:readers() == 0)
          add(s.right, 1)
          add(s.writes, 1)
          done = done + 1
        end
      else
        local guard <close> = s.lock:hold_read(patience())
        if guard then
          if math.random(4) == 1 then assert(s.lock:acquire_read()) s.lock:release_read() end
          assert(peek(s.left) == peek(s.right), "the halves disagree")
          done = done + 1
        end
      end
    end
  end,
  visit = function(s)
    local hold = math.random(2) == 1 and s.lock.hold_read or s.lock.hold_write
    local _ <close> = hold(s.lock, patience())
  end,
  check = function(s)
    assert(not s.lock:locked() and peek(s.left) == peek(s.writes), "an update was lost")
  end,
}

scenarios.once = {
  new = function()
    local s = {}
    for i = 1, 20 do s[i] = { once = moons.Once(), running = Queue() } end
    return s
  end,
  work = function(s)
    for i, task in ipairs(s) do
      local ok, value
      repeat
        ok, value = pcall(task.once.call, task.once, function()
          task.running:put(true)
          local alone = #task.running == 1
          task.running:get()
          if math.random(2) == 1 then error("failed", 0) end
          return alone and i
        end)
      until ok
      assert(value == i, "two ran at once")
    end
  end,
  visit = function(s)
    s[math.random(#s)].once:call(function()
      moons.sleep(0.001)
      error("a visitor is not done", 0)
    end)
  end,
  check = function(s) for _, task in ipairs(s) do assert(task.once:done()) end end,
}

local function work(scenario, shared, rounds, own_seed)
  math.randomseed(own_seed)
  scenario.work(shared, rounds)
end

local function visit(scenario, shared, own_seed)
  math.randomseed(own_seed)
  while true do
    pcall(scenario.visit, shared)
    moons.sleep(math.random(0, 1) / 1000) -- raises when cancelled
  end
end

local function run(scenario, n, rounds)
  local shared, workers, visitors = scenario.new(n), {}, {}
  for i = 1, n do workers[i] = spawn(work, scenario, shared, rounds, math.random(1 << 30)) end
  for _ = 1, 10 do
    for i = 1, 2 do visitors[i] = spawn(visit, scenario, shared, math.random(1 << 30)) end
    moons.sleep(math.random(0, 2) / 1000)
    for _, visitor in ipairs(visitors) do
      visitor:cancel()
      assert(not pcall(visitor.join, visitor))
    end
  end
  for _, worker in ipairs(workers) do worker:join() end
  scenario.check(shared, n, rounds)
end

local names = {}
for name in pairs(scenarios) do
  if not arg[2] or arg[2] == name then names[#names + 1] = name end
end
table.sort(names)

local crowds <const>, finish = { { 2, 400 }, { 8, 100 }, { 64, 10 } }, moons.clock() + 5
local turns = 0
repeat
  for _, name in ipairs(names) do
    for _, crowd in ipairs(crowds) do run(scenarios[name], crowd[1], crowd[2]) end
  end
  turns = turns + 1
until moons.clock() > finish
print(("%d times: %s"):format(turns, table.concat(names, ", ")))

-- Tasks in several threads over everything that waits, with random time-outs and cancels: what
-- leaves must not be missing to the others. A lost wake-up is a hang.
--   moons tests/stress/tasks.lua [seed] [name of one scenario]

local seed = math.tointeger(tonumber(arg[1] or os.getenv("MOONS_SEED"))) or os.time()
math.randomseed(seed)
print("seed " .. seed)

-- Half of the waits have no end, the others last up to 2 ms.
local function patience()
  if math.random(2) == 1 then return math.random(0, 2) / 1000 end
end

-- Lets others come in between, now and then.
local function pause()
  local n = math.random(8)
  if n == 1 then
    moons.sleep(math.random(0, 1) / 1000)
  elseif n == 2 then
    moons.yield()
  end
end

-- Each scenario: `new(n)` makes what n tasks share; `work(shared, rounds)` is the work of one;
-- `visit(shared)` is repeated by one that will be cancelled; `check(shared, n, rounds)` at the end.
local scenarios = {}

-- What excludes: as many are inside as may be.
local function excluding(new, most)
  return {
    new = function() return { lock = new(), inside = moons.Atomic(0), sum = moons.Atomic(0) } end,
    work = function(s, rounds)
      local done = 0
      while done < rounds do
        local guard <close> = s.lock:hold(patience())
        if guard then
          assert(s.inside:add(1) <= most, "too many are inside")
          pause()
          s.inside:add(-1)
          s.sum:add(1)
          done = done + 1
        end
      end
    end,
    visit = function(s)
      if math.random(2) == 1 then
        local _ <close> = s.lock:hold(patience())
        moons.sleep(0) -- raises when it was cancelled
      else
        s.lock:with(pause)
      end
    end,
    check = function(s, n, rounds)
      assert(s.sum:get() == n * rounds and s.inside:get() == 0)
      for _ = 1, most do assert(s.lock:acquire(0)) end
    end,
  }
end

scenarios.lock = excluding(function() return Lock() end, 1)
scenarios.rlock = excluding(function() return moons.RLock() end, 1)
scenarios.semaphore = excluding(function() return moons.BoundedSemaphore(3) end, 3)

-- Each puts and takes as often; those who come to be cancelled put back what they took.
local function queueing(new, selects)
  return {
    new = function() return { queue = new(), sum = moons.Atomic(0) } end,
    work = function(s, rounds)
      local given, got = 0, 0
      local function give(ok) if ok then given = given + 1 end end
      while got < rounds or given < rounds do
        if given < rounds then
          if math.random(2) == 1 then
            give(s.queue:put(given + 1, patience() or 0.01))
          elseif not selects or math.random(2) == 1 then
            local done = s.queue:put_many({ given + 1 }, patience() or 0.01)
            give(done == 1)
          else
            give(moons.select { { s.queue, put = given + 1 }, timeout = patience() or 0.01 })
          end
        end
        local value
        if given == rounds and got < rounds then
          value = s.queue:get()
        elseif got < rounds and math.random(2) == 1 then
          value = s.queue:get(patience() or 0.01)
        elseif got < rounds then
          local which, what = moons.select { s.queue, timeout = patience() or 0.01 }
          value = which and what
        end
        if value then
          s.sum:add(value)
          got = got + 1
        end
        pause()
      end
    end,
    -- What it takes it puts back, also when it is cancelled.
    visit = function(s)
      local value
      local _ <close> = setmetatable({}, { __close = function()
        while value and not s.queue:try_put(value) do pcall(moons.yield) end
      end })
      value = s.queue:get(patience())
      pause()
    end,
    check = function(s, n, rounds)
      assert(#s.queue == 0 and s.sum:get() == n * rounds * (rounds + 1) // 2, "a value was lost")
    end,
  }
end

scenarios.queue = queueing(function() return Queue(3) end, true)
scenarios.lifo = queueing(function() return moons.LifoQueue(3) end, true)
scenarios.priority = queueing(function()
  if math.random(2) == 1 then return moons.PriorityQueue(3) end
  return moons.PriorityQueue { maxsize = 3, less = function(a, b) return a < b end }
end)

-- In each round one gives as many as the others take, one each, wherever they are: who is woken
-- twice takes one, and the other wake-up is for somebody else.
scenarios.select = {
  new = function(n)
    return { n = n, meet = moons.Barrier(n), Queue(), moons.LifoQueue(), moons.Semaphore(0) }
  end,
  work = function(s, rounds)
    for _ = 1, rounds do
      if s.meet:wait() > 1 then
        assert(moons.select { s[1], s[3], s[2] })
      else
        pause()
        for _ = 2, s.n do
          local to = math.random(3)
          if to == 3 then s[3]:release() else s[to]:put(true) end
        end
      end
    end
  end,
  visit = function(s)
    local which
    local _ <close> = setmetatable({}, { __close = function()
      if which == s[3] then which:release() elseif which then which:try_put(true) end
    end })
    which = moons.select { s[3], s[2], s[1], timeout = patience() }
    pause()
  end,
  check = function(s) assert(#s[1] == 0 and #s[2] == 0 and s[3]:value() == 0) end,
}

-- Values on their way through two queues and back.
scenarios.echo = {
  new = function() return { down = Queue(1), up = moons.LifoQueue(1), sum = moons.Atomic(0) } end,
  work = function(s, rounds)
    local echo = moons.task(function()
      for _ = 1, rounds do s.up:put(s.down:get()) end
    end)
    local caller = moons.task(function() for _ = 1, rounds do s.down:put(1) end end)
    for _ = 1, rounds do s.sum:add(s.up:get()) end
    moons.gather(echo, caller)
  end,
  -- What it waits for comes at the end only.
  visit = function(s)
    s.down:join(patience())
    pause()
  end,
  check = function(s, n, rounds) assert(s.sum:get() == n * rounds) end,
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
  visit = function(s)
    if math.random(2) == 1 then
      s[math.random(#s)]:wait(patience())
    else
      moons.select { s[math.random(#s)], s[math.random(#s)], timeout = patience() }
    end
  end,
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
             size = math.random(3), sum = moons.Atomic(0) }
  end,
  work = function(s, rounds)
    for n = 1, rounds do
      do
        local _ <close> = s.room:hold()
        repeat until s.room:wait_for(function()
          pause()
          return #s.store < s.size
        end, patience())
        s.store:put(n)
        assert(#s.store <= s.size)
        s.items:notify()
      end
      do
        local _ <close> = s.items:hold()
        while #s.store == 0 do s.items:wait(patience()) end
        s.sum:add(s.store:get())
        pause()
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
    assert(#s.store == 0 and s.sum:get() == n * rounds * (rounds + 1) // 2, "an item was lost")
  end,
}

-- Rounds in which some time-outs break the barrier: all pass, or none.
scenarios.barrier = {
  new = function(n)
    local acted = Queue()
    return { n = n, acted = acted, passed = Queue(), meet = moons.Barrier(n),
             barrier = moons.Barrier(n, function()
               moons.yield()
               acted:put(true)
             end) }
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
      -- Who has timed out may have broken the round while its action ran.
      assert(#s.passed == 0 or (#s.passed == s.n and #s.acted == 1), "some passed, some did not")
      if assert(s.meet:wait()) == 1 then
        repeat until not s.passed:try_get()
        repeat until not s.acted:try_get()
        s.barrier:reset()
      end
      assert(s.meet:wait())
    end
  end,
  visit = function(s)
    assert(s.barrier:parties() == s.n and s.meet:waiting() <= s.n)
    moons.Barrier(2):wait(patience() or 0.001)
  end,
  check = function(s) assert(s.barrier:waiting() == 0 and not s.meet:broken()) end,
}

scenarios.rwlock = {
  new = function()
    return { lock = moons.RWLock(), left = moons.Atomic(0), right = moons.Atomic(0) }
  end,
  work = function(s, rounds)
    local done = 0
    while done < rounds do
      if math.random(4) == 1 then
        local guard <close> = s.lock:hold_write(patience())
        if guard then
          s.left:add(1)
          pause()
          assert(s.lock:readers() == 0)
          s.right:add(1)
          done = done + 1
        end
      else
        local guard <close> = s.lock:hold_read(patience())
        if guard then
          local left = s.left:get()
          if math.random(4) == 1 then assert(s.lock:acquire_read()) s.lock:release_read() end
          pause()
          assert(s.right:get() == left, "the halves disagree")
          done = done + 1
        end
      end
    end
  end,
  visit = function(s)
    local hold = math.random(2) == 1 and s.lock.hold_read or s.lock.hold_write
    local _ <close> = hold(s.lock, patience())
    moons.sleep(0)
  end,
  check = function(s) assert(not s.lock:locked() and s.left:get() == s.right:get()) end,
}

scenarios.once = {
  new = function()
    local s = {}
    for i = 1, 20 do s[i] = { once = moons.Once(), running = moons.Atomic(0) } end
    return s
  end,
  work = function(s)
    for i, one in ipairs(s) do
      local ok, value
      repeat
        ok, value = pcall(one.once.call, one.once, function()
          local alone = one.running:add(1) == 1
          pause()
          one.running:add(-1)
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
  check = function(s) for _, one in ipairs(s) do assert(one.once:done()) end end,
}

-- A number that each raises when its turn has come.
scenarios.shared = {
  new = function(n) return { n = n, seats = moons.Atomic(0), turns = moons.Shared { at = 0 } } end,
  work = function(s, rounds)
    local seat = s.seats:add(1) - 1
    for round = 0, rounds - 1 do
      local mine = round * s.n + seat
      repeat until s.turns:wait("at", function(at)
        pause()
        return at == mine
      end, patience())
      s.turns.at = mine + 1
    end
  end,
  visit = function(s)
    if math.random(2) == 1 then
      s.turns:wait("never", patience())
    else
      s.turns:wait("at", function() return false end, patience())
    end
  end,
  check = function(s, n, rounds) assert(s.turns.at == n * rounds) end,
}

-- Calls f in the task itself, or in a coroutine of its.
local function within(f, ...)
  local depth = math.random(0, 2)
  if depth == 0 then return f(...) end
  if depth == 1 then return moons.Generator(f, ...):next() end
  moons.Generator(function(...)
    local co = coroutine.create(f)
    local ok, e = coroutine.resume(co, ...)
    coroutine.close(co)
    if not ok then error(e, 0) end
  end, ...):next()
end

-- So many tasks in one thread, and visitors among them that are cancelled: some, and then no more,
-- since they would make good what the others have lost.
local function crew(scenario, shared, count, rounds, own_seed)
  math.randomseed(own_seed)
  local workers, over, visits = {}, false, math.random(0, 10)
  for i = 1, count do workers[i] = moons.task(within, scenario.work, shared, rounds) end
  local canceller = moons.task(function()
    while not over and visits > 0 do
      visits = visits - 1
      local visitors = {}
      for i = 1, 2 do
        visitors[i] = moons.task(function()
          while true do
            within(scenario.visit, shared)
            moons.sleep(math.random(0, 1) / 1000) -- raises when it is cancelled
          end
        end)
      end
      moons.sleep(math.random(0, 3) / 1000)
      for _, visitor in ipairs(visitors) do
        visitor:cancel()
        visitor:wait()
        if not visitor:cancelled() then
          local ok, e = pcall(visitor.result, visitor)
          assert(not ok and e == "a visitor is not done", e)
        end
      end
    end
  end)
  moons.gather(workers)
  over = true
  canceller:result()
end

local function run(scenario, threads, count, rounds)
  local shared, crews = scenario.new(threads * count), {}
  for i = 1, threads do
    crews[i] = spawn(crew, scenario, shared, count, rounds, math.random(1 << 30))
  end
  for _, thread in ipairs(crews) do thread:join() end
  scenario.check(shared, threads * count, rounds)
end

local names = {}
for name in pairs(scenarios) do
  if not arg[2] or arg[2] == name then names[#names + 1] = name end
end
table.sort(names)

-- Threads, tasks in each, rounds.
local crowds <const>, finish = { { 1, 4, 40 }, { 2, 4, 30 }, { 4, 8, 8 } }, moons.clock() + 5
local turns = 0
repeat
  for _, name in ipairs(names) do
    for _, crowd in ipairs(crowds) do run(scenarios[name], table.unpack(crowd)) end
  end
  turns = turns + 1
until moons.clock() > finish
print(("%d times: %s"):format(turns, table.concat(names, ", ")))

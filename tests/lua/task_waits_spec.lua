-- What waits, in tasks: it parks the task only, and leaves no trace when it is cancelled.
local helper = require "tests.lua.helper"
local describe, it, assert = helper.outside(describe, it, assert)

local task, sleep = moons.task, moons.sleep
local LONG <const> = 20 -- seconds: as good as for ever, but a failure is none

-- Runs f as a task beside one that ticks. f's results; it must have parked for some ticks.
local function beside(f, ...)
  local ticks, ended = 0, false
  local ticker = task(function()
    while not ended do
      sleep(0.001)
      ticks = ticks + 1
    end
  end)
  local results = table.pack(pcall(moons.gather, task(function(...)
    local got = table.pack(f(...))
    return got
  end, ...)))
  ended = true
  ticker:result()
  assert(results[1], results[2])
  assert.is_true(ticks > 0)
  return table.unpack(results[2], 1, results[2].n)
end

-- Runs the tasks, one function each, until all have ended.
local function all(...)
  local list = { ... }
  for i, f in ipairs(list) do list[i] = task(f) end
  return table.unpack(moons.gather(list), 1, #list)
end

local function cancel(future)
  sleep(0.002)
  assert.is_true(future:cancel())
  future:wait()
  assert.is_true(future:cancelled())
end

describe("Condition in tasks", function()
  it("waits for a notification of a task of its own thread", function()
    for _, lock in ipairs { Lock(), moons.RLock() } do
      local c, order = moons.Condition(lock), {}
      all(function()
        local _ <close> = c:hold()
        order[#order + 1] = "waits"
        assert.is_true(c:wait(LONG))
        order[#order + 1] = "notified"
        assert.is_true(c:locked())
      end, function()
        local _ <close> = c:hold()
        order[#order + 1] = "notifies"
        c:notify()
        sleep(0.002) -- it waits for the lock as well
        order[#order + 1] = "lets go"
      end)
      assert.equal("waits notifies lets go notified", table.concat(order, " "))
      assert.is_false(c:locked())
    end
  end)

  it("gives an RLock back as often as it was acquired", function()
    local c = moons.Condition()
    all(function()
      for _ = 1, 6 do c:acquire() end
      assert.is_true(c:wait(LONG))
      for _ = 1, 6 do c:release() end
    end, function()
      c:with(c.notify, c)
    end)
    assert.is_false(c:locked())
  end)

  it("times out, also when the lock is held then", function()
    local c = moons.Condition(Lock())
    assert.same({ "timeout", true }, { beside(function()
      local _ <close> = c:hold()
      local _, why = c:wait(0.005)
      return why, c:locked()
    end) })
    local order = {}
    all(function()
      local _ <close> = c:hold()
      assert.same({ n = 2, nil, "timeout" }, table.pack(c:wait(0.002)))
      order[#order + 1] = "late"
    end, function()
      local _ <close> = c:hold()
      sleep(0.02)
      order[#order + 1] = "held"
    end)
    assert.equal("held late", table.concat(order, " "))
  end)

  it("that is cancelled takes the lock back, and no notification", function()
    local c, locked, got = moons.Condition(Lock()), nil, nil
    local first = task(function()
      local _ <close> = c:hold()
      local _ <close> = setmetatable({}, { __close = function() locked = c:locked() end })
      c:wait(LONG)
    end)
    local second = task(function()
      local _ <close> = c:hold()
      got = c:wait(LONG)
    end)
    cancel(first)
    assert.is_true(locked)
    c:with(c.notify, c)
    second:result()
    assert.is_true(got)
  end)

  it("hands a notification on when it is cancelled before it has the lock", function()
    local c, got = moons.Condition(Lock()), 0
    local tasks = {}
    for i = 1, 3 do
      tasks[i] = task(function()
        local _ <close> = c:hold()
        assert.is_true(c:wait(LONG))
        got = got + 1
        sleep(0) -- raises where it was cancelled
      end)
    end
    sleep(0.002)
    c:acquire()
    tasks[1]:cancel()
    c:notify(2)
    c:release()
    for _, t in ipairs(tasks) do t:wait(0.01) end
    -- Who had got its notification before it heard of the cancel has used it up.
    assert.is_true(tasks[1]:cancelled())
    assert.is_true(tasks[2]:done())
    if got == 2 and not tasks[3]:done() then c:with(c.notify, c) end
    assert.is_true(tasks[3]:wait(LONG))
  end)

  it("has a predicate that waits", function()
    local c, n = moons.Condition(), 0
    local asked = 0
    all(function()
      local _ <close> = c:hold()
      assert.is_true(c:wait_for(function()
        asked = asked + 1
        sleep(0.001)
        return n == 3
      end, LONG))
    end, function()
      for _ = 1, 3 do
        sleep(0.002)
        local _ <close> = c:hold()
        n = n + 1
        c:notify()
      end
    end)
    assert.equal(3, n)
    assert.is_true(asked >= 2)
    assert.is_false(c:locked())
  end)

  it("has a predicate that waits, and a time that runs out", function()
    local c = moons.Condition(Lock())
    local asked = 0
    assert.same({ n = 2, nil, "timeout" }, table.pack(beside(function()
      local _ <close> = c:hold()
      return c:wait_for(function()
        asked = asked + 1
        sleep(0.001)
        return false
      end, 0.005)
    end)))
    assert.equal(2, asked)
    assert.is_nil(beside(function()
      local _ <close> = c:hold()
      local result = c:wait_for(function() sleep(0.001) return nil end, 0)
      sleep(0.003)
      return result
    end))
  end)

  it("refuses who has not the lock", function()
    local c = moons.Condition(Lock())
    c:acquire()
    local f = task(function() c:wait() end)
    local ok, e = pcall(f.result, f)
    assert.is_false(ok)
    assert.matches("lock is held by ", e)
    c:release()
  end)

  it("is told that a task ended with the lock held", function()
    local c = moons.Condition(Lock())
    local word = all(function()
      local _ <close> = c:hold()
      return (select(2, c:wait(LONG)))
    end, function()
      c:acquire()
      c:notify()
    end)
    assert.equal("abandoned", word)
    local lock = Lock()
    local _, late = all(function()
      lock:acquire()
      sleep(0.002)
    end, function()
      return (select(2, lock:acquire(LONG)))
    end)
    assert.equal("abandoned", late)
  end)

  it("is notified by threads, and notifies them", function()
    local c, store = moons.Condition(), Queue()
    local function give()
      for i = 1, 200 do
        local _ <close> = c:hold()
        while #store > 2 do assert(c:wait(LONG)) end
        store:put(i)
        c:notify_all()
      end
    end
    local function take()
      local sum = 0
      for _ = 1, 200 do
        local _ <close> = c:hold()
        while #store == 0 do assert(c:wait(LONG)) end
        sum = sum + store:get()
        c:notify_all()
      end
      return sum
    end
    local threads = { spawn(give), spawn(give), spawn(take) }
    local a, b = all(take, take, give)
    assert.equal(3 * 100 * 201, a + b + threads[3]:join())
  end)
end)

describe("Event in tasks", function()
  it("that is cleared at once lets all go who wait", function()
    local e = moons.Event()
    local a = task(function() return (e:wait(LONG)) end)
    local b = task(function() return (e:wait(LONG)) end)
    sleep(0.002)
    e:set()
    e:clear()
    assert.same({ true, true }, { a:result(), b:result() })
    assert.same({ n = 2, nil, "timeout" }, table.pack(beside(e.wait, e, 0.003)))
  end)
end)

describe("a lock", function()
  it("says who holds it", function()
    for _, lock in ipairs { Lock(), moons.RLock() } do
      lock:acquire()
      local f = task(function() lock:release() end)
      assert.error_matches(function() f:result() end, "lock is held by the task's thread, not by")
      lock:release()
      local refused = moons.Semaphore(0)
      all(function()
        local _ <close> = lock:hold()
        assert(refused:acquire() and refused:acquire())
      end, function()
        assert.error_matches(function() lock:release() end, "lock is held by another task$")
        refused:release()
      end, function()
        local thread = spawn(function() lock:release() end)
        assert.error_matches(function() thread:join() end, "lock is held by another task$")
        refused:release()
      end)
      assert.error_matches(function() lock:release() end, "lock is not held")
    end
  end)
end)

describe("Barrier in tasks", function()
  it("lets tasks of one thread meet, round after round", function()
    local barrier, order = moons.Barrier(3), {}
    local function work(name)
      for round = 1, 4 do
        order[#order + 1] = round
        assert.is_true(math.type(barrier:wait(LONG)) == "integer", name)
      end
    end
    all(work, work, work)
    assert.equal("111222333444", table.concat(order))
    assert.equal(0, barrier:waiting())
  end)

  it("runs the action in one of them, which may wait", function()
    local acted, passed = Queue(), {}
    local barrier = moons.Barrier(2, function()
      moons.sleep(0.003)
      acted:put(true)
    end)
    local ticks = 0
    local function work() passed[barrier:wait(LONG)] = #acted end
    all(work, work, function()
      while #acted == 0 do
        sleep(0.0005)
        ticks = ticks + 1
      end
    end)
    assert.same({ 1, 1 }, passed)
    assert.is_true(ticks > 0)
    assert.error_matches(function()
      moons.gather(task(function() moons.Barrier(1, function() error "acts" end):wait() end))
    end, "acts")
  end)

  it("lets who comes while the action runs wait for the next round", function()
    local barrier = moons.Barrier(2, function() moons.sleep(0.005) end)
    local passed = {}
    local function work(n)
      return function()
        sleep(n / 1000)
        passed[n] = barrier:wait(LONG)
      end
    end
    all(work(0), work(1), work(2), work(3))
    assert.same({ [0] = 1, 2, 1, 2 }, passed)
  end)

  it("is broken by who times out, or is cancelled", function()
    local barrier = moons.Barrier(3)
    local function outcome(...) return select(2, barrier:wait(...)) end
    assert.same({ "broken", "timeout" },
      { all(function() return outcome(LONG) end, function() return outcome(0.003) end) })
    assert.is_true(barrier:broken())
    assert.equal("broken", beside(function() sleep(0.002) return outcome() end))
    barrier:reset()
    local first = task(function() barrier:wait() end)
    local second = task(function() return (outcome(LONG)) end)
    cancel(first)
    assert.equal("broken", second:result())
    local timed = moons.Barrier { parties = 2, timeout = 0.003 }
    assert.same({ n = 2, nil, "timeout" }, table.pack(beside(timed.wait, timed)))
  end)

  it("lets tasks and threads meet", function()
    local barrier, sum = moons.Barrier(6), moons.Atomic(0)
    local function work()
      for round = 1, 50 do
        sum:add(1)
        assert(barrier:wait(LONG))
        assert(sum:get() >= 6 * round)
      end
    end
    local threads = {}
    for i = 1, 2 do
      threads[i] = spawn(function() moons.gather(moons.task(work), moons.task(work)) end)
    end
    all(work, work)
    for _, thread in ipairs(threads) do thread:join() end
    assert.equal(300, sum:get())
  end)
end)

describe("RWLock in tasks", function()
  it("lets tasks read together, and write one at a time", function()
    local lock, order, inside = moons.RWLock(), {}, 0
    local function read()
      local _ <close> = lock:hold_read(LONG)
      inside = inside + 1
      order[#order + 1] = "r" .. inside
      sleep(0.002)
      inside = inside - 1
    end
    local function write()
      local _ <close> = lock:hold_write(LONG)
      order[#order + 1] = "w" .. inside
      sleep(0.002)
    end
    all(read, read, write, read, write)
    -- The readers that have waited come before the next writer.
    assert.equal("r1 r2 w0 r1 w0", table.concat(order, " "))
    assert.is_false(lock:locked())
  end)

  it("has with_read and with_write, which wait before and within", function()
    local lock = moons.RWLock()
    local a, b, c = all(function()
      return lock:with_write(function(x) sleep(0.002) return x end, 1)
    end, function()
      return lock:with_read(function(x) sleep(0.002) return x end, 2)
    end, function()
      return lock:with_write(function(x) sleep(0.002) return x end, 3)
    end)
    assert.same({ 1, 2, 3 }, { a, b, c })
    assert.is_false(lock:locked())
  end)

  it("times out, and lets those in whom it kept out", function()
    local lock, order = moons.RWLock(), {}
    lock:acquire_read()
    all(function()
      assert.same({ n = 2, nil, "timeout" }, table.pack(lock:acquire_write(0.005)))
      order[#order + 1] = "writer leaves"
    end, function()
      sleep(0.001)
      assert.is_true(lock:acquire_read(LONG)) -- behind the writer
      order[#order + 1] = "reader"
      lock:release_read()
    end)
    assert.equal("writer leaves, reader", table.concat(order, ", "))
    lock:release_read()
    lock:acquire_write()
    assert.equal("timeout", beside(function() return select(2, lock:acquire_read(0.003)) end))
    lock:release_write()
    assert.is_false(lock:locked())
    assert.is_true(lock:acquire_write(0))
  end)

  it("that is cancelled leaves no trace", function()
    local lock = moons.RWLock()
    lock:acquire_read()
    local writer = task(function() lock:acquire_write() end)
    local reader = task(function()
      sleep(0.001)
      return lock:acquire_read(LONG) and lock:release_read() == nil
    end)
    cancel(writer)
    assert.is_true(reader:result())
    lock:release_read()
    lock:acquire_write()
    local readers = task(function() lock:acquire_read() end)
    local next_writer = task(function() return (lock:acquire_write(LONG)) end)
    cancel(readers)
    lock:release_write()
    assert.is_true(next_writer:result())
  end)

  it("knows its holders, also those who have ended", function()
    local lock = moons.RWLock()
    all(function()
      lock:acquire_write()
      assert.error_matches(function() lock:acquire_write() end, "for writing by this task")
      assert.error_matches(function() lock:release_read() end, "for reading by this task")
      sleep(0.002)
    end, function()
      assert.error_matches(function() lock:release_write() end, "for writing by this task")
      assert.same({ true, "abandoned" }, { lock:acquire_read(LONG) })
    end)
    assert.same({ true, "abandoned" }, { lock:acquire_write(0) })
  end)

  it("is shared by tasks and threads", function()
    local lock, left, right = moons.RWLock(), moons.Atomic(0), moons.Atomic(0)
    local function work()
      for i = 1, 100 do
        if i % 4 == 0 then
          local _ <close> = lock:hold_write(LONG)
          left:add(1)
          if i % 8 == 0 then moons.sleep(0) end
          right:add(1)
        else
          local _ <close> = lock:hold_read(LONG)
          local n = left:get()
          if i % 8 == 0 then moons.sleep(0.0001) end
          assert(right:get() == n, "the halves disagree")
        end
      end
    end
    local threads = {}
    for i = 1, 2 do
      threads[i] = spawn(function() moons.gather(moons.task(work), moons.task(work)) end)
    end
    all(work, work)
    for _, thread in ipairs(threads) do thread:join() end
    assert.equal(6 * 25, left:get())
    assert.is_false(lock:locked())
  end)
end)

describe("Once in tasks", function()
  it("has one of them run the function, which may wait", function()
    local once, runs = moons.Once(), 0
    local function call()
      return once:call(function(x)
        runs = runs + 1
        sleep(0.003)
        return x
      end, "made")
    end
    assert.same({ "made", "made", "made" }, { all(call, call, call) })
    assert.equal(1, runs)
    assert.equal("other", beside(function()
      return moons.Once():call(function() sleep(0.003) return "other" end)
    end))
  end)

  it("has the next one run it when it fails, or is cancelled, or ends", function()
    local once, tries = moons.Once(), 0
    local function fail() sleep(0.001) tries = tries + 1 error("no", 0) end
    local first = task(function() return pcall(once.call, once, fail) end)
    local second = task(function() return once:call(sleep, LONG) end)
    local third = task(function() return once:call(function() return "third" end) end)
    local fourth = task(function() return once:call(function() return "fourth" end) end)
    assert.is_false((first:result()))
    cancel(second)
    assert.same({ "third", "third", 1 }, { third:result(), fourth:result(), tries })
  end)

  it("can be cancelled while it waits", function()
    local once = moons.Once()
    local runner = task(function() return once:call(function() sleep(0.005) return 1 end) end)
    local waiting = task(function() return once:call(error) end)
    cancel(waiting)
    assert.equal(1, runner:result())
    assert.error_matches(function()
      local own = moons.Once()
      moons.gather(task(function() own:call(function() own:call(print) end) end))
    end, "from within")
  end)

  it("is called by tasks and threads", function()
    local once, runs = moons.Once(), moons.Atomic(0)
    local function call()
      return once:call(function() moons.sleep(0.002) return runs:add(1) end)
    end
    local threads = {}
    for i = 1, 2 do
      threads[i] = spawn(function() return moons.gather(moons.task(call), moons.task(call)) end)
    end
    local a, b = all(call, call)
    local c, d = threads[1]:join()
    assert.same({ 1, 1, 1, 1, 1 }, { a, b, c, d, (threads[2]:join()) })
    assert.equal(1, runs:get())
  end)
end)

describe("Shared in tasks", function()
  it("waits for a value, and for one that a predicate likes", function()
    local s, seen = moons.Shared(), {}
    local a, b = all(function() return s:wait("a", LONG) end, function()
      return s:wait("n", function(n)
        seen[#seen + 1] = n or "none"
        sleep(0.001)
        return n == 3
      end, LONG)
    end, function()
      s.a = "came"
      for i = 1, 3 do
        sleep(0.003)
        s.n = i
      end
    end)
    assert.same({ "came", 3 }, { a, b })
    assert.equal(3, seen[#seen])
    assert.equal("none", seen[1])
  end)

  it("times out, and is cancelled", function()
    local s = moons.Shared()
    assert.equal("timeout", beside(function() return select(2, s:wait("a", 0.003)) end))
    assert.equal("timeout", beside(function()
      return select(2, s:wait("a", function() sleep(0.001) return nil end, 0.003))
    end))
    local waiting = task(function() s:wait("a") end)
    local other = task(function() return (s:wait("a", LONG)) end)
    cancel(waiting)
    s.a = { "table" }
    assert.equal("table", other:result()[1])
  end)

  it("is written by another thread", function()
    local s = moons.Shared()
    local writer = spawn(function()
      for i = 1, 100 do
        s.n = i
        s:wait("seen", function(n) return n and n >= i end, 20)
      end
    end)
    local function read()
      for i = 1, 100 do assert(s:wait("n", function(n) return n and n >= i end, LONG)) end
      return s:update("seen", function(n) return 100 + (n or 0) end)
    end
    local follow = task(function()
      for i = 1, 100 do
        assert(s:wait("n", function(n) return n and n >= i end, LONG))
        s.seen = i
      end
    end)
    all(read, read)
    follow:result()
    writer:join()
  end)
end)

local kinds = {
  Queue = Queue, LifoQueue = moons.LifoQueue, PriorityQueue = moons.PriorityQueue,
  ["PriorityQueue with less"] = function(size)
    return moons.PriorityQueue { maxsize = size, less = function(a, b) return a < b end }
  end,
}

for name, new in pairs(kinds) do
  describe("bounded " .. name .. " in tasks", function()
    it("has put and put_many wait for room", function()
      local q, sum = new(2), 0
      local _, done = all(function()
        for i = 1, 10 do assert.is_true(q:put(i, LONG)) end
      end, function()
        return q:put_many({ 11, 12, 13, 14, 15 }, LONG)
      end, function()
        for _ = 1, 15 do
          assert.is_true(#q <= 2)
          sleep(0.0005)
          sum = sum + q:get(LONG)
        end
      end)
      assert.equal(5, done)
      assert.equal(120, sum)
    end)

    it("puts the value as it was when it was given", function()
      local q = moons.LifoQueue(1)
      if name == "Queue" then q = Queue(1) end
      local value = { 1 }
      q:put("first")
      local putter = task(function() q:put(value) end)
      local many = task(function() q:put_many({ value }) end)
      sleep(0.002)
      value[1] = 2
      assert.equal("first", q:get())
      assert.same({ 1 }, q:get(LONG))
      assert.same({ 1 }, q:get(LONG))
      putter:result()
      many:result()
    end)

    it("times out, and is closed", function()
      local q = new(1)
      q:put(1)
      assert.same({ n = 2, nil, "timeout" }, table.pack(beside(q.put, q, 2, 0.003)))
      assert.same({ n = 2, 0, "timeout" }, table.pack(beside(q.put_many, q, { 2, 3 }, 0.003)))
      local got = {}
      all(function() got[1] = table.pack(q:put_many({ 2, 3, 4 }, LONG)) end,
        function() sleep(0.001) q:get() sleep(0.001) q:close() end)
      assert.same({ n = 2, 1, "closed" }, got[1])
    end)

    it("that is cancelled leaves its room to the next", function()
      local q = new(1)
      q:put(1)
      local first, second = task(function() q:put(2) end), task(function() q:put_many({ 3 }) end)
      local third = task(function() return q:put(4, LONG) end)
      cancel(first)
      cancel(second)
      q:get()
      assert.is_true(third:result())
      assert.equal(4, q:get())
    end)
  end)
end

describe("executors in tasks", function()
  local function slow(x)
    moons.sleep(0.003)
    return 2 * x
  end

  it("have maps and apply wait for the results", function()
    local pool <close> = Pool(2)
    assert.same({ 2, 4, 6 }, beside(pool.map, pool, slow, { 1, 2, 3 }))
    assert.same({ 6, 20 }, beside(pool.starmap, pool, function(a, b)
      moons.sleep(0.003)
      return a * b
    end, { { 2, 3 }, { 4, 5 } }))
    assert.equal(8, beside(pool.apply, pool, slow, 4))
    for _, imap in ipairs { pool.imap, pool.imap_unordered } do
      local sum, seen = 0, beside(function()
        local list = {}
        for y in imap(pool, slow, { 1, 2, 3 }) do list[#list + 1] = y end
        return list
      end)
      for _, y in ipairs(seen) do sum = sum + y end
      assert.equal(12, sum)
    end
    local a, b = all(function() return pool:apply(slow, 1) end,
      function() return pool:map(slow, { 1, 2 })[2] end)
    assert.same({ 2, 4 }, { a, b })
  end)

  it("apply once, however often the task comes back", function()
    local pool <close> = Pool(1)
    local count = moons.Atomic(0)
    local gate = moons.Event()
    local caller = task(function()
      return pool:apply(function()
        gate:wait(20)
        return count:add(1)
      end)
    end)
    sleep(0.002)
    gate:set()
    assert.equal(1, caller:result())
    assert.equal(1, count:get())
  end)

  it("raise an error of the function, and end their maps when cancelled", function()
    local pool <close> = Pool(2)
    local function fail(x)
      moons.sleep(0.002)
      if x == 2 then error("two", 0) end
      return x
    end
    assert.equal("two", beside(function()
      return select(2, pcall(pool.map, pool, fail, { 1, 2 }))
    end))
    assert.equal("two", beside(function()
      return select(2, pcall(function() for _ in pool:imap(fail, { 1, 2 }) do sleep(0) end end))
    end))
    local map = task(function() pool:map(slow, { 1, 2, 3, 4, 5, 6, 7, 8, 9 }) end)
    cancel(map)
    local imap = task(function() for _ in pool:imap(slow, { 1, 2, 3, 4 }) do sleep(0) end end)
    cancel(imap)
    assert.equal(2, pool:apply(slow, 1))
  end)

  it("are joined and shut down", function()
    local pool = Pool(1)
    pool:apply_async(slow, { 1 })
    pool:close()
    assert.is_true(beside(pool.join, pool, LONG))
    assert.is_true(beside(function()
      local executor, gate = futures.ThreadPoolExecutor(1), Queue()
      executor:submit(function(q) q:get() end, gate)
      assert.same({ n = 2, nil, "timeout" }, table.pack(executor:shutdown { timeout = 0.001 }))
      gate:put(true)
      return executor:shutdown()
    end))
    beside(function()
      local inner <close> = Pool(1)
      inner:apply_async(slow, { 1 })
      sleep(0.001)
    end)
  end)
end)

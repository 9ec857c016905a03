-- Condition: waiting with a lock in hand, and being notified.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of = helper.error_of

-- A thread that holds the condition's lock and waits; `...` goes to wait.
local function waiting(condition, ...)
  local thread = spawn(function(...)
    local _ <close> = condition:hold()
    return condition:wait(...)
  end, ...)
  assert.is_true(helper.waits(thread, "wait of Condition"))
  return thread
end

-- Both kinds of locks, and none.
local function conditions()
  return { moons.Condition(), moons.Condition(Lock()), moons.Condition(moons.RLock()) }
end

describe("Condition", function()
  it("is acquired and released as its lock is", function()
    for _, lock in ipairs { Lock(), moons.RLock() } do
      local condition = moons.Condition(lock)
      assert.same({ true, n = 1 }, table.pack(condition:acquire()))
      assert.is_true(lock:locked() and condition:locked())
      assert.equal(0, select("#", condition:release()))
      assert.is_false(lock:locked() or condition:locked())
      do
        local _ <close> = condition:hold(1)
        assert.is_true(lock:locked())
      end
      assert.equal(5, condition:with(function(x) return lock:locked() and x end, 5))
      assert.is_false(lock:locked())
    end
  end)

  it("has an RLock if none is given", function()
    local condition = moons.Condition(nil)
    condition:acquire()
    condition:acquire()
    condition:release()
    assert.is_true(condition:locked())
    condition:release()
    assert.is_false(condition:locked())
  end)

  it("ends one wait for each notification", function()
    for _, condition in ipairs(conditions()) do
      local threads = { waiting(condition), waiting(condition), waiting(condition) }
      assert.equal("Condition (3 waiting)", tostring(condition))
      condition:with(condition.notify, condition)
      assert.same({ true, n = 1 }, table.pack(threads[1]:join()))
      condition:with(condition.notify, condition, 2)
      assert.is_true(threads[2]:join() and threads[3]:join())
      assert.is_false(condition:locked())
    end
  end)

  it("ends all waits", function()
    local condition, threads = moons.Condition(), {}
    for i = 1, 10 do threads[i] = waiting(condition) end
    condition:with(condition.notify_all, condition)
    for i = 1, 10 do assert.is_true(threads[i]:join()) end
  end)

  it("keeps no notification for later", function()
    local condition = moons.Condition()
    local _ <close> = condition:hold()
    condition:notify(3)
    condition:notify_all()
    assert.same({ nil, "timeout" }, { condition:wait(0.01) })
    assert.same({ nil, "timeout" }, { condition:wait(0) })
  end)

  it("lets go of the lock as often as it is held, and takes it back as often", function()
    local lock = moons.RLock()
    local condition = moons.Condition(lock)
    for _ = 1, 10 do lock:acquire() end
    local other = spawn(function()
      local _ <close> = lock:hold()
      for _ = 1, 7 do lock:acquire() end
      condition:notify()
      for _ = 1, 7 do lock:release() end
    end)
    assert.is_true(condition:wait())
    for _ = 1, 9 do lock:release() end
    assert.is_true(lock:locked())
    lock:release()
    assert.is_false(lock:locked())
    other:join()
  end)

  it("leaves guards of before the wait valid after it", function()
    for _, condition in ipairs(conditions()) do
      do
        local _ <close> = condition:hold()
        condition:wait(0)
        spawn(function() condition:with(print ~= nil and function() end) end)
        condition:wait(0.01)
        assert.is_true(condition:locked())
      end
      assert.same({ true }, { condition:acquire(10) })
      condition:release()
    end
  end)

  it("gives the lock back to one whose time ran out", function()
    local condition, turn = moons.Condition(), moons.Atomic(0)
    local holding, go = Queue(), Queue()
    condition:acquire()
    local other = spawn(function()
      local _ <close> = condition:hold()
      turn:set(1)
      holding:put(1)
      go:get()
      turn:set(2)
    end)
    local later = spawn(function() holding:get() moons.sleep(0.1) go:put(1) end)
    repeat
      assert.same({ nil, "timeout" }, { condition:wait(0.01) })
    until turn:get() > 0
    assert.equal(2, turn:get()) -- it had to wait for the lock
    condition:release()
    other:join()
    later:join()
  end)

  it("gives the lock back to one that is cancelled", function()
    local condition, seen = moons.Condition(), Queue()
    local thread = spawn(function()
      local _ <close> = condition:hold()
      local ok, message = pcall(condition.wait, condition)
      seen:put(ok)
      seen:put(message)
      seen:put((pcall(condition.release, condition)))
    end)
    assert.is_true(helper.waits(thread, "wait of Condition (1 waiting)"))
    thread:cancel("why")
    pcall(thread.join, thread)
    assert.same({ false, "cancelled: why", true }, { seen:get(), seen:get(), seen:get() })
    assert.equal("Condition (0 waiting)", tostring(condition))
    assert.same({ true, n = 1 }, table.pack(condition:acquire(10)))
    condition:release()
  end)

  it("tells of a holder that ended meanwhile", function()
    local condition = moons.Condition()
    local waiter = waiting(condition)
    spawn(function() condition:acquire() condition:notify() end):join()
    assert.same({ true, "abandoned", n = 2 }, table.pack(waiter:join()))
    -- One whose time runs out leaves it to the next.
    condition:acquire()
    local other = spawn(function() condition:acquire() end)
    assert.same({ nil, "timeout" }, { condition:wait(0.2) })
    other:join()
    condition:release()
    assert.same({ true, "abandoned" }, { condition:acquire() })
    condition:release()
  end)

  it("raises where the lock is not held", function()
    local condition = moons.Condition()
    for _, call in ipairs { "wait()", "wait(0)", "wait_for(print)", "notify()", "notify_all()",
                            "release()" } do
      assert.equal("here:1: lock is not held", error_of("local c = ... c:" .. call, condition))
    end
    local holding, go = Queue(), Queue()
    local other = spawn { function()
      local _ <close> = condition:hold()
      holding:put(1)
      go:get()
    end, name = "other" }
    holding:get()
    assert.equal("here:1: lock is held by another thread ('other')",
      error_of("local c = ... c:notify()", condition))
    go:put(1)
    other:join()
  end)

  it("refuses what makes no sense", function()
    assert.equal("here:1: bad argument #1 to 'Condition' (Lock or RLock expected, got Queue)",
      error_of("moons.Condition(Queue())"))
    assert.equal("here:1: bad argument #1 to 'Condition' (Lock or RLock expected, got number)",
      error_of("moons.Condition(1)"))
    local condition = moons.Condition()
    local _ <close> = condition:hold()
    assert.equal("here:1: bad argument #1 to 'notify' (count must not be negative)",
      error_of("local c = ... c:notify(-1)", condition))
    assert.equal("here:1: bad argument #1 to 'wait' (timeout must not be negative)",
      error_of("local c = ... c:wait(-1)", condition))
    assert.equal("here:1: bad argument #1 to 'wait_for' (function expected, got no value)",
      error_of("local c = ... c:wait_for()", condition))
  end)

  it("is the same in another thread, with the same lock", function()
    local condition = moons.Condition()
    condition:acquire()
    assert.is_true(spawn(function() return condition:locked() end):join())
    assert.equal(condition, spawn(function() return condition end):join())
    condition:release()
  end)
end)

describe("wait_for", function()
  it("returns the predicate's value", function()
    local condition, items = moons.Condition(), Queue()
    local consumer = spawn(function()
      local _ <close> = condition:hold()
      return condition:wait_for(function() return items:try_get() end)
    end)
    assert.is_true(helper.waits(consumer, "wait of Condition"))
    condition:with(condition.notify, condition) -- nothing there: it goes on waiting
    assert.is_true(helper.waits(consumer, "wait of Condition"))
    condition:with(function() items:put("item") condition:notify() end)
    assert.equal("item", consumer:join())
    condition:acquire()
    assert.same({ 5, n = 1 }, table.pack(condition:wait_for(function() return 5, 6 end, 0)))
    condition:release()
  end)

  it("gives up after its time, but looks once more", function()
    local condition, asked = moons.Condition(), 0
    condition:acquire()
    assert.same({ nil, "timeout" }, { condition:wait_for(function() return false end, 0) })
    local before = moons.clock()
    assert.same({ nil, "timeout" }, { condition:wait_for(function() asked = asked + 1 end, 0.05) })
    assert.is_true(moons.clock() - before >= 0.05)
    assert.equal(2, asked)
    assert.is_true(condition:wait_for(function() asked = asked + 1 return asked == 4 end, 0.01))
    condition:release()
  end)

  it("raises the predicate's error with the lock held", function()
    local condition = moons.Condition()
    condition:acquire()
    assert.same({ false, "bad" }, { pcall(condition.wait_for, condition, function()
      error("bad", 0)
    end) })
    assert.is_true(condition:locked())
    assert.equal("here:1: lock is not held", error_of(
      "local c = ... c:wait_for(function() c:release() end)", condition))
  end)

  it("takes a predicate that yields", function()
    local condition = moons.Condition()
    local step = coroutine.wrap(function()
      condition:acquire()
      return condition:wait_for(function() return coroutine.yield("asked") end, 0.01)
    end)
    assert.equal("asked", step())
    assert.equal("asked", step(false))
    assert.equal("yes", step("yes"))
    condition:release()
  end)
end)

-- Lock: acquire, release, hold, with, and holders that end without releasing.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of = helper.error_of

-- A thread of that name that holds the lock until a value is put into the queue it returns.
local function held_elsewhere(lock, name)
  local holding, go = Queue(), Queue()
  local thread = spawn { function()
    lock:acquire()
    holding:put(true)
    go:get()
    lock:release()
  end, name = name }
  holding:get()
  return go, thread
end

-- A lock whose holder ended without releasing it.
local function abandoned_lock()
  local lock = Lock()
  spawn(function() lock:acquire() end):join()
  return lock
end

describe("acquire and release", function()
  it("take and give back", function()
    local lock = Lock()
    assert.is_false(lock:locked())
    assert.same({ true, n = 1 }, table.pack(lock:acquire()))
    assert.is_true(lock:locked())
    assert.same({ n = 0 }, table.pack(lock:release()))
    assert.is_false(lock:locked())
  end)

  it("keep others out", function()
    local lock = Lock()
    local go, holder = held_elsewhere(lock)
    assert.is_true(lock:locked())
    assert.same({ nil, "timeout" }, { lock:acquire(0) })
    local before = moons.clock()
    assert.same({ nil, "timeout" }, { lock:acquire(0.05) })
    assert.is_true(moons.clock() - before >= 0.05)
    go:put(1)
    assert.is_true(lock:acquire())
    lock:release()
    holder:join()
  end)

  it("pass the lock on to one after the other", function()
    local lock, inside, most = Lock(), Queue(), Queue()
    local threads = {}
    for i = 1, 8 do
      threads[i] = spawn(function()
        for _ = 1, 100 do
          lock:acquire()
          inside:put(1)
          if #inside > 1 then most:put(#inside) end
          inside:get()
          lock:release()
        end
      end)
    end
    for _, thread in ipairs(threads) do thread:join() end
    assert.equal(0, #most)
    assert.is_false(lock:locked())
  end)

  it("refuse to wait for oneself", function()
    local lock = Lock()
    lock:acquire()
    assert.equal("here:1: lock is already held by this thread",
      error_of("local l = ... l:acquire()", lock))
    assert.same({ nil, "timeout" }, { lock:acquire(0) })
    assert.same({ nil, "timeout" }, { lock:acquire(0.01) })
    lock:release()
  end)

  it("refuse to release what one does not hold", function()
    local lock = Lock()
    assert.equal("here:2: lock is not held", error_of("local l = ...\nl:release()", lock))
    local go, holder = held_elsewhere(lock, "the holder")
    assert.equal("here:1: lock is held by another thread ('the holder')",
      error_of("local l = ... l:release()", lock))
    assert.is_true(lock:locked())
    go:put(1)
    holder:join()
  end)

  it("refuse what can't be a time", function()
    assert.equal("here:1: bad argument #1 to 'acquire' (timeout must not be negative)",
      error_of("local l = ... l:acquire(-1)", Lock()))
    assert.equal("here:1: bad argument #1 to 'acquire' (number expected, got string)",
      error_of("local l = ... l:acquire('soon')", Lock()))
  end)

  it("refuse another receiver", function()
    assert.matches("^here:1: bad argument #1 to 'acquire' %(Lock expected, got Queue%)$",
      error_of("local l = ... l.acquire(Queue())", Lock()))
  end)

  it("are for coroutines of one thread the same holder", function()
    local lock = Lock()
    coroutine.wrap(function() lock:acquire() end)()
    lock:release()
    assert.is_false(lock:locked())
  end)
end)

describe("hold", function()
  it("releases at the end of the block", function()
    local lock = Lock()
    do
      local guard <close>, word = lock:hold()
      assert.is_userdata(guard)
      assert.is_nil(word)
      assert.is_true(lock:locked())
    end
    assert.is_false(lock:locked())
  end)

  it("releases when an error leaves the block", function()
    local lock = Lock()
    assert.same({ false, "left" }, { pcall(function()
      local _ <close> = lock:hold()
      error("left", 0)
    end) })
    assert.is_false(lock:locked())
  end)

  it("gives up after its time", function()
    local lock = Lock()
    local go, holder = held_elsewhere(lock)
    do
      local guard <close>, word = lock:hold(0)
      assert.is_nil(guard)
      assert.equal("timeout", word)
    end
    assert.same({ nil, "timeout" }, { lock:hold(0.01) })
    go:put(1)
    holder:join()
  end)

  it("allows to release before the end", function()
    local lock = Lock()
    do
      local _ <close> = lock:hold()
      lock:release()
    end
    assert.is_false(lock:locked())
  end)

  it("refuses to wait for oneself", function()
    local lock = Lock()
    local _ <close> = lock:hold()
    assert.equal("here:1: lock is already held by this thread",
      error_of("local l = ... local _ <close> = l:hold()", lock))
  end)
end)

describe("with", function()
  it("calls with the arguments and returns the results", function()
    local lock = Lock()
    assert.same({ n = 4, nil, true, 2, nil }, table.pack(lock:with(function(a, b)
      return a, lock:locked(), b, nil
    end, nil, 2)))
    assert.is_false(lock:locked())
    assert.equal(0, select("#", lock:with(function() end)))
  end)

  it("releases whatever happens", function()
    local lock = Lock()
    assert.same({ false, { code = 1 } }, { pcall(lock.with, lock, error, { code = 1 }) })
    assert.is_false(lock:locked())
  end)

  it("may yield", function()
    local lock = Lock()
    local step = coroutine.wrap(function() return lock:with(coroutine.yield, 1) end)
    assert.equal(1, step())
    assert.is_true(lock:locked())
    assert.equal("back", step("back"))
    assert.is_false(lock:locked())
  end)

  it("refuses what can't be called", function()
    local lock = Lock()
    assert.matches("^here:1: bad argument #1 to 'with' %(function expected, got number%)$",
      error_of("local l = ... l:with(1)", lock))
    assert.is_false(lock:locked())
  end)
end)

describe("a lock whose holder ended", function()
  it("is told to the next who acquires it, once", function()
    local lock = abandoned_lock()
    assert.is_false(lock:locked())
    assert.same({ true, "abandoned" }, { lock:acquire() })
    lock:release()
    assert.same({ true, n = 1 }, table.pack(lock:acquire()))
    lock:release()
  end)

  it("is told to one who waits already", function()
    local lock, holding, go = Lock(), Queue(), Queue()
    local holder = spawn(function() lock:acquire() holding:put(1) go:get() end)
    holding:get()
    local waiter = spawn(function()
      local results = table.pack(lock:acquire())
      lock:release()
      return results
    end)
    assert.is_true(helper.waits(waiter, "acquire of Lock"))
    go:put(1)
    holder:join()
    assert.same({ true, "abandoned", n = 2 }, waiter:join())
  end)

  it("is told when the holder failed or was cancelled", function()
    local lock = Lock()
    local failed = spawn(function() lock:acquire() error("failed", 0) end)
    pcall(failed.join, failed)
    assert.equal("abandoned", select(2, lock:acquire()))
    lock:release()
    local holding = Queue()
    local cancelled = spawn(function() lock:acquire() holding:put(1) moons.sleep(math.huge) end)
    holding:get()
    cancelled:cancel()
    pcall(cancelled.join, cancelled)
    assert.equal("abandoned", select(2, lock:acquire(0)))
    lock:release()
  end)

  it("is told by hold as a second value", function()
    local lock = abandoned_lock()
    do
      local guard <close>, word = lock:hold()
      assert.is_userdata(guard)
      assert.equal("abandoned", word)
    end
    assert.is_false(lock:locked())
  end)

  it("makes with raise, and is consistent again", function()
    local lock = abandoned_lock()
    assert.matches("^here:1: .*abandoned", error_of("local l = ... l:with(print)", lock))
    assert.is_false(lock:locked())
    assert.equal(5, lock:with(function() return 5 end))
  end)

  it("may be several locks at once", function()
    local locks = { Lock(), Lock(), Lock() }
    spawn(function() for _, lock in ipairs(locks) do lock:acquire() end end):join()
    for _, lock in ipairs(locks) do
      assert.same({ true, "abandoned" }, { lock:acquire() })
      lock:release()
    end
  end)
end)

describe("a lost update", function()
  -- A cell is a queue of one value. Each read and each write is whole; what lies between is not.
  local function read(cell)
    local value = cell:get()
    cell:put(value)
    return value
  end

  local function count(lock)
    local cell, threads = Queue(1), {}
    cell:put(0)
    for i = 1, 4 do
      threads[i] = spawn(function()
        for _ = 1, 200 do
          local _ <close> = lock:hold()
          local value = read(cell)
          cell:get()
          cell:put(value + 1)
        end
      end)
    end
    for _, thread in ipairs(threads) do thread:join() end
    return (cell:get())
  end

  it("can't happen under a lock", function()
    assert.equal(800, count(Lock()))
  end)
end)

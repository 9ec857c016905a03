-- RLock: what a Lock does, and acquiring it again.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of = helper.error_of

-- Whether another thread could acquire it now.
local function is_free(lock)
  return spawn(function()
    local ok = lock:acquire(0)
    if ok then lock:release() end
    return ok == true
  end):join()
end

describe("RLock", function()
  it("is free when it was released as often as acquired", function()
    local lock = moons.RLock()
    for _ = 1, 100 do assert.same({ true, n = 1 }, table.pack(lock:acquire())) end
    assert.is_true(lock:acquire(0))
    lock:release()
    for i = 100, 1, -1 do
      assert.is_true(lock:locked())
      if i < 3 then assert.is_false(is_free(lock)) end
      lock:release()
    end
    assert.is_false(lock:locked())
    assert.is_true(is_free(lock))
  end)

  it("refuses to be released by who does not hold it", function()
    local lock = moons.RLock()
    assert.equal("here:1: lock is not held", error_of("local l = ... l:release()", lock))
    local holder, go = helper.waiting({ name = "the holder" })
    go:put(1)
    holder:join()
    local held, leave = Queue(), Queue()
    holder = spawn { function() lock:acquire() held:put(1) leave:get() lock:release() end,
                     name = "the holder" }
    held:get()
    assert.equal("here:1: lock is held by another thread ('the holder')",
      error_of("local l = ... l:release()", lock))
    assert.same({ nil, "timeout" }, { lock:acquire(0.01) })
    leave:put(1)
    holder:join()
  end)

  it("is limited in how often it is held", function()
    local lock = moons.RLock()
    for _ = 1, 1 << 20 do lock:acquire() end
    assert.equal("here:1: lock is held too many times by this thread",
      error_of("local l = ... l:acquire()", lock))
    for _ = 1, 1 << 20 do lock:release() end
    assert.is_false(lock:locked())
  end)

  it("may be held and called with while held", function()
    local lock = moons.RLock()
    do
      local outer <close> = lock:hold()
      assert.equal(3, lock:with(function(x)
        local inner <close> = lock:hold()
        return inner and outer and x
      end, 3))
      assert.is_true(lock:locked())
    end
    assert.is_false(lock:locked())
  end)

  it("is not released by a guard of an acquisition that was undone", function()
    local lock = moons.RLock()
    local first, second = lock:hold(), lock:hold()
    local close = getmetatable(first).__close
    lock:release()
    lock:acquire()
    close(second)
    lock:release()
    assert.is_true(lock:locked())
    close(first)
    assert.is_false(lock:locked())
    lock:acquire()
    close(first)
    assert.is_true(lock:locked())
    lock:release()
  end)

  it("takes guards that are closed in another order", function()
    local lock = moons.RLock()
    local first, second = lock:hold(), lock:hold()
    local close = getmetatable(first).__close
    close(first)
    close(first)
    assert.is_true(lock:locked())
    close(second)
    assert.is_false(lock:locked())
  end)

  it("tells of a holder that ended, however often it held", function()
    local lock = moons.RLock()
    spawn(function() for _ = 1, 10 do lock:acquire() end end):join()
    assert.is_false(lock:locked())
    assert.same({ true, "abandoned" }, { lock:acquire() })
    assert.same({ true, n = 1 }, table.pack(lock:acquire()))
    lock:release()
    lock:release()
    assert.is_false(lock:locked())
    spawn(function() lock:acquire() end):join()
    assert.matches("^here:1: .*abandoned", error_of("local l = ... l:with(print)", lock))
    assert.equal(1, lock:with(function() return 1 end))
  end)

  it("can be waited for by a thread that is cancelled", function()
    local lock = moons.RLock()
    lock:acquire()
    local waiter = spawn(function() lock:acquire() end)
    assert.is_true(helper.waits(waiter, "acquire of RLock (held by thread "))
    waiter:cancel()
    assert.is_false(pcall(waiter.join, waiter))
    lock:release()
    assert.is_false(lock:locked())
  end)

  it("refuses what is not a time, a function, an RLock", function()
    assert.equal("here:1: bad argument #1 to 'acquire' (timeout must not be negative)",
      error_of("local l = ... l:acquire(-1)", moons.RLock()))
    assert.matches("^here:1: bad argument #1 to 'with' %(function expected, got nil%)$",
      error_of("local l = ... l:with(nil)", moons.RLock()))
    for _, name in ipairs { "acquire", "release", "locked", "hold", "with" } do
      assert.equal(("here:1: bad argument #1 to '%s' (RLock expected, got Lock)"):format(name),
        error_of(("local l = ... l.%s(Lock(), print)"):format(name), moons.RLock()))
    end
  end)

  it("is the same in another thread", function()
    local lock = moons.RLock()
    assert.equal(lock, spawn(function() return lock end):join())
    assert.equal("RLock (free)", tostring(lock))
  end)
end)

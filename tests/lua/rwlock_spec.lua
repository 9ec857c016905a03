-- RWLock: readers together, writers alone.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of = helper.error_of

-- A thread that holds the lock in that way until a value is put into the queue it returns.
local function held_elsewhere(lock, way)
  local holding, go = Queue(), Queue()
  local thread = spawn(function()
    local _ <close> = lock["hold_" .. way](lock)
    holding:put(true)
    go:get()
  end)
  holding:get()
  return go, thread
end

-- A thread that waits to hold it.
local function waits_to(lock, way)
  local thread = spawn(function()
    local guard <close>, word = lock["hold_" .. way](lock)
    return guard ~= nil, word
  end)
  assert.is_true(helper.waits(thread, "acquire_" .. way .. " of RWLock"))
  return thread
end

describe("RWLock", function()
  it("is read by many and written by one", function()
    local lock = moons.RWLock()
    local go, reader = held_elsewhere(lock, "read")
    assert.same({ true, n = 1 }, table.pack(lock:acquire_read()))
    assert.equal(2, lock:readers())
    assert.equal("RWLock (read by 2)", tostring(lock))
    assert.is_false(lock:writing())
    assert.is_true(lock:locked())
    assert.equal(0, select("#", lock:release_read()))
    assert.same({ nil, "timeout" }, { lock:acquire_write(0) })
    assert.same({ nil, "timeout" }, { lock:acquire_write(0.01) })
    go:put(1)
    reader:join()
    assert.is_false(lock:locked())
    assert.same({ true, n = 1 }, table.pack(lock:acquire_write()))
    assert.is_true(lock:writing() and lock:locked())
    assert.equal("RWLock (written by thread 'MainThread')", tostring(lock))
    assert.same({ nil, "timeout" }, { spawn(function() return lock:acquire_read(0.01) end):join() })
    assert.same({ nil, "timeout" }, { spawn(function() return lock:acquire_write(0) end):join() })
    assert.equal(0, select("#", lock:release_write()))
    assert.equal("RWLock (free)", tostring(lock))
  end)

  it("keeps new readers out while a writer waits, but not those who read already", function()
    local lock = moons.RWLock()
    lock:acquire_read()
    local writer = waits_to(lock, "write")
    assert.same({ nil, "timeout" }, { spawn(function() return lock:acquire_read(0.01) end):join() })
    assert.is_true(lock:acquire_read())
    assert.is_true(lock:acquire_read(0))
    for _ = 1, 3 do lock:release_read() end
    assert.is_true(writer:join())
  end)

  it("lets readers in again when a writer gives up", function()
    local lock = moons.RWLock()
    lock:acquire_read()
    local writer = waits_to(lock, "write")
    local reader = waits_to(lock, "read")
    writer:cancel()
    assert.is_true(reader:join())
    pcall(writer.join, writer)
    lock:release_read()
  end)

  it("lets readers that have waited in before the next writer", function()
    local lock = moons.RWLock()
    local order = Queue()
    lock:acquire_write()
    local function enter(way)
      local thread = spawn(function()
        local _ <close> = lock["hold_" .. way](lock)
        order:put(way)
        moons.sleep(0.01)
      end)
      assert.is_true(helper.waits(thread, "acquire_" .. way))
      return thread
    end
    local threads = { enter("write"), enter("read"), enter("read") }
    lock:release_write()
    for _, thread in ipairs(threads) do thread:join() end
    assert.same({ "read", "read", "write" }, { order:get(), order:get(), order:get() })
  end)

  it("starves neither", function()
    local lock, over, counts = moons.RWLock(), moons.Event(), { read = Queue(), write = Queue() }
    local threads = {}
    for i = 1, 6 do
      local way = i % 2 == 0 and "read" or "write"
      threads[i] = spawn(function()
        while not over:is_set() do
          lock["with_" .. way](lock, function() counts[way]:put(1) end)
        end
      end)
    end
    assert.is_truthy(helper.eventually(function()
      return #counts.read >= 100 and #counts.write >= 100
    end))
    over:set()
    for _, thread in ipairs(threads) do thread:join() end
  end)

  it("raises where a thread would wait for itself", function()
    local lock = moons.RWLock()
    lock:acquire_read()
    assert.equal("here:1: lock is already held for reading by this thread",
      error_of("local l = ... l:acquire_write()", lock))
    assert.equal("here:1: lock is already held for reading by this thread",
      error_of("local l = ... local _ <close> = l:hold_write(0)", lock))
    lock:release_read()
    lock:acquire_write()
    for _, call in ipairs { "acquire_read()", "acquire_write(1)", "with_read(print)" } do
      assert.equal("here:1: lock is already held for writing by this thread",
        error_of("local l = ... l:" .. call, lock))
    end
    lock:release_write()
    assert.is_false(lock:locked())
  end)

  it("raises where a thread releases what it does not hold", function()
    local lock = moons.RWLock()
    local go, reader = held_elsewhere(lock, "read")
    assert.equal("here:1: lock is not held for reading by this thread",
      error_of("local l = ... l:release_read()", lock))
    assert.equal("here:1: lock is not held for writing by this thread",
      error_of("local l = ... l:release_write()", lock))
    go:put(1)
    reader:join()
  end)

  it("refuses what makes no sense", function()
    local lock = moons.RWLock()
    assert.equal("here:1: bad argument #1 to 'acquire_read' (timeout must not be negative)",
      error_of("local l = ... l:acquire_read(-1)", lock))
    assert.equal("here:1: bad argument #1 to 'with_write' (function expected, got nil)",
      error_of("local l = ... l:with_write(nil)", lock))
    assert.equal("here:1: bad argument #1 to 'readers' (RWLock expected, got Lock)",
      error_of("local l = ... l.readers(Lock())", lock))
  end)

  it("has guards for both ways", function()
    local lock = moons.RWLock()
    do
      local first <close> = lock:hold_read()
      local second <close>, word = lock:hold_read(1)
      assert.is_userdata(first and second)
      assert.is_nil(word)
      lock:release_read()
      assert.equal(1, lock:readers())
    end
    assert.equal(0, lock:readers())
    local late = lock:hold_write()
    lock:release_write()
    lock:acquire_write()
    getmetatable(late).__close(late)
    assert.is_true(lock:writing())
    lock:release_write()
    assert.same({ 1, 2 }, { lock:with_read(function(x) return lock:readers(), x end, 2) })
    assert.same({ true, 2 }, { lock:with_write(function(x) return lock:writing(), x end, 2) })
    assert.same({ false, "left" }, { pcall(lock.with_write, lock, error, "left", 0) })
    assert.is_false(lock:locked())
  end)

  it("tells readers of a writer that ended until a writer was told", function()
    local lock = moons.RWLock()
    spawn(function() lock:acquire_write() end):join()
    assert.is_false(lock:locked())
    for _ = 1, 2 do
      assert.same({ true, "abandoned" }, { lock:acquire_read() })
      lock:release_read()
    end
    assert.matches("^here:1: .*abandoned", error_of("local l = ... l:with_read(print)", lock))
    assert.matches("^here:1: .*abandoned", error_of("local l = ... l:with_write(print)", lock))
    assert.is_false(lock:locked())
    assert.same({ true, n = 1 }, table.pack(lock:acquire_read()))
    lock:release_read()
  end)

  it("forgets a reader that ended", function()
    local lock = moons.RWLock()
    spawn(function() lock:acquire_read() lock:acquire_read() end):join()
    assert.equal(0, lock:readers())
    assert.same({ true, n = 1 }, table.pack(lock:acquire_write(0)))
    lock:release_write()
  end)

  it("is the same in another thread", function()
    local lock = moons.RWLock()
    assert.equal(lock, spawn(function() return lock end):join())
  end)
end)

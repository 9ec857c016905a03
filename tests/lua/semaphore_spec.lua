-- Semaphore and BoundedSemaphore: permits that come and go.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of = helper.error_of

for _, name in ipairs { "Semaphore", "BoundedSemaphore" } do
  local new = moons[name]

  describe(name, function()
    it("has as many permits as it was made with", function()
      local semaphore = new(2)
      assert.same({ true, n = 1 }, table.pack(semaphore:acquire()))
      assert.is_true(semaphore:acquire(1))
      assert.equal(0, semaphore:value())
      assert.same({ nil, "timeout" }, { semaphore:acquire(0) })
      local before = moons.clock()
      assert.same({ nil, "timeout" }, { semaphore:acquire(0.05) })
      assert.is_true(moons.clock() - before >= 0.05)
      assert.equal(0, select("#", semaphore:release()))
      semaphore:release(1)
      assert.equal(2, semaphore:value())
      assert.equal(1, new():value())
      assert.equal(0, new(0):value())
    end)

    it("lets as many in at once", function()
      local semaphore, inside, threads, too_many = new(3), Queue(), {}, Queue()
      for i = 1, 8 do
        threads[i] = spawn(function()
          for _ = 1, 100 do
            local _ <close> = semaphore:hold()
            inside:put(1)
            if #inside > 3 then too_many:put(1) end
            inside:get()
          end
        end)
      end
      for _, thread in ipairs(threads) do thread:join() end
      assert.equal(0, #too_many)
      assert.equal(3, semaphore:value())
    end)

    it("takes permits back from any thread", function()
      local semaphore = new(1)
      semaphore:acquire()
      local waiter = spawn(function() return semaphore:acquire() end)
      assert.is_true(helper.waits(waiter, "acquire of " .. name .. " (0"))
      semaphore:release()
      assert.is_true(waiter:join())
      assert.equal(0, semaphore:value()) -- the thread has ended, its permit stays taken
      spawn(function() semaphore:release() end):join()
      assert.equal(1, semaphore:value())
    end)

    it("has guards that give one permit back, once", function()
      local semaphore = new(2)
      do
        local guard <close>, word = semaphore:hold()
        assert.is_userdata(guard)
        assert.is_nil(word)
        assert.equal(1, semaphore:value())
        getmetatable(guard).__close(guard)
        assert.equal(2, semaphore:value())
      end
      assert.equal(2, semaphore:value())
      semaphore:acquire()
      semaphore:acquire()
      assert.same({ nil, "timeout" }, { semaphore:hold(0.01) })
    end)

    it("gives back what with took, whatever happens", function()
      local semaphore = new(1)
      assert.same({ 0, 7, n = 2 }, table.pack(semaphore:with(function(x)
        return semaphore:value(), x
      end, 7)))
      assert.same({ false, "left" }, { pcall(semaphore.with, semaphore, error, "left", 0) })
      assert.equal(1, semaphore:value())
    end)

    it("loses no permit with a waiter that is cancelled", function()
      local semaphore = new(1)
      semaphore:acquire()
      -- A guard: the one cancelled may yet get the permit.
      local cancelled = spawn(function() local _ <close> = semaphore:hold() end)
      assert.is_true(helper.waits(cancelled, "acquire"))
      local lasting = spawn(function() return semaphore:acquire() end)
      assert.is_true(helper.waits(lasting, "acquire"))
      cancelled:cancel()
      semaphore:release()
      assert.is_true(lasting:join())
      assert.is_false(pcall(cancelled.join, cancelled))
    end)

    it("refuses what makes no sense", function()
      local expected = ("here:1: bad argument #1 to '%s' "):format(name)
      assert.equal(expected .. "(value must not be negative)",
        error_of(("moons.%s(-1)"):format(name)))
      assert.equal(expected .. "(number has no integer representation)",
        error_of(("moons.%s(1.5)"):format(name)))
      assert.equal("here:1: bad argument #1 to 'release' (count must be positive)",
        error_of("local s = ... s:release(0)", new()))
      assert.equal("here:1: bad argument #1 to 'acquire' (timeout must not be negative)",
        error_of("local s = ... s:acquire(-1)", new()))
      assert.equal("here:1: bad argument #1 to 'value' (Semaphore expected, got Lock)",
        error_of("local s = ... s.value(Lock())", new()))
    end)

    it("is the same in another thread, and so is what makes it", function()
      local semaphore = new(3)
      assert.equal(semaphore, spawn(function() return semaphore end):join())
      assert.equal(3, spawn(function() return new(3):value() end):join())
    end)
  end)
end

describe("Semaphore", function()
  it("may have more permits than at the start", function()
    local semaphore = moons.Semaphore(0)
    semaphore:release(5)
    assert.equal("Semaphore (5)", tostring(semaphore))
    assert.equal("here:1: semaphore released more often than can be counted",
      error_of("local s = ... s:release(math.maxinteger)", semaphore))
    assert.equal(5, semaphore:value())
  end)

  it("wakes as many as permits are given", function()
    local semaphore, threads = moons.Semaphore(0), {}
    for i = 1, 5 do threads[i] = spawn(function() return semaphore:acquire() end) end
    for i = 1, 5 do assert.is_true(helper.waits(threads[i], "acquire")) end
    semaphore:release(5)
    for i = 1, 5 do assert.is_true(threads[i]:join()) end
  end)
end)

describe("BoundedSemaphore", function()
  it("refuses more permits than at the start", function()
    local semaphore = moons.BoundedSemaphore(2)
    semaphore:acquire()
    assert.equal("here:1: semaphore released more often than acquired",
      error_of("local s = ... s:release(2)", semaphore))
    assert.equal("BoundedSemaphore (1/2)", tostring(semaphore))
    assert.matches("released more often than acquired", error_of([[
      local s = ...
      local _ <close> = s:hold()
      s:release(2)]], semaphore))
    assert.equal(2, semaphore:value())
  end)
end)

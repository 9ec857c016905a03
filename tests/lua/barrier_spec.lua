-- Barrier: threads that meet, and what breaks that.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of = helper.error_of

-- A thread that waits at the barrier; `...` goes to wait.
local function waiting(barrier, ...)
  local thread = spawn(function(...) return barrier:wait(...) end, ...)
  assert.is_true(helper.waits(thread, "wait of Barrier"))
  return thread
end

describe("Barrier", function()
  it("lets all go when all have arrived, and again", function()
    local barrier = moons.Barrier(3)
    for _ = 1, 10 do
      local one, two = waiting(barrier), waiting(barrier)
      assert.equal(2, barrier:waiting())
      assert.equal("Barrier (2/3)", tostring(barrier))
      assert.same({ 3, n = 1 }, table.pack(barrier:wait()))
      assert.same({ 1, 2 }, { one:join(), two:join() })
    end
    assert.equal(3, barrier:parties())
    assert.equal(0, barrier:waiting())
    assert.is_false(barrier:broken())
  end)

  it("of one stops nobody", function()
    local barrier = moons.Barrier(1)
    assert.equal(1, barrier:wait())
    assert.equal(1, barrier:wait(0))
  end)

  it("is broken by one whose time runs out", function()
    local barrier = moons.Barrier(3)
    local other = waiting(barrier)
    assert.same({ nil, "timeout" }, { barrier:wait(0.01) })
    assert.same({ nil, "broken", n = 2 }, table.pack(other:join()))
    assert.is_true(barrier:broken())
    assert.equal("Barrier (0/3) broken", tostring(barrier))
    assert.same({ nil, "broken" }, { barrier:wait() })
    barrier:reset()
    assert.is_false(barrier:broken())
    assert.same({ nil, "timeout" }, { barrier:wait(0) })
  end)

  it("is broken by one that is cancelled", function()
    local barrier = moons.Barrier(3)
    local one, two = waiting(barrier), waiting(barrier)
    one:cancel()
    assert.matches("was cancelled$", select(2, pcall(one.join, one)))
    assert.same({ nil, "broken" }, { two:join() })
    assert.is_true(barrier:broken())
  end)

  it("is broken by abort, and for those who wait by reset", function()
    local barrier = moons.Barrier(2)
    local one = waiting(barrier)
    assert.equal(0, select("#", barrier:abort()))
    assert.same({ nil, "broken" }, { one:join() })
    assert.is_true(barrier:broken())
    assert.equal(0, select("#", barrier:reset()))
    local two = waiting(barrier)
    barrier:reset()
    assert.same({ nil, "broken" }, { two:join() })
    assert.is_false(barrier:broken())
    local three = waiting(barrier)
    assert.equal(2, barrier:wait())
    assert.equal(1, three:join())
  end)

  it("has a time of its own", function()
    local barrier = moons.Barrier { parties = 2, timeout = 0.01 }
    assert.same({ nil, "timeout" }, { barrier:wait() })
    barrier:reset()
    local one = waiting(barrier, 100)
    moons.sleep(0.05)
    assert.equal(2, barrier:wait())
    assert.equal(1, one:join())
  end)

  it("refuses what makes no sense", function()
    local new = "here:1: bad argument #1 to 'Barrier' "
    assert.equal(new .. "(number expected, got nil)", error_of("moons.Barrier()"))
    assert.equal(new .. "(parties must be positive)", error_of("moons.Barrier(0)"))
    assert.equal(new .. "(parties must be positive)", error_of("moons.Barrier { parties = 0 }"))
    assert.equal(new .. "(parties must be positive)", error_of("moons.Barrier(1 << 40)"))
    assert.equal("here:1: bad argument #2 to 'Barrier' (function expected, got number)",
      error_of("moons.Barrier(1, 1)"))
    assert.equal(new .. "(option 'parties': integer expected, got nil)",
      error_of("moons.Barrier {}"))
    assert.equal(new .. "(option 'action': function expected, got number)",
      error_of("moons.Barrier { parties = 1, action = 1 }"))
    assert.equal(new .. "(option 'timeout': number expected, got string)",
      error_of("moons.Barrier { parties = 1, timeout = '1' }"))
    assert.equal(new .. "(option 'timeout': must not be negative)",
      error_of("moons.Barrier { parties = 1, timeout = -1 }"))
    assert.equal(new .. "(option 'timeout': must not be negative)",
      error_of("moons.Barrier { parties = 1, timeout = 0/0 }"))
    assert.equal(new .. "(unknown option 'partys')", error_of("moons.Barrier { partys = 1 }"))
    assert.equal(new .. "(unknown option of type number)", error_of("moons.Barrier { 3 }"))
    assert.matches("^here:1: cannot send upvalue 'file' of function here:1: FILE%* is tied",
      error_of("local file = io.stdout moons.Barrier(1, function() return file end)"))
    assert.equal("here:1: bad argument #1 to 'wait' (timeout must not be negative)",
      error_of("local b = ... b:wait(-1)", moons.Barrier(1)))
  end)

  it("is the same in another thread", function()
    local barrier = moons.Barrier(2)
    assert.equal(barrier, spawn(function() return barrier end):join())
  end)
end)

describe("the action", function()
  it("is run by one thread before any goes on", function()
    local ran = Queue()
    local barrier = moons.Barrier(3, function() ran:put(moons.current():id()) moons.sleep(0.01) end)
    for round = 1, 5 do
      local threads = {}
      for i = 1, 2 do
        threads[i] = spawn(function() barrier:wait() return #ran end)
      end
      barrier:wait()
      assert.same({ round, round, round }, { #ran, threads[1]:join(), threads[2]:join() })
    end
  end)

  it("is a copy, made anew for each thread only", function()
    local count, counts = 0, Queue()
    local barrier = moons.Barrier(1, function() count = count + 1 counts:put(count) end)
    barrier:wait()
    barrier:wait()
    spawn(function() barrier:wait() end):join()
    assert.same({ 0, 1, 2, 1 }, { count, counts:get(), counts:get(), counts:get() })
  end)

  it("breaks the barrier when it fails, and its error is raised", function()
    local barrier = moons.Barrier(2, function() error({ code = 7 }) end)
    local one = waiting(barrier)
    local ok, err = pcall(barrier.wait, barrier)
    assert.same({ false, { code = 7 } }, { ok, err })
    assert.same({ nil, "broken" }, { one:join() })
    assert.is_true(barrier:broken())
  end)

  it("cannot wait at its own barrier", function()
    local box = moons.Shared {}
    local barrier = moons.Barrier(2, function() return box.barrier:wait() end)
    box.barrier = barrier
    local one = waiting(barrier)
    local ok, err = pcall(barrier.wait, barrier)
    assert.is_false(ok)
    assert.matches("a barrier's action cannot wait at the same barrier$", err)
    assert.same({ nil, "broken" }, { one:join() })
    box.barrier = nil -- two that hold each other would stay for ever
  end)

  it("may take so long that somebody's time runs out", function()
    local barrier = moons.Barrier(2, function() moons.sleep(0.5) end)
    local one = waiting(barrier, 0.1)
    assert.same({ nil, "broken" }, { barrier:wait() })
    assert.same({ nil, "timeout" }, { one:join() })
  end)

  it("may yield, and may be left", function()
    local barrier = moons.Barrier(1, function() coroutine.yield(moons ~= nil) end)
    local step = coroutine.wrap(function() return barrier:wait() end)
    assert.is_true(step())
    assert.equal(1, barrier:waiting())
    assert.same({ nil, "timeout" }, { barrier:wait(0.01) }) -- one too many, who breaks nothing
    assert.equal(1, step())
    local left = coroutine.create(function() return barrier:wait() end)
    coroutine.resume(left)
    coroutine.close(left)
    assert.is_true(barrier:broken())
  end)

  it("may reset its own barrier, which breaks the round", function()
    local slot = Queue()
    local barrier = moons.Barrier(1, function()
      local own = slot:get()
      own:reset()
    end)
    slot:put(barrier)
    assert.same({ nil, "broken" }, { barrier:wait() })
    assert.is_false(barrier:broken())
  end)

  it("can be an option, and a function of the library", function()
    assert.equal(1, moons.Barrier { parties = 1, action = collectgarbage }:wait())
  end)
end)

-- Event: a flag that threads wait for.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of = helper.error_of

describe("Event", function()
  it("is set and cleared", function()
    local event = moons.Event()
    assert.is_false(event:is_set())
    assert.equal("Event (not set)", tostring(event))
    assert.equal(0, select("#", event:set()))
    event:set()
    assert.is_true(event:is_set())
    assert.equal("Event (set)", tostring(event))
    assert.equal(0, select("#", event:clear()))
    event:clear()
    assert.is_false(event:is_set())
  end)

  it("is not waited for when it is set", function()
    local event = moons.Event()
    event:set()
    assert.same({ true, n = 1 }, table.pack(event:wait()))
    assert.is_true(event:wait(0))
  end)

  it("is waited for only so long", function()
    local event, before = moons.Event(), moons.clock()
    assert.same({ nil, "timeout" }, { event:wait(0) })
    assert.same({ nil, "timeout" }, { event:wait(0.05) })
    assert.is_true(moons.clock() - before >= 0.05)
  end)

  it("lets all go, even if it is cleared at once", function()
    local event, threads = moons.Event(), {}
    for round = 1, 20 do
      for i = 1, 8 do threads[i] = spawn(function() return event:wait() end) end
      for i = 1, 8 do assert.is_true(helper.waits(threads[i], "wait of Event (not set)")) end
      event:set()
      event:clear()
      for i = 1, 8 do assert.is_true(threads[i]:join(), round) end
      assert.is_false(event:is_set())
    end
  end)

  it("leaves others waiting when one is cancelled", function()
    local event = moons.Event()
    local one, two = spawn(function() event:wait() end), spawn(function() return event:wait() end)
    assert.is_true(helper.waits(one, "wait") and helper.waits(two, "wait"))
    one:cancel("enough")
    assert.matches("was cancelled: enough$", select(2, pcall(one.join, one)))
    event:set()
    assert.is_true(two:join())
  end)

  it("is the same in another thread", function()
    local event = moons.Event()
    assert.equal(event, spawn(function() event:set() return event end):join())
    assert.is_true(event:is_set())
  end)

  it("refuses what is no time, and no event", function()
    assert.equal("here:1: bad argument #1 to 'wait' (timeout must not be negative)",
      error_of("local e = ... e:wait(-1)", moons.Event()))
    assert.equal("here:1: bad argument #1 to 'set' (Event expected, got number)",
      error_of("local e = ... e.set(1)", moons.Event()))
  end)
end)

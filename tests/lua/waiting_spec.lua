-- What a blocked thread says of itself.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

-- The thread's line, once it is blocked.
local function line_of(thread)
  local line
  repeat
    moons.sleep(0.001)
    line = thread:waiting()
  until line
  return line
end

describe("thread:waiting", function()
  it("is nil of a thread that runs, and of one that has ended", function()
    assert.is_nil(moons.current():waiting())
    local thread = spawn(function() end)
    thread:join()
    assert.is_nil(thread:waiting())
  end)

  it("names the call, the object, the line and the time", function()
    local q = Queue(3)
    local line = debug.getinfo(1, "l").currentline + 1
    local getter = spawn(function() return q:get() end)
    assert.matches("^get of Queue %(0/3%) at .*waiting_spec%.lua:" .. line .. " for %d+%.%d+ s$",
      line_of(getter))
    local joiner = spawn(function() getter:join() end)
    assert.matches("^join of Thread 'Thread%-%d+' running at .*:" .. line + 3 .. " for ",
      line_of(joiner))
    q:put(1)
    joiner:join()
  end)

  it("says who holds the lock", function()
    local lock <const> = Lock()
    lock:acquire()
    local thread = spawn(function() lock:with(function() end) end)
    assert.matches("^acquire of Lock %(held by thread 1%) at ", line_of(thread))
    lock:release()
    thread:join()
  end)

  it("knows sleepers and putters", function()
    local sleeper = spawn(function() moons.sleep(100) end)
    assert.matches("^sleep at ", line_of(sleeper))
    sleeper:cancel()
    local full = Queue(1)
    full:put(1)
    local putter = spawn(function() full:put(2) end)
    assert.matches("^put of Queue %(1/1%) at ", line_of(putter))
    full:get()
    putter:join()
  end)
end)

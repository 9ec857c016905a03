-- Once: done by one thread, for all.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of = helper.error_of

-- A thread that is in the function of the call until a value is put into the queue it returns; that
-- is what the function returns.
local function running(once)
  local begun, go = Queue(), Queue()
  local thread = spawn(function()
    return once:call(function() begun:put(1) return go:get() end)
  end)
  begun:get()
  return go, thread
end

describe("Once", function()
  it("calls once, and gives the results to all", function()
    local once, calls, threads = moons.Once(), Queue(), {}
    assert.is_false(once:done())
    for i = 1, 8 do
      threads[i] = spawn(function()
        return table.pack(once:call(function(x)
          calls:put(1)
          moons.sleep(0.01)
          return x, nil, { y = x }, nil
        end, 7))
      end)
    end
    for i = 1, 8 do assert.same({ 7, nil, { y = 7 }, nil, n = 4 }, threads[i]:join()) end
    assert.equal(1, #calls)
    assert.is_true(once:done())
    assert.equal(7, (once:call(error)))
    assert.equal("Once (done)", tostring(once))
  end)

  it("may have no result", function()
    local once = moons.Once()
    assert.equal(0, select("#", once:call(function() end)))
    assert.equal(0, select("#", once:call(error)))
  end)

  it("gives copies, but the same shared objects", function()
    local once, queue = moons.Once(), Queue()
    local own = {}
    local t, q = once:call(function() return own, queue end)
    assert.is_false(t == own)
    assert.equal(queue, q)
    assert.equal(queue, select(2, once:call(error)))
  end)

  it("lets others wait for who is at it", function()
    local once = moons.Once()
    local go, runner = running(once)
    local other = spawn(function() return once:call(error, "not to be called") end)
    assert.is_true(helper.waits(other, "call of Once (run by thread "))
    go:put("result")
    assert.same({ "result", "result" }, { runner:join(), other:join() })
  end)

  it("can be waited for by a thread that is cancelled", function()
    local once = moons.Once()
    local go, runner = running(once)
    local other = spawn(function() once:call(error) end)
    assert.is_true(helper.waits(other, "call of Once"))
    other:cancel()
    assert.matches("was cancelled$", select(2, pcall(other.join, other)))
    go:put(1)
    assert.equal(1, runner:join())
  end)

  it("lets the next one run when a function fails", function()
    local once = moons.Once()
    assert.same({ false, { code = 1 } }, { pcall(once.call, once, error, { code = 1 }) })
    assert.is_false(once:done())
    assert.equal("Once (not done)", tostring(once))
    assert.matches("^here:1: cannot send result #2: FILE%* is tied to its thread$",
      error_of("local o = ... o:call(function() return 1, io.stdout end)", once))
    assert.is_false(once:done())
    assert.equal(5, once:call(function() return 5 end))
  end)

  it("lets the next one run when a runner is cancelled or ends", function()
    local once = moons.Once()
    local _, runner = running(once)
    local next_one = spawn(function() return once:call(function() return "next" end) end)
    assert.is_true(helper.waits(next_one, "call of Once"))
    runner:cancel()
    assert.equal("next", next_one:join())
    pcall(runner.join, runner)

    once = moons.Once()
    spawn(function() -- ends in the middle of a coroutine that calls
      local step = coroutine.wrap(function() once:call(coroutine.yield) end)
      step()
    end):join()
    assert.equal("next", once:call(function() return "next" end))
  end)

  it("raises when it is called from within", function()
    local once = moons.Once()
    assert.equal("here:1: call() from within the function that it runs",
      error_of("local o = ... o:call(function() o:call(print) end)", once))
    assert.equal(1, once:call(function() return 1 end))
  end)

  it("may yield", function()
    local once = moons.Once()
    local step = coroutine.wrap(function() return once:call(coroutine.yield, "out") end)
    assert.equal("out", step())
    assert.is_false(once:done())
    assert.equal("in", step("in"))
    assert.equal("in", once:call(error))
  end)

  it("refuses what can't be called", function()
    assert.equal("here:1: bad argument #1 to 'call' (function expected, got no value)",
      error_of("local o = ... o:call()", moons.Once()))
    assert.equal("here:1: bad argument #1 to 'done' (Once expected, got Lock)",
      error_of("local o = ... o.done(Lock())", moons.Once()))
  end)

  it("is the same in another thread", function()
    local once = moons.Once()
    assert.equal(once, spawn(function() return once end):join())
  end)
end)

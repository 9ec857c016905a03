-- Scopes: children that end with their block.
local helper = require "tests.lua.helper"
local describe, it, assert = helper.outside(describe, it, assert)

-- What runs in threads uses no globals: those of busted would go with it.
local sleep, Scope, error, setmetatable = moons.sleep, moons.Scope, error, setmetatable

describe("a scope", function()
  it("waits for all its children", function()
    local ended = {}
    local thread, process
    do
      local s <close> = Scope()
      for i = 1, 3 do
        s:task(function()
          sleep(0.005 * i)
          ended[#ended + 1] = i
        end)
      end
      thread = s:spawn(function() sleep(0.02) return "thread" end)
      process = s:process(function() return "process" end)
      assert.equal(5, #s)
    end
    assert.same({ 1, 2, 3 }, ended)
    assert.same({ "done", "done" }, { thread:status(), process:status() })
    assert.same({ "thread", "process" }, { thread:join(), process:join() })
  end)

  it("cancels the others at the first failure, and raises that", function()
    local slow, thread, process, scope
    local ok, e = pcall(function()
      local s <close> = Scope()
      scope = s
      slow = s:task(function() sleep(1000) end)
      thread = s:spawn(function() while true do end end)
      process = s:process(function() sleep(1000) end)
      s:task(function() sleep(0.02) error("first", 0) end)
    end)
    assert.same({ false, "first" }, { ok, e })
    assert.same({ "cancelled", "cancelled", "cancelled" },
      { slow:status(), thread:status(), process:status() })
    assert.same({ "first" }, scope:errors())
  end)

  it("keeps the other errors", function()
    local scope
    local ok, e = pcall(function()
      local s <close> = Scope()
      scope = s
      s:task(function()
        local _ <close> = setmetatable({}, { __close = function() error("second", 0) end })
        sleep(1000)
      end)
      s:spawn(function() error("first", 0) end)
    end)
    assert.same({ false, "first" }, { ok, e })
    assert.same({ "first", "second" }, scope:errors())
  end)

  it("raises with the lines of both sides, and reports nothing else", function()
    local outcome = helper.shell('exec "$MOONS" main.lua', { ["main.lua"] = [[
      local s <close> = moons.Scope()
      s:spawn(function() error "oops" end)
      s:task(function() moons.sleep(1000) end)]] })
    assert.equal(1, outcome.status)
    assert.matches("main.lua:2: oops", outcome.err)
    assert.matches("spawned at main.lua:2", outcome.err)
    assert.is_nil(outcome.err:find("failed", 1, true))
  end)

  it("left by an error cancels its children, and that error goes on", function()
    local child
    local ok, e = pcall(function()
      local s <close> = Scope()
      child = s:task(function() sleep(1000) end)
      error("own", 0)
    end)
    assert.same({ false, "own", "cancelled" }, { ok, e, child:status() })
  end)

  it("has a deadline", function()
    local child, thread
    local ok, e = pcall(function()
      local s <close> = Scope { deadline = 0.01 }
      child = s:task(function() sleep(1000) end)
      thread = s:spawn(function() sleep(1000) end)
    end)
    assert.is_false(ok)
    assert.equal("the scope's deadline of 0.01 seconds has passed", e)
    assert.same({ "cancelled", "cancelled" }, { child:status(), thread:status() })
    do
      local s <close> = Scope { deadline = 1000 }
      s:task(function() sleep(0.001) end)
    end
  end)

  it("can be cancelled, which is no failure", function()
    local child, late
    do
      local s <close> = Scope()
      child = s:task(function() sleep(1000) end)
      sleep(0.001)
      s:cancel()
      late = s:task(function() sleep(1000) end)
    end
    assert.same({ "cancelled", "cancelled" }, { child:status(), late:status() })
  end)

  it("joins before its end, too", function()
    local s <close> = Scope()
    s:task(function() sleep(0.01) end)
    assert.same({ n = 2, nil, "timeout" }, table.pack(s:join(0)))
    assert.is_true(s:join())
    assert.is_true(s:join())
    s:task(function() error("late", 0) end)
    assert.error_matches(function() s:join() end, "^late$")
    local ok, e = pcall(getmetatable(s).__close, s)
    assert.same({ false, "late" }, { ok, e })
  end)

  it("lies within scopes: each end reaches all below", function()
    local closed = {}
    local ok, e = pcall(function()
      local outer <close> = Scope()
      outer:task(function()
        local inner <close> = Scope()
        inner:spawn(function() sleep(1000) end)
        inner:task(function()
          local _ <close> = setmetatable({}, { __close = function() closed[1] = "inner" end })
          sleep(1000)
        end)
        sleep(1000)
      end)
      outer:task(function() sleep(0.02) error("outer", 0) end)
    end)
    assert.same({ false, "outer", "inner" }, { ok, e, closed[1] })
  end)

  it("of a cancelled task or thread leaves nothing", function()
    local child
    local f = moons.task(function()
      local s <close> = Scope()
      child = s:task(function() sleep(1000) end)
      s:spawn(function() sleep(1000) end)
      sleep(1000)
    end)
    sleep(0.01)
    f:cancel()
    f:wait()
    assert.same({ "cancelled", "cancelled" }, { f:status(), child:status() })
    local before = #moons.threads()
    local up = Queue()
    local thread = spawn(function()
      local s <close> = Scope()
      s:task(function() up:put "up" sleep(1000) end)
      s:spawn(function() up:put "up" sleep(1000) end)
      sleep(1000)
    end)
    up:get()
    up:get()
    thread:cancel()
    assert.is_false((pcall(thread.join, thread)))
    assert.is_true(helper.eventually(function() return #moons.threads() == before end))
  end)

  it("knows its children, wherever the cancel hits", function()
    local before = #moons.threads()
    for _ = 1, 100 do
      local up = Queue()
      local thread = spawn(function()
        local s <close> = Scope()
        s:task(function() up:put "up" sleep(1000) end)
        s:spawn(function() up:put "up" sleep(1000) end)
        while true do
          s:spawn(function() sleep(1000) end)
          sleep(0)
        end
      end)
      up:get()
      up:get()
      thread:cancel()
      assert.is_false((pcall(thread.join, thread)))
    end
    assert.equal(before, #moons.threads())
  end)

  it("refuses what is no scope, option or open scope", function()
    local s = Scope()
    s:task(function() end)
    getmetatable(s).__close(s)
    assert.error_matches(function() s:task(function() end) end, "the scope is closed")
    assert.error_matches(function() s.task({}) end, "bad argument #1 to 'task' %(Scope expected")
    assert.error_matches(function() Scope(1) end, "bad argument #1 to 'Scope' %(table expected")
    assert.error_matches(function() Scope { dead = 1 } end, "unknown option 'dead'")
    assert.error_matches(function() Scope { deadline = -1 } end, "must not be negative")
    assert.error_matches(function() Scope { deadline = "1" } end, "is a string, not a number")
  end)

  it("says so by the script's line", function()
    local s <close> = Scope()
    for _, mistake in ipairs {
      function() Scope(1) end, function() Scope { dead = 1 } end,
      function() Scope { deadline = -1 } end,
      function() s:spawn() end, function() s:task(1) end, function() s:process { timeout = 1 } end,
      function() s.spawn({}, print) end, function() s:join("1") end, function() s:join(-1) end,
      function() s.join() end, function() s:cancel {} end, function() s.errors(1) end,
    } do
      local line = debug.getinfo(mistake, "S").linedefined
      local _, message = pcall(mistake)
      assert.matches("^[^:]*scope_spec%.lua:" .. line .. ": bad argument #1 to ", message)
    end
  end)
end)

describe("scripts/scope.lua", function()
  it("leaves nothing of the others when one fails", function()
    local outcome = helper.shell('exec "$MOONS" "$ROOT/scripts/scope.lua"', {})
    assert.same({ err = "", status = 0, out = [[
all is well:	true
	first: done
	second: done
	third: done
	fourth: done
one fails:	false	third has failed
	first: done
	fourth: broken off
	second: broken off
	third: broken off
]] }, outcome)
  end)
end)

-- Scopes whose block waits when a child fails, or the deadline passes.
local helper = require "tests.lua.helper"
local describe, it, assert = helper.outside(describe, it, assert)

-- What runs in threads uses no globals: those of busted would go with it.
local sleep, task, Scope = moons.sleep, moons.task, moons.Scope
local error, setmetatable, pcall, wrap = error, setmetatable, pcall, coroutine.wrap

local FAILED <const> = "cancelled: another part of its scope has failed"
local EXPIRED <const> = "cancelled: the deadline of its scope has passed"

local function fail(word)
  sleep(0.01)
  error(word, 0)
end

-- Calls `f` where a block may be: in the thread's own script, in a task, in a coroutine of one, in
-- a thread, in a task of that.
local places = {
  script = function(f, ...) return f(...) end,
  task = function(f, ...) return task(f, ...):result() end,
  coroutine = function(f, ...)
    return task(function(...) return wrap(function(...) return f(...) end)(...) end, ...):result()
  end,
  thread = function(f, ...) return spawn(f, ...):join() end,
  ["task of a thread"] = function(f, ...)
    return spawn(function(...) return task(f, ...):result() end, ...):join()
  end,
}

for place, call in pairs(places) do
  describe("a block in the " .. place, function()
    it("is broken off when a child fails, and raises its error", function()
      local ok, e, inner, waited = call(function(fails)
        local inner, waited
        local ok, e = pcall(function()
          local s <close> = Scope()
          s:task(fails, "first")
          local _ <close> = setmetatable({}, { __close = function(_, why) inner = why end })
          sleep(1000)
          waited = true
        end)
        return ok, e, inner, waited
      end, fail)
      assert.same({ false, "first", FAILED }, { ok, e, inner })
      assert.is_nil(waited)
    end)

    it("is broken off by a thread that fails, too", function()
      local ok, e = call(function(fails)
        return pcall(function()
          local s <close> = Scope()
          s:spawn(fails, "thread")
          Queue():get()
        end)
      end, fail)
      assert.same({ false, "thread" }, { ok, e })
    end)

    it("is broken off at the deadline", function()
      local ok, e, inner = call(function()
        local inner
        local ok, e = pcall(function()
          local s <close> = Scope { deadline = 0.01 }
          local _ <close> = setmetatable({}, { __close = function(_, why) inner = why end })
          moons.Event():wait()
          return #s
        end)
        return ok, e, inner
      end)
      assert.same({ false, "the scope's deadline of 0.01 seconds has passed", EXPIRED },
        { ok, e, inner })
    end)

    it("waits as ever when it is over", function()
      assert.is_true(call(function(fails)
        for _ = 1, 3 do
          pcall(function()
            local s <close> = Scope()
            s:task(fails, "first")
            sleep(1000)
          end)
          sleep(0.001)
        end
        return true
      end, fail))
    end)
  end)
end

describe("a block that was broken off", function()
  it("is so in all its waits, whatever it catches, and the others end meanwhile", function()
    local errors, child = {}, nil
    local ok, e = pcall(function()
      local s <close> = Scope()
      child = s:task(function() sleep(1000) end)
      s:task(fail, "first")
      for i = 1, 100 do errors[i] = select(2, pcall(sleep, 1000)) end
      assert.equal("cancelled", child:status())
    end)
    assert.same({ false, "first" }, { ok, e })
    for i = 1, 100 do assert.equal(FAILED, errors[i]) end
    local f = task(function()
      local s <close> = Scope()
      local other = s:task(function() sleep(1000) end)
      s:task(fail, "first")
      while not other:done() do pcall(sleep, 1000) end
    end)
    assert.error_matches(function() f:result() end, "^first$")
  end)

  it("may take what is there without a wait", function()
    local q, got = Queue(), nil
    q:put(1)
    pcall(function()
      local s <close> = Scope()
      s:task(fail, "first")
      pcall(sleep, 1000)
      got = q:get()
      q:get()
    end)
    assert.equal(1, got)
  end)

  it("keeps what it raises itself, but not twice", function()
    local scope
    local function run(f)
      return pcall(function()
        local s <close> = Scope()
        scope = s
        f(s)
      end)
    end
    assert.same({ false, "first" }, { run(function(s)
      s:task(fail, "first")
      pcall(sleep, 1000)
      error("own", 0)
    end) })
    assert.same({ "first", "own" }, scope:errors())
    assert.same({ false, "first" }, { run(function(s) s:task(fail, "first"):result() end) })
    assert.same({ "first" }, scope:errors())
    assert.same({ false, "first" }, { run(function(s)
      s:task(fail, "first")
      wrap(function() sleep(1000) end)()
    end) })
    assert.same({ "first" }, scope:errors())
  end)

  it("by s:cancel isn't: that is for the children", function()
    local s <close> = Scope()
    s:task(function() sleep(1000) end)
    s:cancel()
    sleep(0.001)
    assert.is_true(s:join())
  end)

  it("breaks off gather, timeout, select, maps and programs", function()
    local pool <close> = Pool(1)
    for name, wait in pairs {
      gather = function() moons.gather(task(sleep, 1000)) end,
      timeout = function() moons.timeout(1000, sleep, 1000) end,
      select = function() moons.select({ Queue(), Queue() }) end,
      program = function() subprocess.run { "sleep", "1000" } end,
      lock = function() local l <const> = moons.Semaphore(0) l:acquire() end,
      yield = function() while true do moons.yield() end end,
      pool = function() pool:apply(function() sleep(1000) end) end,
    } do
      for _, call in pairs { places.script, places.task } do
        local ok, e = call(function()
          return pcall(function()
            local s <close> = Scope()
            s:task(fail, name)
            wait()
          end)
        end)
        assert.same({ false, name }, { ok, e })
        if name == "pool" then break end -- whose worker is busy from then on
      end
      if name == "pool" then pool:terminate() end
    end
  end)

  it("joins its scope all the same", function()
    local ok, e = pcall(function()
      local s <close> = Scope()
      local slow = s:task(function()
        local _ <close> = setmetatable({}, { __close = function() pcall(sleep, 0.01) end })
        sleep(1000)
      end)
      s:task(fail, "first")
      local joined, why = pcall(s.join, s)
      assert.same({ false, "first", "cancelled" }, { joined, why, slow:status() })
      sleep(0.001) -- which it has been told of
      error("own", 0)
    end)
    assert.same({ false, "first" }, { ok, e })
  end)

  it("that its task has left is nobody's", function()
    local kept
    task(function()
      kept = Scope()
      kept:task(fail, "late")
    end):result()
    assert.is_true(helper.eventually(function() return #kept:errors() == 1 end))
    sleep(0.001)
    assert.error_matches(function() kept:join() end, "^late$")
    collectgarbage()
  end)

  it("and left to the collector waits again", function()
    do
      local s = Scope()
      s:task(fail, "first")
      assert.same({ false, FAILED }, { pcall(sleep, 1000) })
    end
    collectgarbage()
    collectgarbage()
    sleep(0.001)
  end)
end)

describe("scopes within each other", function()
  it("fail from within to without", function()
    local order = {}
    local function closing(name)
      return setmetatable({}, { __close = function(_, e)
        order[#order + 1] = name .. ": " .. tostring(e)
      end })
    end
    local ok, e = pcall(function()
      local outer <close> = Scope()
      local _ <close> = closing "outer block"
      outer:task(function()
        local inner <close> = Scope()
        local _ <close> = closing "inner block"
        inner:task(fail, "deep")
        sleep(1000)
      end)
      sleep(1000)
    end)
    assert.same({ false, "deep" }, { ok, e })
    assert.same({ "inner block: " .. FAILED, "outer block: " .. FAILED }, order)
  end)

  it("in one block end in turn when the outer one fails", function()
    for _, call in pairs { places.script, places.task } do
      local child, inner_error
      local ok, e = call(pcall, function()
        local outer <close> = Scope()
        outer:task(fail, "outer")
        local _ <close> = setmetatable({}, { __close = function(_, why) inner_error = why end })
        local inner <close> = Scope()
        child = inner:task(function() sleep(1000) end)
        inner:join()
      end)
      assert.same({ false, "outer", FAILED, "cancelled" }, { ok, e, inner_error, child:status() })
    end
  end)

  it("do so while the inner one waits for its children at its end", function()
    local child
    local ok, e = pcall(function()
      local outer <close> = Scope()
      outer:task(fail, "outer")
      local inner <close> = Scope()
      child = inner:task(function() sleep(1000) end)
    end)
    assert.same({ false, "outer", "cancelled" }, { ok, e, child:status() })
  end)

  it("let the outer block go on when the inner one's failure is caught", function()
    local ok, e = pcall(function()
      local outer <close> = Scope { deadline = 1000 }
      local caught = select(2, pcall(function()
        local inner <close> = Scope()
        inner:task(fail, "inner")
        sleep(1000)
      end))
      sleep(0.001)
      assert.is_nil(outer:errors()[1])
      error("after " .. caught, 0)
    end)
    assert.same({ false, "after inner" }, { ok, e })
  end)

  it("have the nearer of two deadlines", function()
    local function run(outer_time, inner_time)
      return select(2, pcall(function()
        local outer <close> = Scope { deadline = outer_time }
        local inner <close> = Scope { deadline = inner_time }
        sleep(1000)
        return #outer + #inner
      end))
    end
    assert.equal("the scope's deadline of 0.01 seconds has passed", run(0.01, 1000))
    assert.equal("the scope's deadline of 0.02 seconds has passed", run(1000, 0.02))
  end)

  it("end by a cancel of their task from outside, which is no failure of theirs", function()
    local inner_scope
    local f = task(function()
      local outer <close> = Scope()
      local inner <close> = Scope()
      inner_scope = inner
      inner:task(function() sleep(1000) end)
      outer:task(function() sleep(1000) end)
      sleep(1000)
    end)
    moons.yield()
    f:cancel()
    assert.is_true(f:wait(20))
    assert.same({ "cancelled", {} }, { f:status(), inner_scope:errors() })
  end)
end)

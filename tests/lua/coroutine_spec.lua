-- Coroutines of tasks: a wait in them holds up the task only, and is not seen otherwise.
local helper = require "tests.lua.helper"
local describe, it, assert = helper.outside(describe, it, assert)

local task, sleep, Generator, delegate = moons.task, moons.sleep, moons.Generator, moons.delegate
local create, resume, wrap = coroutine.create, coroutine.resume, coroutine.wrap
local yield, status, close = coroutine.yield, coroutine.status, coroutine.close

-- What a task returns that can go on only while another one runs in between: `f` is called with a
-- function that waits for it.
local function beside(f)
  local asked, answers = Queue(), Queue()
  local other = task(function()
    for value in asked:iter() do answers:put(value) end
  end)
  local result = table.pack(pcall(function()
    return task(f, function(value)
      asked:put(value)
      return (answers:get(20))
    end):result(20)
  end))
  asked:close()
  other:result()
  assert.is_true(result[1], result[2])
  return table.unpack(result, 2, result.n)
end

-- Runs `body` in a task, and `look` in another one while the first waits.
local function while_waiting(body, look)
  local event = moons.Event()
  local waits = task(body, event)
  local looks = task(look, waits)
  local ok, e = pcall(looks.result, looks)
  event:set()
  assert.is_true(ok, e)
  return waits:result(20)
end

describe("a wait holds up the task only", function()
  it("in coroutine.resume", function()
    assert.same({ true, 1, true, "two", true, 3, "dead" }, { beside(function(ask)
      local co = create(function(a)
        local b = yield(ask(a))
        yield(ask(b))
        return ask(3)
      end)
      local _, one = resume(co, 1)
      local _, two = resume(co, "two")
      local ok, three = resume(co)
      return true, one, true, two, ok, three, status(co)
    end) })
  end)

  it("in coroutine.wrap, in a for loop too", function()
    assert.equal(6, beside(function(ask)
      local sum = 0
      for i in wrap(function() for i = 1, 3 do yield(ask(i)) end end) do sum = sum + ask(i) end
      return sum
    end))
  end)

  it("in next, send and throw of a Generator, and in its call", function()
    assert.same({ 1, "sent", "thrown", 4, 5, "end" }, { beside(function(ask)
      local g = Generator(function(a)
        local sent = yield(ask(a))
        local _, e = pcall(yield, ask(sent))
        yield(ask(e))
        yield(ask(4))
        yield(ask(5))
        return ask "end"
      end, 1)
      local a, b, c, d = g:next(), g:send "sent", g:throw "thrown", g()
      local e = g:next()
      assert.same({ n = 2, nil, "closed" }, table.pack(g:next()))
      return a, b, c, d, e, g:result()
    end) })
  end)

  it("in what is delegated to", function()
    assert.same({ "1 2 one 1 2 two", "all" }, { beside(function(ask)
      local function two(name)
        for i = 1, 2 do yield(ask(i)) end
        return ask(name)
      end
      local seen = {}
      local g = Generator(function()
        local returned = delegate(Generator(two, "one"))
        seen[#seen + 1] = returned
        yield(delegate(Generator(function()
          delegate(Generator(two, "one"))
          return ask "two"
        end)))
        return "all"
      end)
      for value in g do seen[#seen + 1] = value end
      return table.concat(seen, " "), g:result()
    end) })
  end)

  it("at any depth, through pcall and metamethods", function()
    local function dive(ask, depth)
      if depth == 0 then return ask "deep" end
      local next_one = setmetatable({}, { __index = function(_, key)
        return wrap(function() return select(2, pcall(dive, ask, key)) end)()
      end })
      return next_one[depth - 1]
    end
    assert.equal("deep", beside(function(ask) return dive(ask, 20) end))
  end)

  it("150 coroutines deep, time after time", function()
    local function dive(ask, depth)
      if depth == 0 then
        for i = 1, 3 do yield(ask(i)) end
        return ask "end"
      end
      local inner = wrap(dive)
      local value = inner(ask, depth - 1)
      while value ~= "end" do
        yield(value)
        value = inner()
      end
      return value
    end
    assert.same({ 1, 2, 3, "end" }, { beside(function(ask)
      local f = wrap(dive)
      return f(ask, 150), f(), f(), f()
    end) })
  end)

  it("and so does moons.yield", function()
    local order = {}
    local function note(name)
      return function()
        for i = 1, 2 do
          order[#order + 1] = name .. i
          moons.yield()
        end
      end
    end
    moons.gather(task(function() wrap(note "a")() end), task(note "b"))
    assert.same({ "a1", "b1", "a2", "b2" }, order)
  end)

  it("in calls of every kind", function()
    local lock, condition, semaphore = Lock(), moons.Condition(), moons.Semaphore(0)
    local queue, full, barrier = Queue(), Queue(1), moons.Barrier(2)
    full:put "full"
    local function waits()
      local seen = {}
      lock:with(function() seen[#seen + 1] = "lock" end)
      local _ <close> = condition:hold()
      seen[#seen + 1] = condition:wait(20) and "condition"
      seen[#seen + 1] = semaphore:acquire(20) and "semaphore"
      seen[#seen + 1] = barrier:wait() and "barrier"
      seen[#seen + 1] = full:put("more", 20) and "put"
      seen[#seen + 1] = select(2, moons.select({ queue }, 20))
      seen[#seen + 1] = moons.gather(task(function() sleep(0.001) return "gather" end))
      seen[#seen + 1] = moons.timeout(20, function() sleep(0.001) return "timeout" end)
      seen[#seen + 1] = subprocess.check_output { "echo", "-n", "program" }
      seen[#seen + 1] = spawn(function() return "thread" end):join()
      return table.concat(seen, " ")
    end
    assert(lock:acquire())
    local f = task(function() return Generator(function() yield(wrap(waits)()) end):next() end)
    moons.yield()
    lock:release()
    local other = task(function()
      sleep(0.002)
      condition:with(condition.notify_all, condition)
      sleep(0.002)
      semaphore:release()
      barrier:wait()
      sleep(0.002)
      full:get()
      queue:put "select"
    end)
    assert.equal("lock condition semaphore barrier put select gather timeout program thread",
      f:result(20))
    other:result()
  end)
end)

describe("a coroutine in which a task waits", function()
  it("is normal to all others, who can neither resume nor close it", function()
    local co, inner
    assert.equal("done", while_waiting(function(event)
      co = create(function()
        inner = create(function() event:wait() return "done" end)
        return select(2, resume(inner))
      end)
      return select(2, resume(co))
    end, function()
      for _, one in ipairs { co, inner } do
        assert.equal("normal", status(one))
        assert.same({ false, "cannot resume non-suspended coroutine" }, { resume(one, 1, 2, 3) })
        local ok, e = pcall(close, one)
        assert.same({ false, "cannot close a normal coroutine" }, { ok, e })
        assert.is_true(coroutine.isyieldable(one))
        assert.matches("^stack traceback:\n\t%[C%]", debug.traceback(one))
      end
    end))
    assert.equal("dead", status(co))
    assert.is_true(close(inner))
  end)

  it("of wrap refuses a second call, at the caller's line", function()
    local f
    assert.equal(7, while_waiting(function(event)
      f = wrap(function() event:wait() return 7 end)
      return f()
    end, function()
      local line = debug.getinfo(1, "l").currentline + 1
      local ok, e = pcall(function() return f(1) == nil end)
      assert.is_false(ok)
      assert.matches("coroutine_spec.lua:" .. line .. ": cannot resume non%-suspended", e)
    end))
  end)

  it("of a Generator is running", function()
    local g, by_hand, co
    while_waiting(function(event)
      g = Generator(function() event:wait() yield(1) end)
      assert.equal(1, g:next())
      g:close()
    end, function()
      assert.equal("running", g:status())
      for _, method in ipairs { "next", "send", "throw", "close" } do
        local ok, e = pcall(g[method], g, nil)
        assert.is_false(ok)
        assert.matches("the generator is running already", e)
      end
      assert.error_matches(function() g:result() end, "has not returned")
    end)
    assert.equal("finished", g:status())
    -- Also if it was resumed by hand.
    while_waiting(function(event)
      by_hand = Generator(function() co = coroutine.running() yield(1) event:wait() yield(2) end)
      assert.equal(1, by_hand:next())
      assert.same({ true, 2 }, { resume(co) })
    end, function()
      assert.equal("running", by_hand:status())
      assert.error_matches(function() by_hand:next() end, "running already")
      assert.equal("normal", status(co))
    end)
    assert.equal("suspended", by_hand:status())
    by_hand:close()
  end)

  it("may be anybody's before and after", function()
    local co = create(function(...)
      local got = ...
      while true do
        sleep(0.001)
        got = yield(got)
      end
    end)
    assert.same({ true, "script" }, { resume(co, "script") })
    assert.same({ true, "a" }, { task(resume, co, "a"):result() })
    assert.same({ true, "b" }, { task(resume, co, "b"):result() })
    assert.same({ true, "again" }, { resume(co, "again") })
    local wrapped = wrap(function() return resume(co, "wrapped") end)
    assert.same({ true, "wrapped" }, { task(wrapped):result() })
    assert.is_true(close(co))
  end)

  it("that was replaced in the stack by the debug library is not resumed", function()
    local other = create(function() end)
    local stack
    local g = task(function()
      stack = coroutine.running()
      return resume(create(function() sleep(0.01) end))
    end)
    moons.yield()
    moons.yield()
    assert.equal("(C temporary)", debug.setlocal(stack, 0, 1, other))
    local ok, e = pcall(g.result, g)
    assert.is_false(ok)
    assert.matches("the coroutine that waits was replaced", e)
    assert.equal("suspended", status(other))
  end)
end)

-- What programs see of their coroutines, when `pause` does nothing, and when it waits.
local function compare(program)
  local seen = {}
  for i, pause in ipairs { function() end, function() sleep(0) moons.yield() sleep(0.0005) end } do
    seen[i] = table.pack(task(function() return program(pause) end):result(20))
  end
  assert.same(seen[1], seen[2])
  return table.unpack(seen[2], 1, seen[2].n)
end

describe("what is seen of a wait is nothing:", function()
  it("values, statuses, running, isyieldable", function()
    compare(function(pause)
      local seen = {}
      local outer = coroutine.running()
      local co
      co = create(function(...)
        local function note(...) seen[#seen + 1] = table.pack(...) end
        note(...)
        pause()
        note(coroutine.isyieldable(), coroutine.running() == co, status(co), status(outer))
        note(pcall(function() pause() error { 1 } end))
        note(select("#", yield()), yield(nil, nil))
        pause()
        note(pcall(yield, 1, nil))
        return nil, pause()
      end)
      for i = 0, 5 do seen[#seen + 1] = table.pack(status(co), resume(co, i, nil)) end
      return seen, status(co)
    end)
  end)

  it("errors and their lines", function()
    local message, at_wrap = compare(function(pause)
      local co = create(function() pause() error "oops" end)
      local _, e = resume(co)
      local f = wrap(function() pause() error "wrapped" end)
      return e, select(2, pcall(function() return f() .. "" end)), status(co),
        select(2, pcall(wrap(function() pause() error(nil) end))),
        select(2, pcall(wrap(function() pause() error {} end)))
    end)
    assert.matches("coroutine_spec.lua:%d+: oops$", message)
    assert.matches("coroutine_spec.lua:%d+: [^\n]*coroutine_spec.lua:%d+: wrapped$", at_wrap)
  end)

  it("tracebacks", function()
    local inner = compare(function(pause)
      local function deep() pause() return (debug.traceback("here", 1)) end
      local co = create(function() local text = deep() pause() error(text, 0) end)
      local _, e = resume(co)
      return e, (debug.traceback(co)), (wrap(function() return (deep()) end)())
    end)
    assert.matches("in upvalue 'deep'", inner)
    compare(function(pause)
      local _, e = xpcall(function() wrap(function() pause() error "x" end)() end, debug.traceback)
      local g = Generator(function() pause() error "y" end)
      return e, select(2, xpcall(function() g:next() end, debug.traceback))
    end)
  end)

  it("variables that are closed, and their order", function()
    local order = compare(function(pause)
      local seen = {}
      local function closing(name)
        local function note(_, e) seen[#seen + 1] = name .. tostring(e) end
        return setmetatable({}, { __close = note })
      end
      local co = create(function()
        local _ <close> = closing "a"
        pause()
        do
          local _ <close> = closing "b"
          pause()
          yield()
        end
        pause()
        error("e", 0)
      end)
      resume(co)
      seen[#seen + 1] = "resumed"
      local ok, e = resume(co)
      seen[#seen + 1] = tostring(ok) .. tostring(e)
      seen[#seen + 1] = tostring(select(2, close(co)))
      pcall(wrap(function() local _ <close> = closing "w" pause() error("f", 0) end))
      local g = Generator(function() local _ <close> = closing "g" pause() yield(1) pause() end)
      g:next()
      g:close()
      local d = Generator(function() local _ <close> = closing "d" pause() delegate(g) pause() end)
      d:next()
      return seen
    end)
    assert.same({ "resumed", "bnil" }, { order[1], order[2] })
  end)

  it("many arguments and results", function()
    compare(function(pause)
      local co = create(function(...) pause() return yield(...) end)
      local many = table.pack(resume(co, table.unpack({}, 1, 5000)))
      return many.n, select("#", resume(co, table.unpack({}, 1, 70000))),
        resume(create(function() pause() return table.unpack({}, 1, 900000) end)) and true,
        resume(create(function() pause() return resume(create(table.unpack), {}, 1, 2000000) end))
    end)
  end)
end)

describe("cancelling a task that waits in a coroutine", function()
  it("raises there, and closes", function()
    local seen = {}
    local function closing(name)
      return setmetatable({}, { __close = function() seen[#seen + 1] = name end })
    end
    local f = task(function()
      local _ <close> = closing "task"
      wrap(function()
        local _ <close> = closing "wrap"
        Generator(function()
          local _ <close> = closing "generator"
          sleep(1000)
        end):next()
      end)()
    end)
    moons.yield()
    assert.is_true(f:cancel())
    assert.is_true(f:wait(20))
    assert.is_true(f:cancelled())
    assert.same({ "generator", "wrap", "task" }, seen)
  end)

  it("is an error of the coroutine for who has resumed it", function()
    local f = task(function()
      local co = create(function() return pcall(sleep, 1000), sleep(1000) end)
      local ok, e = resume(co)
      return ok, e, status(co), pcall(sleep, 1000)
    end)
    moons.yield()
    f:cancel()
    assert.same({ false, "cancelled", "dead", false, "cancelled" }, { f:result(20) })
  end)

  it("lets others run, however often it is caught", function()
    local turns = 0
    local f = task(wrap(function()
      while true do
        if not pcall(sleep, 1000) and turns > 3 then return "enough" end
      end
    end))
    local other = task(function() for _ = 1, 5 do turns = turns + 1 moons.yield() end end)
    moons.yield()
    f:cancel()
    assert.equal("enough", f:result(20))
    other:result()
  end)

  it("comes by a timeout, too", function()
    local closed
    assert.same({ nil, "timeout" }, { moons.timeout(0.01, function()
      for _ in wrap(function()
        local _ <close> = setmetatable({}, { __close = function() closed = true end })
        sleep(1000)
      end) do closed = "no" end
    end) })
    assert.is_true(closed)
    -- A call's own time is kept while it waits, and is no other call's.
    assert.same({ "timeout", true }, { task(function()
      local q = Queue()
      local start = moons.clock()
      local co = wrap(function() return select(2, q:get(0.02)) end)
      local why = co()
      return why, moons.clock() - start >= 0.02
    end):result(20) })
  end)

  it("is of no other task", function()
    local q = Queue()
    local a = task(wrap(function() return q:get() end))
    local b = task(wrap(function() return q:get() end))
    moons.yield()
    a:cancel()
    assert.is_true(a:wait(20))
    assert.is_true(a:cancelled())
    q:put "for b"
    assert.equal("for b", b:result(20))
  end)
end)

describe("where Lua can't leave the call, a coroutine's wait blocks", function()
  it("in a comparator, and in what that resumes", function()
    local ticks = 0
    local ticker = task(function() while true do sleep(0) ticks = ticks + 1 moons.yield() end end)
    local before, after = task(function()
      local was
      table.sort({ 1, 2 }, function(a, b)
        was = was or ticks
        wrap(function() sleep(0.005) end)()
        return a < b
      end)
      return was, ticks
    end):result()
    ticker:cancel()
    ticker:wait()
    assert.equal(before, after)
  end)

  it("in the closing by coroutine.close", function()
    local f = task(function()
      local slept
      local co = create(function()
        local _ <close> = setmetatable({}, { __close = function() sleep(0.001) slept = true end })
        sleep(0.001)
        yield()
      end)
      resume(co)
      return close(co), slept
    end)
    assert.same({ true, true }, { f:result(20) })
  end)
end)

describe("locks that a coroutine takes", function()
  it("are its task's", function()
    local lock = Lock()
    local f = task(function()
      wrap(function() sleep(0.001) lock:acquire() sleep(0.001) end)()
      assert.error_matches(function() lock:acquire() end, "already held by this task")
      local other = task(function() return lock:acquire(0) end)
      local got = other:result()
      lock:release()
      return got
    end)
    assert.is_nil(f:result(20))
  end)
end)

describe("a coroutine that a task has left behind", function()
  it("ends with its thread, and with the script", function()
    local outcome = helper.shell('exec timeout 20 "$MOONS" main.lua', { ["main.lua"] = [[
      local function closing(name)
        local thread = moons.current():name()
        return setmetatable({}, { __close = function() print(thread .. " " .. name) end })
      end
      local function wait_within()
        moons.task(function()
          local g = moons.Generator(function()
            local _ <close> = closing "inner"
            moons.sleep(1000)
          end)
          coroutine.wrap(function()
            local _ <close> = closing "outer"
            g:next()
          end)()
        end)
        moons.task(function()
          coroutine.wrap(function() while true do pcall(moons.sleep, 1000) end end)()
        end)
        moons.yield()
        error("the script fails", 0)
      end
      print(pcall(spawn(wait_within).join, spawn(wait_within)))
      collectgarbage()
      wait_within()]] })
    assert.equal(1, outcome.status)
    assert.matches("the script fails", outcome.err)
    for _, name in ipairs { "MainThread", "Thread-1", "Thread-2" } do
      local inner = outcome.out:find(name .. " inner\n", 1, true)
      assert.is_not_nil(inner)
      assert.is_not_nil(outcome.out:find(name .. " outer\n", inner, true))
    end
  end)

  it("is collected with its task", function()
    local weak = setmetatable({}, { __mode = "k" })
    local f = task(function()
      local co = create(function() sleep(0.001) end)
      weak[co] = true
      return (resume(co))
    end)
    assert.is_true(f:result())
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(weak))
  end)
end)

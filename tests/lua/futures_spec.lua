-- Future, and what waits for many futures; over both engines.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local for_engines, error_of = helper.for_engines(describe), helper.error_of

local collect, busy = helper.collect, helper.busy_executor

local function id(...) return ... end
local function fail(value) error(value, 0) end

for_engines("a future", function(engine)
  local Executor = engine.Executor

  it("gives all results, and again", function()
    local ex <close> = Executor(2)
    local future = ex:submit(id, 1, nil, { 2 }, nil)
    for _ = 1, 2 do
      assert.same({ 1, nil, { 2 }, nil, n = 4 }, table.pack(future:result()))
      assert.same({ 1, nil, { 2 }, nil, n = 4 }, table.pack(future:get(1000)))
    end
    assert.equal(0, select("#", ex:submit(id):result()))
    assert.equal(9, ex:submit(math.max, 3, 9):result())
  end)

  it("raises the call's error value, and gives it with its traceback", function()
    local ex <close> = Executor(1)
    local future = ex:submit(fail, { 1, 2 })
    local ok, value = pcall(future.result, future)
    assert.is_false(ok)
    assert.same({ 1, 2 }, value)
    local again, traceback = future:exception()
    assert.same({ 1, 2 }, again)
    assert.matches("stack traceback:", traceback)
    assert.is_nil(ex:submit(id, 1):exception())
    assert.same({ nil, n = 1 }, table.pack(ex:submit(id):exception()))
    local nothing = ex:submit(error)
    assert.is_false(pcall(nothing.result, nothing))
  end)

  it("says how far it is", function()
    local ex <close>, go, first = busy(engine) -- luacheck: ignore 211
    local second, third = ex:submit(id, 2), ex:submit(id, 3)
    local function state(f)
      return { f:done(), f:ready(), f:running(), f:cancelled(), f:status() }
    end
    assert.same({ false, false, true, false, "running" }, state(first))
    assert.same({ false, false, false, false, "pending" }, state(second))
    assert.is_false(first:cancel())
    assert.is_true(third:cancel())
    assert.is_true(third:cancel())
    assert.same({ true, true, false, true, "cancelled" }, state(third))
    assert.matches("the future was cancelled", error_of("(...):result()", third))
    assert.matches("the future was cancelled", error_of("(...):exception()", third))
    assert.is_true(third:wait())
    assert.matches("^here:1: the future has not ended yet$", error_of("(...):successful()", first))
    go:put("one")
    assert.equal("one", first:result())
    assert.equal(2, second:result())
    assert.same({ true, true, false, false, "done" }, state(second))
    assert.is_false(second:cancel())
    assert.is_true(second:successful())
    assert.is_false(third:successful())
    local failed = ex:submit(fail, 1)
    failed:exception()
    assert.same({ true, true, false, false, "failed" }, state(failed))
    assert.is_false(failed:successful())
  end)

  it("is waited for so long", function()
    local ex <close>, go, first = busy(engine) -- luacheck: ignore 211
    for _, seconds in ipairs { 0, 0.02 } do
      assert.same({ nil, "timeout", n = 2 }, table.pack(first:result(seconds)))
      assert.same({ nil, "timeout", n = 2 }, table.pack(first:get(seconds)))
      assert.same({ nil, "timeout", n = 2 }, table.pack(first:exception(seconds)))
      assert.same({ nil, "timeout", n = 2 }, table.pack(first:wait(seconds)))
    end
    go:put(1)
    assert.same({ true, n = 1 }, table.pack(first:wait()))
    assert.equal(1, first:result(0))
  end)

  it("refuses wrong arguments at the caller's line", function()
    local ex <close> = Executor(1)
    local future = ex:submit(id)
    for _, method in ipairs { "result", "get", "exception", "wait" } do
      assert.matches(
        "^here:1: bad argument #1 to '" .. method .. "' %(number expected, got string%)$",
        error_of("(...):" .. method .. "'x'", future))
      assert.matches("^here:1: bad argument #1 to '" .. method .. "' %(.*negative%)$",
        error_of("(...):" .. method .. "(-1)", future))
    end
    assert.matches(
      "^here:1: bad argument #1 to 'add_done_callback' %(function expected, got number%)$",
        error_of("(...):add_done_callback(3)", future))
    for _, method in ipairs { "result", "done", "running", "cancel", "cancelled", "status",
                              "successful" } do
      assert.matches(
        "^here:1: bad argument #1 to '" .. method .. "' %(Future expected, got number%)$",
        error_of("(...)." .. method .. "(3)", future))
    end
    assert.matches("^Future", tostring(future))
  end)

  it("travels, and many threads may wait for it", function()
    local ex <close>, go, first = busy(engine) -- luacheck: ignore 211
    local threads = {}
    for i = 1, 4 do threads[i] = spawn(function(f) return f:result(), f end, first) end
    for i = 1, 4 do assert.is_true(helper.waits(threads[i], "result of Future")) end
    go:put("all")
    for i = 1, 4 do
      local value, same = threads[i]:join()
      assert.equal("all", value)
      assert.is_true(rawequal(first, same))
    end
    assert.equal(5, ex:submit(function(f) return f:result() end, ex:submit(id, 5)):result())
  end)

  it("may stand in select", function()
    local ex <close>, go, first = busy(engine) -- luacheck: ignore 211
    assert.same({ nil, "timeout" }, { moons.select { first, timeout = 0.01 } })
    go:put("x")
    local which, value = moons.select { Queue(), first }
    assert.equal(first, which)
    assert.equal("x", value)
    local failed = ex:submit(fail, "oh")
    assert.matches("^oh$", select(2, pcall(moons.select, { failed })))
  end)
end)

for_engines("callbacks", function(engine)
  local Executor, run = engine.Executor, engine.run

  it("are called in a wait of the thread that added them, in order, each once", function()
    local ex <close> = Executor(1)
    local calls, future = {}, ex:submit(id, 1)
    local own = moons.current():id()
    for i = 1, 3 do
      future:add_done_callback(function(f)
        assert(f == future and f:done() and moons.current():id() == own)
        calls[#calls + 1] = i
      end)
    end
    assert.equal(0, #calls)
    -- The future has ended a moment before those who watch it are told.
    assert.is_true(helper.eventually(function() return #calls == 3 end))
    assert.same({ 1, 2, 3 }, calls)
    future:add_done_callback(function() calls[#calls + 1] = 4 end)
    assert.equal(3, #calls)
    moons.sleep(0.001)
    assert.same({ 1, 2, 3, 4 }, calls)
  end)

  it("never run within each other", function()
    local ex <close> = Executor(1)
    local depth, most, calls = 0, 0, 0
    for i = 1, 5 do
      ex:submit(id, i):add_done_callback(function()
        depth, calls = depth + 1, calls + 1
        most = math.max(most, depth)
        moons.sleep(0.001)
        depth = depth - 1
      end)
    end
    ex:shutdown()
    assert.equal(5, calls)
    assert.equal(1, most)
  end)

  it("are called for what was cancelled and what has failed", function()
    local ex <close>, go, first = busy(engine) -- luacheck: ignore 211
    local second, seen = ex:submit(fail, "x"), {}
    local third = ex:submit(id)
    third:add_done_callback(function(f) seen[#seen + 1] = f:status() end)
    second:add_done_callback(function(f) seen[#seen + 1] = f:status() .. f:exception() end)
    third:cancel()
    moons.sleep(0)
    assert.same({ "cancelled" }, seen)
    go:put(1)
    first:result()
    ex:shutdown()
    assert.same({ "cancelled", "failedx" }, seen)
  end)

  it("are waited for by the end of a thread, and of main", function()
    local o = run [[
      local ex = futures.ThreadPoolExecutor(1)
      spawn(function(ex)
        ex:submit(moons.sleep, 0.02):add_done_callback(function() print("thread") end)
      end, ex):join()
      ex:submit(moons.sleep, 0.02):add_done_callback(function(f)
        print("main")
        ex:submit(print, "again"):add_done_callback(function() print("end") end)
      end)]]
    assert.same({ "thread\nmain\nagain\nend\n", "", 0 }, { o.out, o.err, o.status })
  end)

  it("that fail are printed, and the exit status is 1", function()
    local o = run [[
      local ex = futures.ThreadPoolExecutor(1)
      local f = ex:submit(function() end)
      f:add_done_callback(function() error("first") end)
      f:add_done_callback(function() error({}) end)
      f:add_done_callback(function() coroutine.yield() end)
      f:add_done_callback(function() print("last") Last = true end)
      repeat moons.sleep(0.001) until Last
      print("on")]]
    assert.equal("last\non\n", o.out)
    assert.matches("^moons: a callback failed: main.lua:3: first\nstack traceback:", o.err)
    assert.matches("\nmoons: a callback failed: %(error object is a table value%)\n", o.err)
    assert.matches("\nmoons: a callback failed: attempt to yield", o.err)
    assert.equal(1, o.status)
  end)

  it("of a coroutine run in the thread's waits", function()
    local ex <close> = Executor(1)
    local called
    coroutine.wrap(function()
      ex:submit(id):add_done_callback(function() called = true end)
    end)()
    coroutine.wrap(function() ex:shutdown() end)()
    assert.is_true(called)
  end)
end)

for_engines("futures.wait", function(engine)
  local Executor = engine.Executor

  it("gives those that have ended, and those that have not, in the list's order", function()
    local ex <close>, go, first = busy(engine) -- luacheck: ignore 211
    local second = ex:submit(id, 2)
    local done, not_done = futures.wait({ first, second }, { timeout = 0.01 })
    assert.same({ 0, 2 }, { #done, #not_done })
    assert.is_true(not_done[1] == first and not_done[2] == second)
    go:put(1)
    done, not_done = futures.wait { second, first }
    assert.is_true(done[1] == second and done[2] == first)
    assert.equal(0, #not_done)
    done, not_done = futures.wait {}
    assert.same({ 0, 0 }, { #done, #not_done })
    assert.equal(2, #(futures.wait { first, first }))
  end)

  it("returns when it is told to", function()
    local ex <close> = Executor(3)
    local go = Queue()
    local function get(q) return q:get() end
    local a, b, c = ex:submit(get, go), ex:submit(id), ex:submit(get, go)
    local done = futures.wait({ a, b, c }, { return_when = futures.FIRST_COMPLETED })
    assert.is_true(#done == 1 and done[1] == b)
    local bad = ex:submit(fail, "x")
    local _, left = futures.wait({ a, b, bad }, { return_when = futures.FIRST_EXCEPTION })
    assert.is_true(#left == 1 and left[1] == a)
    go:put(1) go:put(1)
    done, left = futures.wait({ a, b, c }, { return_when = "FIRST_EXCEPTION" })
    assert.same({ 3, 0 }, { #done, #left })
    done = futures.wait({ a, b, c, bad }, { return_when = futures.ALL_COMPLETED })
    assert.equal(4, #done)
    assert.equal("x", bad:exception())
  end)

  it("refuses wrong arguments at the caller's line", function()
    for arguments, message in pairs {
      [""] = "1 to 'wait' %(table expected, got no value",
      ["{ 1 }"] = "1 to 'wait' %(value #1 is no future but a number",
      ["{}, 'x'"] = "2 to 'wait' %(number expected, got string",
      ["{}, { timeout = -1 }"] = "2 to 'wait' %(option 'timeout': must not be negative",
      ["{}, { return_when = 'x' }"] = "2 to 'wait' %(option 'return_when': one of",
      ["{}, { x = 1 }"] = "2 to 'wait' %(unknown option 'x'",
    } do
      assert.matches("^here:1: bad argument #" .. message,
        error_of("futures.wait(" .. arguments .. ")"))
    end
  end)
end)

for_engines("as_completed", function(engine)
  local Executor = engine.Executor

  it("gives the futures as they end, each once", function()
    local ex <close> = Executor(2)
    local go = Queue()
    local slow, quick = ex:submit(function(q) return q:get() end, go), ex:submit(id, 1)
    local order = {}
    for future in futures.as_completed { slow, quick } do
      order[#order + 1] = future
      go:put(1)
    end
    assert.is_true(#order == 2 and order[1] == quick and order[2] == slow)
    assert.same({}, collect(futures.as_completed {}))
  end)

  it("raises when time is over", function()
    local ex <close>, go, first = busy(engine) -- luacheck: ignore 211
    for _, limit in ipairs { 0.01, { timeout = 0.01 } } do
      assert.equal("timeout",
        error_of("local f, s = ... for _ in futures.as_completed({ f }, s) do end", first, limit))
    end
    go:put(1)
  end)

  it("refuses wrong arguments at the caller's line", function()
    for arguments, message in pairs {
      [""] = "1 to 'as_completed' %(table expected, got no value",
      ["{ {} }"] = "1 to 'as_completed' %(value #1 is no future but a table",
      ["{}, 'x'"] = "2 to 'as_completed' %(number expected, got string",
      ["{}, -1"] = "2 to 'as_completed' %(.*negative",
      ["{}, { timeout = 'x' }"] =
        "2 to 'as_completed' %(option 'timeout': number expected, got string",
      ["{}, { x = 1 }"] = "2 to 'as_completed' %(unknown option 'x'",
    } do
      assert.matches("^here:1: bad argument #" .. message,
        error_of("futures.as_completed(" .. arguments .. ")"))
    end
  end)
end)

for_engines("the end of the script", function(engine)
  local run = engine.run

  it("waits for all that was submitted", function()
    local o = run [[
      local ex = futures.ThreadPoolExecutor(2)
      for i = 1, 20 do ex:submit(function(i) moons.sleep(0.001) io.write(i % 10) end, i) end
      ex = nil collectgarbage()]]
    assert.equal(20, #o.out)
    assert.same({ "", 0 }, { o.err, o.status })
  end)

  it("prints a failure that nobody looked at", function()
    local o = run [[
      local ex = futures.ThreadPoolExecutor(1)
      ex:submit(error, "lost")
      local seen = ex:submit(error, "seen")
      seen:exception()]]
    assert.matches("^moons: a future failed: lost\n", o.err)
    assert.matches("%[future submitted at main.lua:2%]\n$", o.err)
    assert.not_matches("seen", o.err)
    assert.equal(1, o.status)
  end)

  it("cancels all when main fails", function()
    local o = run [[
      local ex = futures.ThreadPoolExecutor(1)
      for i = 1, 3 do ex:submit(moons.sleep, 1000):add_done_callback(print) end
      error("main")]]
    assert.matches("^moons: main.lua:3: main\n", o.err)
    assert.not_matches("future failed", o.err)
    assert.equal(1, o.status)
  end)

  it("cancels all after Ctrl-C", function()
    for _, code in ipairs {
      "f:result()", "futures.wait { f }", "for _ in futures.as_completed { f } do end",
      "for _ in ex:map(moons.sleep, { 1000 }) do end", "ex:shutdown()",
      "do local e <close> = ex end", "Pool(1):map(moons.sleep, { 1000 })",
      "local p <close> = Pool(1) p:apply(moons.sleep, 1000)", "f:add_done_callback(print)",
    } do
      local o = helper.shell('exec setsid env --default-signal=INT "$MOONS" main.lua', {
        ["main.lua"] = engine.source([[
          spawn(function() moons.sleep(0.05) io.popen("kill -INT $PPID"):close() end)
          local ex = futures.ThreadPoolExecutor(1)
          local f = ex:submit(moons.sleep, 1000) ]] .. code) })
      assert.same({ "", "moons: interrupted\n", 130 }, { o.out, o.err, o.status }, code)
    end
  end)
end)

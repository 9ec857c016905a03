-- ThreadPoolExecutor and Future, and what waits for many futures.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of, run = helper.error_of, helper.run

local function id(...) return ... end
local function fail(value) error(value, 0) end
local function forever() moons.sleep(1000) end

-- An executor with a worker that is busy until the queue gets a value.
local function busy()
  local executor, started, go = futures.ThreadPoolExecutor(1), Queue(), Queue()
  local first = executor:submit(function(s, g) s:put(true) return g:get(20) end, started, go)
  started:get()
  return executor, go, first
end

local function collect(...)
  local list = {}
  for value in ... do list[#list + 1] = value end
  return list
end

describe("a future", function()
  it("gives all results, and again", function()
    local ex <close> = futures.ThreadPoolExecutor(2)
    local future = ex:submit(id, 1, nil, { 2 }, nil)
    for _ = 1, 2 do
      assert.same({ 1, nil, { 2 }, nil, n = 4 }, table.pack(future:result()))
      assert.same({ 1, nil, { 2 }, nil, n = 4 }, table.pack(future:get(1000)))
    end
    assert.equal(0, select("#", ex:submit(id):result()))
    assert.equal(9, ex:submit(math.max, 3, 9):result())
  end)

  it("raises the call's error value, and gives it with its traceback", function()
    local ex <close> = futures.ThreadPoolExecutor(1)
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
    local ex <close>, go, first = busy() -- luacheck: ignore 211
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
    local ex <close>, go, first = busy() -- luacheck: ignore 211
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
    local ex <close> = futures.ThreadPoolExecutor(1)
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
    local ex <close>, go, first = busy() -- luacheck: ignore 211
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
    local ex <close>, go, first = busy() -- luacheck: ignore 211
    assert.same({ nil, "timeout" }, { moons.select { first, timeout = 0.01 } })
    go:put("x")
    local which, value = moons.select { Queue(), first }
    assert.equal(first, which)
    assert.equal("x", value)
    local failed = ex:submit(fail, "oh")
    assert.matches("^oh$", select(2, pcall(moons.select, { failed })))
  end)
end)

describe("callbacks", function()
  it("are called in a wait of the thread that added them, in order, each once", function()
    local ex <close> = futures.ThreadPoolExecutor(1)
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
    local ex <close> = futures.ThreadPoolExecutor(1)
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
    local ex <close>, go, first = busy() -- luacheck: ignore 211
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
    local ex <close> = futures.ThreadPoolExecutor(1)
    local called
    coroutine.wrap(function()
      ex:submit(id):add_done_callback(function() called = true end)
    end)()
    coroutine.wrap(function() ex:shutdown() end)()
    assert.is_true(called)
  end)
end)

describe("ThreadPoolExecutor", function()
  it("takes what Python's takes", function()
    local o = run [[
      local ex = futures.ThreadPoolExecutor { max_workers = 2, name_prefix = "w",
        initializer = function(a, b) sum = a + b end, initargs = { 1, 2 }, memory_limit = 1 << 24 }
      print(ex:submit(function() return sum, moons.current():name() end):result())
      print(tostring(futures.ThreadPoolExecutor()):match("^ThreadPoolExecutor") ~= nil)
      print(futures.ThreadPoolExecutor(3):submit(math.abs, -1):result())]]
    assert.same({ "3\tw_1\ntrue\n1\n", "", 0 }, { o.out, o.err, o.status })
  end)

  it("refuses wrong options at the caller's line", function()
    for arguments, message in pairs {
      ["0"] = "max_workers must be at least 1",
      ["1.5"] = "integer expected, got number",
      ["'x'"] = "integer expected, got string",
      ["{ processes = 1 }"] = "unknown option 'processes'",
      ["{ 3 }"] = "unknown option of type number",
      ["{ max_workers = 0 }"] = "option 'max_workers': must be at least 1",
      ["{ max_workers = 'x' }"] = "option 'max_workers': integer expected, got string",
      ["{ name_prefix = '' }"] = "option 'name_prefix': 1 to 39 bytes",
      ["{ name_prefix = ('x'):rep(40) }"] = "option 'name_prefix': 1 to 39 bytes",
      ["{ name_prefix = 3 }"] = "option 'name_prefix': string expected, got number",
      ["{ initializer = 3 }"] = "option 'initializer': function expected, got number",
      ["{ initargs = {} }"] = "option 'initargs': without an initializer",
      ["{ initializer = print, initargs = 3 }"] = "option 'initargs': table expected, got number",
      ["{ memory_limit = 1 }"] = "option 'memory_limit': must be at least",
    } do
      assert.matches("^here:1: bad argument #1 to 'ThreadPoolExecutor' %(" .. message,
        error_of("futures.ThreadPoolExecutor(" .. arguments .. ")"))
    end
    assert.matches("^here:1: cannot send initializer: FILE%*", error_of(
      "futures.ThreadPoolExecutor { initializer = print, initargs = { io.stdout } }"))
  end)

  it("refuses wrong calls at the caller's line", function()
    local ex <close> = futures.ThreadPoolExecutor(1)
    for call, message in pairs {
      ["submit()"] = "bad argument #1 to 'submit' %(function expected, got no value%)",
      ["submit(3)"] = "bad argument #1 to 'submit' %(function expected, got number%)",
      ["submit(print, 1, io.stdout)"] = "cannot send argument #3: FILE%* is tied",
      ["map()"] = "bad argument #1 to 'map' %(function expected, got no value%)",
      ["map(print)"] = "bad argument #2 to 'map' %(list or iterator expected, got no value%)",
      ["map(print, 3)"] = "bad argument #2 to 'map' %(list or iterator expected, got number%)",
      ["map(print, {}, 3)"] = "bad argument #3 to 'map' %(list or iterator expected, got number%)",
      ["map(type, { 1, io.stdout })"] = "cannot send item #2: FILE%*",
      ["map(math.max, { 1, 2 }, { 1, io.stdout })"] = "cannot send item #2 of list #2: FILE%*",
      ["shutdown(3)"] = "bad argument #1 to 'shutdown' %(table expected, got number%)",
      ["shutdown { wait = 1 }"] = "bad argument #1 to 'shutdown' %(option 'wait': boolean",
      ["shutdown { cancel_futures = 1 }"] = "bad argument #1 to 'shutdown' %(option 'cancel",
      ["shutdown { timeout = -1 }"] =
        "bad argument #1 to 'shutdown' %(option 'timeout': must not be negative",
      ["shutdown { x = 1 }"] = "bad argument #1 to 'shutdown' %(unknown option 'x'%)",
    } do
      assert.matches("^here:1: " .. message, error_of("local ex = ... for _ in ex:" .. call
        .. " do end", ex))
    end
  end)

  it("runs what was submitted before shutdown, and takes no more", function()
    local ex, go, first = busy()
    local second = ex:submit(id, 2)
    assert.is_true(ex:shutdown { wait = false })
    assert.same({ nil, "timeout" }, { ex:shutdown { timeout = 0.01 } })
    assert.matches("^here:1: no call can be submitted any more: the executor was shut down$",
      error_of("(...):submit(print)", ex))
    go:put(1)
    assert.is_true(ex:shutdown())
    assert.is_true(ex:shutdown())
    assert.same({ 1, 2 }, { first:result(0), second:result(0) })
  end)

  it("cancels what no worker has started", function()
    local ex, go, first = busy()
    local second = ex:submit(id, 2)
    ex:shutdown { wait = false, cancel_futures = true }
    assert.equal("cancelled", second:status())
    go:put(1)
    ex:shutdown()
    assert.equal(1, first:result(0))
  end)

  it("can't be waited for by its own workers", function()
    local ex <close> = futures.ThreadPoolExecutor(1)
    assert.matches("a worker cannot wait for the end of its own ThreadPoolExecutor",
      ex:submit(function(e) e:shutdown() end, ex):exception())
    assert.is_true(ex:submit(function(e) return e:shutdown { wait = false } end, ex):result())
  end)

  it("ends with its scope, which waits; with an error, without what was not started", function()
    local second, third
    do
      local ex <close> = futures.ThreadPoolExecutor(1)
      second = ex:submit(function() moons.sleep(0.02) return 2 end)
    end
    assert.is_true(second:done())
    local ok = pcall(function()
      local ex <close>, go = busy()
      third = ex:submit(id)
      go:put(1)
      error("x")
    end)
    assert.is_false(ok)
    assert.is_true(third:done())
  end)

  it("fails with its initializer", function()
    local o = run [[
      local ex = futures.ThreadPoolExecutor { max_workers = 2,
        initializer = function() error("no start", 0) end }
      local fs = {}
      for i = 1, 5 do
        local ok, f = pcall(ex.submit, ex, print)
        if ok then fs[#fs + 1] = f end
      end
      for _, f in ipairs(fs) do assert(f:exception() == "no start") end
      ex:shutdown()
      local late = futures.ThreadPoolExecutor { initializer = function() error("bad", 0) end }
      local f = late:submit(print)
      print(f:exception())
      print(pcall(late.submit, late, print))
    ]]
    assert.matches("^bad\n?.*false\tthe initializer has failed: bad\n", o.out)
  end)

  it("puts another in place of a worker that reaches its memory limit", function()
    local ex <close> = futures.ThreadPoolExecutor { max_workers = 1, memory_limit = 1 << 21 }
    ex:submit(function() rawset(_G, "Mark", true) end):result()
    assert.is_true(ex:submit(function() return rawget(_G, "Mark") end):result())
    local failed = ex:submit(function()
      local t = {}
      while true do t[#t + 1] = ("x"):rep(#t) end
    end)
    assert.matches("memory limit", failed:exception())
    assert.is_nil(ex:submit(function() return rawget(_G, "Mark") end):result())
  end)

  it("puts another in place of a worker that was cancelled", function()
    local ex <close> = futures.ThreadPoolExecutor { max_workers = 1, name_prefix = "victim" }
    local future = ex:submit(forever)
    assert.is_true(helper.eventually(function() return future:running() end))
    for _, thread in ipairs(moons.threads()) do
      if thread:name():find "^victim" then thread:cancel() end
    end
    future:wait()
    assert.is_true(future:cancelled())
    assert.equal(1, ex:submit(id, 1):result())
  end)

  it("refuses os.exit in a call", function()
    local ex <close> = futures.ThreadPoolExecutor(1)
    assert.matches("os.exit can only be called by the main thread",
      ex:submit(function() os.exit(5) end):exception())
  end)

  it("lets tasks wait for tasks, however few the workers and however deep", function()
    local ex <close> = futures.ThreadPoolExecutor(1)
    local function deep(e, n) return n == 0 and 0 or 1 + e:submit(deep, e, n - 1):result() end
    assert.equal(1000, ex:submit(deep, ex, 1000):result())
    local function each(e, n)
      local sum = 0
      for value in e:map(function(x) return x end, { n, n, n }) do sum = sum + value end
      return sum
    end
    assert.equal(9, ex:submit(each, ex, 3):result())
    assert.equal(3, ex:submit(function(e)
      local fs = { e:submit(math.abs, 1), e:submit(math.abs, 2) }
      local sum = 0
      for f in futures.as_completed(fs) do sum = sum + f:result() end
      assert(#(futures.wait(fs)) == 2)
      return sum
    end, ex):result())
  end)
end)

describe("map", function()
  local ex

  it("gives results in order, of the shortest of several lists", function()
    ex = futures.ThreadPoolExecutor(3)
    local function add(a, b) return a + (b or 0) end
    assert.same({ 1, 2, 3 }, collect(ex:map(add, { 1, 2, 3 })))
    assert.same({ 11, 22 }, collect(ex:map(add, { 1, 2, 3 }, { 10, 20 })))
    assert.same({}, collect(ex:map(add, {})))
    assert.same({}, collect(ex:map(add, { 1 }, {})))
    local n = 0
    local function count() n = n + 1 return n end
    assert.same({ 11, 22, 33 }, collect(ex:map(add, count, { 10, 20, 30 })))
    local list = {}
    for i = 1, 5000 do list[i] = i end
    assert.same(list, collect(ex:map(id, list)))
    assert.same(list, collect(ex:map(id, list, futures.options { chunksize = 7 })))
    assert.same({ false }, collect(ex:map(id, { false })))
  end)

  it("asks an endless iterator only as far as it may", function()
    local asked, got = 0, 0
    local function endless() asked = asked + 1 return asked end
    for value in ex:map(id, endless, futures.options { buffersize = 3, chunksize = 1 }) do
      got = got + 1
      assert.equal(got, value)
      assert.is_true(asked <= got + 4)
      if got == 20 then break end
    end
    for value in ex:map(id, endless) do if value > 100 then break end end
  end)

  it("hands out what comes before a failure, then raises that", function()
    for _, size in ipairs { 1, 3, 100 } do
      local seen = {}
      local ok, value = pcall(function()
        local function f(x) if x == 5 then error({ x }, 0) end return x end
        for r in ex:map(f, { 1, 2, 3, 4, 5, 6, 7 }, futures.options { chunksize = size }) do
          seen[#seen + 1] = r
        end
      end)
      assert.is_false(ok)
      assert.same({ 5 }, value)
      assert.same({ 1, 2, 3, 4 }, seen)
    end
  end)

  it("raises what an iterator raises, and for a result that is nil", function()
    assert.matches("^here:1: oh$", error_of([[local ex = ...
      for _ in ex:map(print, load("error('oh')", "=here")) do end]], ex))
    assert.matches("^here:1: result #2 is nil", error_of(
      "for _ in (...):map(rawget, { { a = 1 }, {} }, { 'a', 'a' }) do end", ex))
  end)

  it("raises timeout", function()
    assert.equal("timeout", error_of([[local ex = ...
      for _ in ex:map(moons.sleep, { 0.05 }, futures.options { timeout = 0.01 }) do end]], ex))
    for call, message in pairs {
      ["{ timeout = -1 }"] = "option 'timeout': must not be negative",
      ["{ timeout = 0/0 }"] = "option 'timeout': must not be negative",
      ["{ chunksize = 0 }"] = "option 'chunksize': must be at least 1",
      ["{ buffersize = 1.5 }"] = "option 'buffersize': integer expected, got number",
      ["{ x = 1 }"] = "unknown option 'x'",
      ["3"] = "table expected, got number",
    } do
      assert.matches("^here:1: bad argument #1 to 'options' %(" .. message,
        error_of("futures.options(" .. call .. ")"))
    end
    ex:shutdown()
  end)
end)

describe("futures.wait", function()
  it("gives those that have ended, and those that have not, in the list's order", function()
    local ex <close>, go, first = busy() -- luacheck: ignore 211
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
    local ex <close> = futures.ThreadPoolExecutor(3)
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

describe("as_completed", function()
  it("gives the futures as they end, each once", function()
    local ex <close> = futures.ThreadPoolExecutor(2)
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
    local ex <close>, go, first = busy() -- luacheck: ignore 211
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

describe("the end of the script", function()
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
        ["main.lua"] = [[
          spawn(function() moons.sleep(0.05) io.popen("kill -INT $PPID"):close() end)
          local ex = futures.ThreadPoolExecutor(1)
          local f = ex:submit(moons.sleep, 1000) ]] .. code })
      assert.same({ "", "moons: interrupted\n", 130 }, { o.out, o.err, o.status }, code)
    end
  end)
end)

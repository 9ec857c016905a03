-- ThreadPoolExecutor and ProcessPoolExecutor: calls, maps, options and the end.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local for_engines, error_of = helper.for_engines(describe), helper.error_of

local collect, busy = helper.collect, helper.busy_executor

local function id(...) return ... end
local function forever() moons.sleep(1000) end

for_engines("an executor", function(engine)
  local Executor, run = engine.Executor, engine.run

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
      local name = engine.executor
      assert.matches("^here:1: bad argument #1 to '" .. name .. "' %(" .. message,
        error_of("futures." .. name .. "(" .. arguments .. ")"))
    end
    assert.matches("^here:1: cannot send initializer: FILE%*", error_of("futures."
      .. engine.executor .. " { initializer = print, initargs = { io.stdout } }"))
  end)

  it("refuses wrong calls at the caller's line", function()
    local ex <close> = Executor(1)
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
    local ex, go, first = busy(engine)
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
    local ex, go, first = busy(engine)
    local second = ex:submit(id, 2)
    ex:shutdown { wait = false, cancel_futures = true }
    assert.equal("cancelled", second:status())
    go:put(1)
    ex:shutdown()
    assert.equal(1, first:result(0))
  end)

  it("ends with its scope, which waits; with an error, without what was not started", function()
    local second, third
    do
      local ex <close> = Executor(1)
      second = ex:submit(function() moons.sleep(0.02) return 2 end)
    end
    assert.is_true(second:done())
    local ok = pcall(function()
      local ex <close>, go = busy(engine)
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
    local ex <close> = Executor { max_workers = 1, memory_limit = 1 << 21 }
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
    local ex <close> = Executor { max_workers = 1, name_prefix = "victim" }
    local future = ex:submit(forever)
    assert.is_true(helper.eventually(function() return future:running() end))
    for _, thread in ipairs(moons.threads()) do
      if thread:name():find "^victim" then thread:cancel() end
    end
    future:wait()
    assert.is_true(future:cancelled())
    assert.equal(1, ex:submit(id, 1):result())
  end)
end)

for_engines("map", function(engine)
  local Executor = engine.Executor

  local ex

  it("gives results in order, of the shortest of several lists", function()
    ex = Executor(3)
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

-- A task in a process uses its executor by way of this process, which does not know what the task
-- waits for; and a process may exit (process_pool_spec.lua).
describe("a task of a thread", function()
  it("cannot wait for the end of its executor", function()
    local ex <close> = futures.ThreadPoolExecutor(1)
    assert.matches("a worker cannot wait for the end of its own ThreadPoolExecutor",
      ex:submit(function(e) e:shutdown() end, ex):exception())
    assert.is_true(ex:submit(function(e) return e:shutdown { wait = false } end, ex):result())
  end)

  it("refuses os.exit in a call", function()
    local ex <close> = futures.ThreadPoolExecutor(1)
    assert.matches("os.exit can only be called by the main thread",
      ex:submit(function() os.exit(5) end):exception())
  end)

  it("may wait for tasks, however few the workers and however deep", function()
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

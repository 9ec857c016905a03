-- Pool: calls and maps in Python's words, and how it ends; over both engines. What is different
-- within a worker, such as tasks that wait for tasks, is in pool_within_spec.lua.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local for_engines, error_of = helper.for_engines(describe), helper.error_of

local collect = helper.collect

local function id(...) return ... end
local function double(x) return x * 2 end
local function fail(value) error(value, 0) end

local function numbers(count)
  local list = {}
  for i = 1, count do list[i] = i end
  return list
end

for_engines("Pool", function(engine)
  local Pool, run = engine.Pool, engine.run

  it("takes what Python's takes", function()
    local o = run [[
      print(Pool(3):size(), Pool():size() == moons.cpu_count(), Pool { processes = 2.0 }:size())
      local pool <close> = Pool { processes = 1, maxtasksperchild = 2, name_prefix = "w",
        memory_limit = 1 << 24, initializer = function(a) start = a end, initargs = { 5 } }
      for _ = 1, 3 do
        print(pool:apply(function()
          count = (count or start) + 1
          return count, moons.current():name()
        end))
      end
      assert(tostring(pool):find "^Pool")]]
    -- The process that is replaced is that of the same worker.
    local last = engine.name == "thread" and "w_2" or "w_1"
    assert.same({ "3\ttrue\t2\n6\tw_1\n7\tw_1\n6\t" .. last .. "\n", "", 0 },
      { o.out, o.err, o.status })
  end)

  it("refuses wrong options at the caller's line", function()
    for arguments, message in pairs {
      ["0"] = "processes must be at least 1",
      ["'x'"] = "integer expected, got string",
      ["{ max_workers = 1 }"] = "unknown option 'max_workers'",
      ["{ processes = 0 }"] = "option 'processes': must be at least 1",
      ["{ maxtasksperchild = 0 }"] = "option 'maxtasksperchild': must be at least 1",
      ["{ maxtasksperchild = 1.5 }"] = "option 'maxtasksperchild': integer expected, got number",
      ["{ initargs = {} }"] = "option 'initargs': without an initializer",
      ["{ engine = 'fibre' }"] = "option 'engine': 'thread' or 'process' expected",
      ["{ engine = 1 }"] = "option 'engine': string expected, got number",
    } do
      assert.matches("^here:1: bad argument #1 to 'Pool' %(" .. message,
        error_of("Pool(" .. arguments .. ")"))
    end
  end)

  it("refuses wrong calls at the caller's line", function()
    local pool <close> = Pool(1)
    local function wrong(number, name, message)
      return ("bad argument #%d to '%s' %%(%s"):format(number, name, message)
    end
    local calls = {
      ["size(3)"] = false,
      ["apply()"] = wrong(1, "apply", "function expected, got no value"),
      ["apply(type, io.stdout)"] = "cannot send argument #2: FILE%*",
      ["submit(3)"] = wrong(1, "submit", "function expected, got number"),
      ["apply_async(3)"] = wrong(1, "apply_async", "function expected, got number"),
      ["apply_async(type, 3)"] = wrong(2, "apply_async", "table expected, got number"),
      ["apply_async(type, {}, 3)"] = wrong(3, "apply_async", "table expected, got number"),
      ["apply_async(type, {}, { x = 1 })"] = wrong(3, "apply_async", "unknown option 'x'"),
      ["apply_async(type, {}, { callback = 1 })"] =
        wrong(3, "apply_async", "option 'callback': function expected, got number"),
      ["apply_async(type, { 1, io.stdout })"] = "cannot send argument #2%[2%]: FILE%*",
      ["join 'x'"] = wrong(1, "join", "number expected, got string"),
      ["join()"] = "the pool is still running: close or terminate it before join$",
    }
    for _, name in ipairs { "map", "imap", "imap_unordered", "starmap" } do
      calls[name .. "()"] = wrong(1, name, "function expected, got no value")
      calls[name .. "(type)"] = wrong(2, name, "list or iterator expected, got nil")
      calls[name .. "(type, {}, 0)"] =
        wrong(3, name, "chunksize must be at least 1")
      calls[name .. "(type, {}, { chunksize = 'x' })"] =
        wrong(3, name, "option 'chunksize': integer expected, got string")
      calls[name .. "(type, {}, { timeout = -1 })"] =
        wrong(3, name, "option 'timeout': must not be negative")
      calls[name .. "(type, {}, { x = 1 })"] = wrong(3, name, "unknown option 'x'")
    end
    for _, name in ipairs { "map_async", "starmap_async" } do
      calls[name .. "(3)"] = wrong(1, name, "function expected, got number")
      calls[name .. "(type, 3)"] = wrong(2, name, "list expected, got number")
      calls[name .. "(type, {}, { chunksize = 0 })"] =
        wrong(3, name, "option 'chunksize': must be at least 1")
      calls[name .. "(type, {}, { chunksize = 1.5 })"] =
        wrong(3, name, "option 'chunksize': integer expected, got number")
      calls[name .. "(type, {}, { error_callback = 1 })"] =
        wrong(3, name, "option 'error_callback': function expected, got number")
    end
    for _, name in ipairs { "map", "imap", "imap_unordered" } do
      calls[name .. "(type, { 1, 2, io.stdout })"] = "cannot send item #3: FILE%*"
    end
    calls["map_async(type, { 1, 2, io.stdout }, { chunksize = 2 })"] = "cannot send item #3: FILE%*"
    calls["starmap(type, { { 1 }, 2 })"] = "item #2 is a number, not a list of arguments$"
    calls["starmap(type, { { 1 }, { 2, io.stdout } })"] = "cannot send item #2%[2%]: FILE%*"
    calls["starmap_async(type, { { 1 }, 2 })"] = "item #2 is a number, not a list of arguments$"
    for call, message in pairs(calls) do
      if message then
        assert.matches("^here:1: " .. message, error_of("local _ = (...):" .. call, pool), call)
      end
    end
  end)

  it("applies", function()
    local pool <close> = Pool(2)
    assert.same({ 1, nil, 3, n = 3 }, table.pack(pool:apply(id, 1, nil, 3)))
    assert.same({ 1, nil, 3, n = 3 },
      table.pack(pool:apply_async(id, { 1, nil, 3, n = 3 }):get()))
    assert.equal(0, select("#", pool:apply_async(id):get()))
    assert.same({ "x" }, select(2, pcall(pool.apply, pool, fail, { "x" })))
    local o = run "\nlocal p = Pool(1)\np:apply(function() error('deep') end)"
    assert.matches("^moons: main.lua:3: deep\n", o.err)
    assert.matches("submitted at main.lua:3", o.err)
  end)

  it("calls callback or error_callback, in a wait", function()
    local pool <close> = Pool(1)
    local seen = {}
    local function note(name) return function(...) seen[#seen + 1] = { name, ... } end end
    local options = { callback = note "fine", error_callback = note "bad" }
    pool:apply_async(id, { 1, 2 }, options):wait()
    assert.is_true(helper.eventually(function() return #seen == 1 end))
    pool:apply_async(fail, { "x" }, options):wait()
    assert.is_true(helper.eventually(function() return #seen == 2 end))
    pool:map_async(double, { 1, 2, 3 }, options):wait()
    assert.is_true(helper.eventually(function() return #seen == 3 end))
    pool:starmap_async(fail, { { "y" } }, options):wait()
    assert.is_true(helper.eventually(function() return #seen == 4 end))
    assert.same({ { "fine", 1, 2 }, { "bad", "x" }, { "fine", { 2, 4, 6 }, 3 }, { "bad", "y" } },
      seen)
  end)

  it("prints a failure for which there is no error_callback", function()
    for _, call in ipairs {
      "apply_async(error, { 'lost' }, { callback = print })",
      "map_async(error, { 'lost' }, { callback = print })",
    } do
      local o = run("local pool = Pool(1) pool:" .. call)
      assert.matches("^moons: a future failed: lost\n", o.err)
      assert.same({ "", 1 }, { o.out, o.status })
    end
  end)
end)

for_engines("a map", function(engine)
  local Pool, run = engine.Pool, engine.run

  it("gives a list in order, and its length", function()
    local pool <close> = Pool(3)
    for _, count in ipairs { 0, 1, 2, 7, 1000, 20000 } do
      local list, expected = numbers(count), {}
      for i = 1, count do expected[i] = i * 2 end
      for _, how in ipairs { false, 1000, { chunksize = 13 } } do
        local results, number = pool:map(double, list, how or nil)
        assert.same(expected, results)
        assert.equal(count, number)
      end
    end
    assert.same({ { 1, [3] = 3 }, 3 }, { pool:map(function(x) if x ~= 2 then return x end end,
                                                  { 1, 2, 3 }) })
    assert.same({ { nil, nil }, 2 }, { pool:starmap(id, { {}, {} }) })
  end)

  it("spreads lists of arguments", function()
    local pool <close> = Pool(2)
    assert.same({ 5, 9, 7 }, (pool:starmap(math.max, { { 1, 5 }, { 9, 2, 3 }, { 7 } })))
    assert.same({ 5, 9, 7 }, (pool:starmap_async(math.max, { { 1, 5 }, { 9, 2 }, { 7 } }):get()))
    assert.equal(3, pool:starmap_async(function(...) return select("#", ...) end,
      { { nil, nil, nil, n = 3 } }):get()[1])
  end)

  it("takes an iterator", function()
    local pool <close> = Pool(2)
    local function upto(most)
      local n = 0
      return function() if n < most then n = n + 1 return n end end
    end
    assert.same({ 2, 4, 6 }, (pool:map(double, upto(3))))
    assert.same({ 2, 4, 6 }, collect(pool:imap(double, upto(3))))
    assert.equal(100, #collect(pool:imap_unordered(double, upto(100), 7)))
    local got = 0
    for value in pool:imap(double, upto(math.huge)) do
      got = got + 1
      assert.equal(got * 2, value)
      if got == 500 then break end
    end
    for value in pool:imap_unordered(double, upto(math.huge)) do
      if value == 200 then break end
    end
  end)

  it("is lazy: in order, or as they come", function()
    local pool <close> = Pool(2)
    local list = numbers(2000)
    assert.same(list, collect(pool:imap(id, list)))
    local all = collect(pool:imap_unordered(id, list))
    table.sort(all)
    assert.same(list, all)
    -- The first call ends after the second.
    local came = moons.Event()
    local function slow(x) if x == 1 then assert(came:wait(60)) end return x end
    local unordered = pool:imap_unordered(slow, { 1, 2 }, 1)
    assert.equal(2, (unordered()))
    came:set()
    assert.equal(1, (unordered()))
    came:clear()
    local function second(x) if x == 1 then assert(came:wait(60)) else came:set() end return x end
    assert.same({ 1, 2 }, collect(pool:imap(second, { 1, 2 }, 1)))
  end)

  it("raises the error of a call, after the results before it", function()
    local pool <close> = Pool(2)
    local function f(x) if x == 6 then error({ x }, 0) end return x end
    for _, size in ipairs { 1, 4, 100 } do
      for _, name in ipairs { "map", "imap" } do
        local seen = {}
        local ok, value = pcall(function()
          if name == "map" then pool:map(f, numbers(9), size) end
          for r in pool:imap(f, numbers(9), size) do seen[#seen + 1] = r end
        end)
        assert.same({ false, { 6 } }, { ok, value })
        assert.same(name == "imap" and numbers(5) or {}, seen)
      end
      local result = pool:map_async(f, numbers(9), { chunksize = size })
      local ok, value = pcall(result.get, result)
      assert.same({ false, { 6 } }, { ok, value })
    end
  end)

  it("tells of one error only, however many there are", function()
    local o = run [[
      local pool = Pool(2)
      local list = {} for i = 1, 50 do list[i] = i end
      print(pcall(pool.map, pool, function(x) error("e", 0) end, list, 1))
      local result = pool:map_async(function(x) error("e", 0) end, list, { chunksize = 1 })
      print(pcall(result.get, result))
    ]]
    assert.same({ "false\te\nfalse\te\n", "", 0 }, { o.out, o.err, o.status })
  end)

  it("raises for a result that is nil in a loop, and timeout", function()
    local pool <close> = Pool(1)
    for _, name in ipairs { "imap", "imap_unordered" } do
      assert.matches("^here:1: result #1 is nil, which would end the loop",
        error_of(("for _ in (...):%s(load 'return', { 1 }) do end"):format(name), pool))
      assert.equal("timeout", error_of(
        ("for _ in (...):%s(moons.sleep, { 0.05 }, { timeout = 0.01 }) do end"):format(name), pool))
    end
    for _, name in ipairs { "map", "starmap" } do
      assert.equal("timeout", error_of(
        ("local _ = (...):%s(moons.sleep, { { 0.05 } }, { timeout = 0 })"):format(name), pool))
    end
  end)

  it("in the background says how far it is", function()
    local pool <close> = Pool(1)
    local go = Queue()
    local result = pool:map_async(function(q) return q:get() end, { go, go })
    assert.is_false(result:ready())
    assert.same({ nil, "timeout" }, { result:wait(0.01) })
    assert.same({ nil, "timeout" }, { result:get(0.01) })
    assert.matches("^here:1: the calls have not all ended yet$",
      error_of("(...):successful()", result))
    go:put_many { 1, 2 }
    assert.is_true(result:wait())
    assert.is_true(result:ready() and result:successful())
    assert.same({ { 1, 2 }, 2 }, { result:get() })
    local failed = pool:map_async(fail, { "x" })
    failed:wait()
    assert.is_false(failed:successful())
    assert.matches("^x$", select(2, pcall(failed.get, failed)))
    assert.same({ {}, 0 }, { pool:map_async(id, {}):get() })
  end)
end)

for_engines("the end of a pool", function(engine)
  local Pool = engine.Pool

  it("does what was submitted when it is closed", function()
    local pool = Pool(1)
    local fs = {}
    for i = 1, 5 do fs[i] = pool:apply_async(id, { i }) end
    pool:close()
    assert.matches("^here:1: the pool is closed: it takes no more tasks$",
      error_of("(...):apply_async(print)", pool))
    assert.matches("^here:1: the pool is closed", error_of("(...):map_async(print, { 1 })", pool))
    assert.is_true(pool:join())
    for i = 1, 5 do assert.equal(i, fs[i]:get(0)) end
    assert.is_true(pool:join(0))
  end)

  it("is waited for so long", function()
    local pool, go = Pool(1), Queue()
    pool:apply_async(function(q) q:get() end, { go })
    pool:close()
    assert.same({ nil, "timeout" }, { pool:join(0.01) })
    go:put(1)
    assert.is_true(pool:join())
  end)

  it("cancels everything when it is terminated", function()
    local pool = Pool(1)
    local running, waiting = pool:apply_async(moons.sleep, { 1000 }), pool:apply_async(id)
    assert.is_true(helper.eventually(function() return running:running() end))
    pool:terminate()
    pool:terminate()
    assert.is_true(pool:join())
    assert.same({ "cancelled", "cancelled" }, { running:status(), waiting:status() })
  end)

  it("comes with its scope, by terminate if that fails", function()
    local future
    do
      local pool <close> = Pool(1)
      future = pool:apply_async(moons.sleep, { 0.02 })
    end
    assert.equal("done", future:status())
    assert.is_false(pcall(function()
      local pool <close> = Pool(1)
      future = pool:apply_async(moons.sleep, { 1000 })
      error("x")
    end))
    assert.equal("cancelled", future:status())
  end)

  it("leaves no future running for ever, though it comes while others submit", function()
    for _ = 1, 30 do
      local pool, threads = Pool(2), {}
      for i = 1, 2 do
        threads[i] = spawn(function(p)
          local list = {}
          repeat
            local ok, future = pcall(p.submit, p, math.abs, 1)
            if ok then list[#list + 1] = future end
          until not ok
          for _, future in ipairs(list) do future:wait() end
        end, pool)
      end
      moons.sleep(0.001)
      pool:terminate()
      for i = 1, 2 do threads[i]:join() end
      pool:join()
    end
  end)

  it("gives each call a worker, as long as there may be so many", function()
    local pool <close> = Pool { processes = 3, maxtasksperchild = 2 }
    for _ = 1, os.getenv "MOONS_SLOW" and 30 or 300 do
      for _ = 1, 2 do pool:submit(math.abs, 1) end
      local barrier, fs = moons.Barrier(3), {}
      for i = 1, 3 do fs[i] = pool:submit(function(b) return b:wait() end, barrier) end
      for i = 1, 3 do assert(fs[i]:result()) end
    end
  end)
end)

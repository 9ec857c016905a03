-- What happens within something: calls of a pool by its tasks, by callbacks, by what feeds a map;
-- and at the moment when a worker is replaced.
--
-- A task in a process waits by way of this process, where its deputy acts for the worker.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local for_engines = helper.for_engines(describe)

for_engines("a worker that is replaced", function(engine)
  local Pool = engine.Pool

  it("is no end of the pool while something is queued", function()
    for _, options in ipairs { { maxtasksperchild = 1 }, { memory_limit = 1 << 20 } } do
      options.processes = 1
      for _ = 1, os.getenv "MOONS_SLOW" and 4 or 20 do
        local pool, list = Pool(options), {}
        for i = 1, 20 do
          list[i] = pool:submit(function(n)
            local t = {}
            for k = 1, n do t[k] = k end
            return #t
          end, options.memory_limit and i % 5 == 0 and 1000000 or 1)
        end
        pool:close()
        assert.is_true(pool:join())
        for _, future in ipairs(list) do
          assert.is_true(future:done())
          if future:status() == "failed" then future:exception() end
        end
      end
    end
  end)
end)

for_engines("a callback", function(engine)
  local Pool, run = engine.Pool, engine.run

  it("is called however deep the stack of the wait is", function()
    local o = run [[
      local pool = Pool(1)
      local future = pool:submit(moons.sleep, 0.02)
      future:add_done_callback(function() print "called" end)
      local function deep(n)
        if n == 0 then return moons.sleep(0.1) end
        local ok, err = pcall(deep, n - 1)
        if not ok then error(err, 0) end
      end
      for depth = 190, 198 do pcall(deep, depth) end
    ]]
    assert.same({ out = "called\n", err = "", status = 0 }, o)
  end)

  it("cannot ask a map that waits for results, but for others", function()
    local o = run [[
      local pool <close> = Pool(2)
      local list = {}
      for i = 1, 20 do list[i] = i end
      local function slowly(x) moons.sleep(0.01) return x end
      local next_one = pool:imap(slowly, list, 1)
      pool:submit(moons.sleep, 0.03):add_done_callback(function()
        print(pcall(next_one))
        print(#pool:map(slowly, { 1, 2 }))
      end)
      local sum = 0
      for v in next_one do sum = sum + v end
      print(sum)
    ]]
    local refused = "false\tthe map is at work: it cannot be asked for more within that\n"
    assert.same({ out = refused .. "2\n210\n", err = "", status = 0 }, o)
  end)

  it("cannot take futures from the as_completed that waits", function()
    local pool <close> = Pool(2)
    local list, seen, refusal = {}, 0, nil
    for i = 1, 10 do list[i] = pool:submit(moons.sleep, i / 200) end
    local next_one = futures.as_completed(list)
    pool:submit(moons.sleep, 0.02):add_done_callback(function() refusal = { pcall(next_one) } end)
    for _ in next_one do seen = seen + 1 end
    while not refusal do moons.sleep(0.01) end
    assert.equal(10, seen)
    assert.is_true(refusal[1] or refusal[2]:find "cannot be asked for more within that" ~= nil)
  end)
end)

for_engines("a source", function(engine)
  local Pool = engine.Pool

  it("may close its own map, and may ask it in vain", function()
    local pool <close> = Pool(2)
    local n, closer, asked = 0, nil, nil
    local next_one, _, _, map = pool:imap(function(x) return x end, function()
      n = n + 1
      if n == 100 then asked = { pcall(closer.next) } end
      if n == 200 then local _ <close> = closer.map end
      return n
    end)
    closer = { next = next_one, map = map }
    local got = 0
    while next_one() do got = got + 1 end
    assert.is_true(n >= 200 and got < 200)
    assert.is_false(asked[1])
  end)

  it("that raises ends the map with its error", function()
    local pool <close> = Pool(2)
    local n = 0
    local next_one = pool:imap(function(x) return x end, function()
      n = n + 1
      if n == 1000 then error("no more", 0) end
      return n
    end)
    local ok, err = pcall(function() while next_one() do end end)
    assert.same({ false, "no more" }, { ok, err })
    assert.is_nil(next_one())
  end)
end)

for_engines("a refusal", function(engine)
  local Pool = engine.Pool

  it("is told though it comes only once", function()
    local pool <close> = Pool(1)
    local calls = 0
    local odd = setmetatable({}, { __transfer = function()
      calls = calls + 1
      if calls % 2 == 1 then error("not now", 0) end
      return function() return 1 end
    end })
    local ok, err = pcall(pool.map, pool, function() return 1 end, { odd })
    assert.is_false(ok)
    assert.matches("not now$", err)
  end)

  it("of a result does not take those before it along", function()
    local pool <close> = Pool(2)
    local list, got = {}, {}
    for i = 1, 20 do list[i] = i end
    local ok, err = pcall(function()
      local function f(i) return i == 15 and io.stdout or i end
      for v in pool:imap(f, list, 10) do got[#got + 1] = v end
    end)
    assert.is_false(ok)
    assert.matches("cannot send result of item #%d+: FILE%* is tied to its thread", err)
    assert.equal(14, #got)
  end)
end)

for_engines("what cannot be meant", function(engine)
  local Pool, Executor = engine.Pool, engine.Executor

  it("does no harm: many lists, callable tables, initializers that give up", function()
    local lists = {}
    for i = 1, 60 do lists[i] = { i } end
    local ex <close> = Executor(1)
    local count = ex:map(function(...) return select("#", ...) end, table.unpack(lists))()
    assert.equal(60, count)
    local n = 0
    local source = setmetatable({}, { __call = function() n = n + 1 return n < 5 and n or nil end })
    local pool <close> = Pool(1)
    assert.same({ 1, 4, 9, 16 }, (pool:map(function(x) return x * x end, source)))
    local hopeless = Pool { processes = 1, initializer = function()
      moons.current():cancel()
      moons.sleep(0)
    end }
    local ok, err = pcall(hopeless.apply, hopeless, math.max, 1)
    assert.is_false(ok)
    assert.is_string(err)
    hopeless:terminate()
  end)
end)

for_engines("a task", function(engine)
  local Pool = engine.Pool

  it("may select its own tasks, and map with a time limit, with one worker", function()
    local pool <close> = Pool(1)
    assert.equal(7, pool:apply(function(p)
      return select(2, moons.select { p:submit(function() return 7 end) })
    end, pool))
    local fine, err = pool:apply(function(p)
      return pcall(function()
        local function slowly() moons.sleep(0.5) return 1 end
        for _ in p:imap(slowly, { 1, 2 }, { timeout = 0.05 }) do end
      end)
    end, pool)
    assert.same({ false, "timeout" }, { fine, err })
  end)

  it("cannot wait for itself", function()
    local pool <close> = Pool(1)
    local slot = Queue()
    for _, wait in ipairs {
      function(f) return f:result() end, function(f) return f:wait(1) end,
      function(f) return futures.wait { f } end,
      function(f) for _ in futures.as_completed { f } do end end,
      function(f) -- which it may have called back, though
        f:add_done_callback(function() end)
        return futures.wait { f }
      end,
    } do
      local future = pool:submit(function(w) return w(slot:get()) end, wait)
      slot:put(future)
      local _, err = pcall(future.result, future)
      assert.matches("a task cannot wait for its own result$", err)
    end
    local own = pool:submit(function() return moons.select { slot:get() } end)
    slot:put(own)
    assert.matches("this Future would wait for itself", select(2, pcall(own.result, own)))
  end)

  it("may map in its own pool, with one worker", function()
    local pool <close> = Pool(1)
    local function sum(p, depth)
      if depth == 0 then return 1 end
      local total = 0
      local function inner(q) return q end
      for _ in p:imap_unordered(inner, { 1, 2, 3 }, 1) do total = total + 1 end
      for _, n in ipairs(p:map(inner, { 1, 1 })) do total = total + n end
      return total + p:apply(sum, p, depth - 1)
    end
    local depth = engine.name == "process" and 10 or 100 -- there it takes as many processes
    assert.equal(1 + 5 * depth, pool:apply(sum, pool, depth))
  end)

  it("may wait for many of its own, with one worker, which stays the only one", function()
    local pool <close> = Pool(1)
    local function number(n) return n end
    for _ = 1, 3 do
      assert.same({ 6, 1 }, { pool:apply(function(p, f)
        local total, list = 0, {}
        for i = 1, 3 do list[i] = p:submit(f, i) end
        assert(#futures.wait(list, { return_when = "FIRST_COMPLETED" }) > 0)
        for future in futures.as_completed(list) do total = total + future:result() end
        return total, #futures.wait { list[1] }
      end, pool, number) })
    end
    local most, now = moons.Shared { n = 0 }, moons.Shared { n = 0 }
    pool:map(function()
      now:update("n", function(n) return n + 1 end)
      most:update("n", function(n) return math.max(n, now.n) end)
      moons.sleep(0.01)
      now:update("n", function(n) return n - 1 end)
    end, { 1, 2, 3, 4, 5 }, 1)
    assert.equal(1, most.n)
  end)

  it("may wait in a callback within a wait", function()
    local pool <close> = Pool(1)
    assert.equal(1, pool:submit(function(p)
      local list = {}
      for i = 1, 4 do list[i] = p:submit(moons.sleep, 0.02) end
      list[1]:add_done_callback(function() futures.wait { list[2] } end)
      return #futures.wait { list[4] }
    end, pool):result(helper.patience))
  end)

  it("may wait for own ones where it waits for others, too", function()
    local pool <close> = Pool(1)
    local other <close> = Pool(1)
    assert.same({ 2, 7 }, { pool:apply(function(p, o)
      local list = { o:submit(function() return 3 end), p:submit(function() return 4 end) }
      local done = futures.wait(list)
      return #done, list[1]:result() + list[2]:result()
    end, pool, other) })
  end)

  it("cannot wait for the end of its pool", function()
    local pool <close> = Pool(1)
    assert.matches("a worker cannot wait for the end of its own Pool",
      pool:submit(function(p) p:close() p:join() end, pool):exception())
  end)

end)

describe("a task of a thread", function()
  it("calls back after its worker was replaced, and another one works meanwhile", function()
    local o = helper.run [[
      local pool = Pool { processes = 1, maxtasksperchild = 1 }
      pool:apply(function(p)
        local future = p:submit(function() return 1 end)
        future:add_done_callback(function(f) print("called", f:result()) end)
      end, pool)
      pool:close()
      pool:join()
      moons.sleep(0.05)
    ]]
    assert.same({ out = "called\t1\n", err = "", status = 0 }, o)
  end)
end)

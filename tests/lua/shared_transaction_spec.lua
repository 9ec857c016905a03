-- Shared: update and transaction: one step, all or nothing, and nobody waits for ever.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local Shared, error_of = moons.Shared, helper.error_of

local function elsewhere(f, ...) return spawn(f, ...):join() end

-- A thread in a transaction of s, which ends when the queue that is returned gets a function; it is
-- called with s first.
local function busy(s)
  local inside, go = Queue(), Queue()
  local thread = spawn(function()
    return s:transaction(function(t)
      inside:put(true)
      return go:get()(t)
    end)
  end)
  inside:get()
  return go, thread
end

describe("update", function()
  it("replaces a value and gives the new one", function()
    local s = Shared { n = 1, t = { 1 } }
    assert.equal(6, s:update("n", function(n, more) return n + more end, 5))
    assert.same({ nil, n = 1 }, table.pack(s:update("n", function() end)))
    assert.is_nil(s.n)
    assert.equal("new", s:update("n", function(n) return n or "new" end))
    local t = s:update("t", function(old) old[2] = 2 return { old[1], old[2], 3 } end)
    assert.is_true(t == s.t)
    assert.same({ 1, 2, 3 }, s.t:copy())
    assert.equal(2, s:update(1, function() return 2 end))
  end)

  it("calls anything that can be called", function()
    local s = Shared { n = 1 }
    assert.equal(2, s:update("n", setmetatable({}, { __call = function(_, n) return n + 1 end })))
    assert.equal("here:1: bad argument #2 to 'update' (function expected, got nil)",
      error_of("local s = ... s:update('n', nil)", s))
    assert.equal("here:1: bad argument #1 to 'transaction' (function expected, got table)",
      error_of("local s = ... s:transaction({})", s))
  end)

  it("loses nothing between threads", function()
    for _, count in ipairs { 2, 8 } do
      local s, threads = Shared { n = 0 }, {}
      local function increment(n) return n + 1 end
      for i = 1, count do
        threads[i] = spawn(function() for _ = 1, 5000 do s:update("n", increment) end end)
      end
      for _, thread in ipairs(threads) do thread:join() end
      assert.equal(count * 5000, s.n)
    end
  end)

  it("wakes who waits for the value", function()
    local s = Shared { n = 1 }
    local thread = spawn(function()
      return s:wait("n", function(n) return n == 2 end)
    end)
    assert.is_true(helper.waits(thread, "wait of Shared"))
    s:update("n", function(n) return n + 1 end)
    assert.equal(2, thread:join())
  end)

  it("puts one table of the tree in the place of another", function()
    local s = Shared { t = { 1 }, other = { 2 } }
    local old = s.t
    local new = s:update("t", function() return s.other end)
    assert.is_true(new == s.t and new == s.other)
    assert.same({ t = { 2 }, other = { 2 } }, s:copy())
    assert.equal(1, old[1]) -- whoever has it keeps it
  end)

  it("changes nothing when the function raises", function()
    local s, reason = Shared { n = 1, other = 1 }, {}
    local ok, message = pcall(s.update, s, "n", function() s.other = 2 error(reason) end)
    assert.is_false(ok)
    assert.equal(reason, message)
    assert.same({ n = 1, other = 1 }, s:copy())
    assert.equal(2, s:update("n", function(n) s.other = 3 return n + 1 end))
    assert.same({ n = 2, other = 3 }, s:copy())
  end)
end)

describe("transaction", function()
  it("passes values in and out", function()
    local s = Shared()
    assert.same({ 3, nil, true, n = 3 }, table.pack(s:transaction(function(t, a, b)
      return a + b, nil, t == s
    end, 1, 2)))
    assert.same({ n = 0 }, table.pack(s:transaction(function() end)))
  end)

  it("is seen at once, nested tables included", function()
    local s = Shared { n = 0, list = { 1 }, gone = 1 }
    local seen = function() return s.n, #s.list, s.gone, s.new end
    local whole = function() return s:copy() end
    s:transaction(function(t)
      t.n, t.gone, t.new = 1, nil, { x = 1 }
      t.list:insert(2)
      t.new.y = 2
      assert.same({ 1, 2, nil }, { t.n, #t.list, t.gone })
      assert.same({ n = 1, list = { 1, 2 }, new = { x = 1, y = 2 } }, t:copy())
      assert.same({ 0, 1, 1, n = 4 }, table.pack(elsewhere(seen)))
      assert.same({ n = 0, list = { 1 }, gone = 1 }, elsewhere(whole))
    end)
    assert.same({ n = 1, list = { 1, 2 }, new = { x = 1, y = 2 } }, elsewhere(whole))
  end)

  it("changes nothing when the function raises", function()
    local s = Shared { n = 0, list = { 1, 2, 3 } }
    local before = s:copy()
    assert.same({ false, "oops" }, { pcall(s.transaction, s, function(t)
      t.n, t.new, t.list[5] = 1, {}, 5
      t.list:remove(1)
      t.list:clear()
      t:clear()
      t.after = 1
      error("oops", 0)
    end) })
    assert.same(before, s:copy())
    s.n = 5 -- nobody holds it any more
    assert.equal(5, s.n)
  end)

  it("sees its own writes in every way", function()
    local s = Shared { 1, 2, 3, a = 1, b = 2, long = ("x"):rep(30) }
    s:transaction(function(t)
      t[4], t[2], t.b, t.c, t.long = 4, nil, nil, 3, ("y"):rep(30)
      assert.equal(4, #t)
      local seen = {}
      for key, value in pairs(t) do seen[key] = value end
      assert.same({ [1] = 1, [3] = 3, [4] = 4, a = 1, c = 3, long = ("y"):rep(30) }, seen)
      assert.same(seen, t:copy())
      assert.equal(1, t:swap("a", 5))
      assert.is_true(t:cas("a", 5, 6))
      assert.same({ false, 6 }, { t:cas("a", 5, 7) })
      assert.equal(5, t:insert("five"))
      assert.equal(1, t:remove(1))
      assert.equal(4, #t)
      assert.equal("five", t:remove())
      t[1] = 0
      assert.same({ 0, 3, 4 }, { t[1], t[2], t[3] })
      t:clear()
      assert.equal(0, #t)
      assert.is_nil(next(t:copy()))
      for i = 1, 100 do assert.equal(i, t:insert(i)) end
      t.only = true
    end)
    assert.equal(100, #s)
    assert.is_true(s.only)
    assert.is_nil(s.a)
  end)

  it("takes keys away for good", function()
    local s, count = Shared { 1, 2, 3, x = 1 }, 0
    s:transaction(function(t)
      t:remove()
      t.x = nil
    end)
    for _ in pairs(s) do count = count + 1 end
    assert.same({ 2, 2, 3 }, { #s, count, s:insert("third") })
    assert.same({ nil, "timeout" }, { s:wait("x", 0) })
  end)

  it("holds up who writes, not who reads", function()
    local s = Shared { n = 1, t = { n = 1 } }
    local go, thread = busy(s)
    assert.same({ 1, 1 }, { s.n, s.t.n })
    local writers = {}
    for i, write in ipairs {
      function() s.t.n = 2 end, function() s.n = 2 end,
      function() s:update("n", function(n) return n + 1 end) end,
      function() s:transaction(function(t) t.n = t.n + 1 end) end,
    } do
      writers[i] = spawn(write)
      assert.is_true(helper.waits(writers[i], i < 3 and "write of Shared" or i == 3
        and "update of Shared" or "transaction of Shared"))
    end
    assert.matches("^Shared %(in a transaction of thread 'Thread%-%d+'%), %d waiting$", tostring(s))
    assert.equal(1, s.n)
    go:put(function(t) t.n = 10 return "done" end)
    assert.equal("done", thread:join())
    for _, writer in ipairs(writers) do writer:join() end
    assert.equal(2, s.t.n)
    assert.is_true(s.n >= 2 and s.n <= 12)
  end)

  it("lets who waits to write be cancelled", function()
    local s = Shared { n = 1 }
    local go, thread = busy(s)
    for _, write in ipairs { function() s.n = { 2 } end, function() s:transaction(print) end,
      function() s:insert({}) end } do
      local writer = spawn(write)
      assert.is_true(helper.waits(writer, ""))
      writer:cancel()
      assert.is_false(pcall(writer.join, writer))
    end
    go:put(function() end)
    thread:join()
    assert.same({ n = 1 }, s:copy())
  end)

  it("of a thread that is cancelled or ends is undone", function()
    local s = Shared { n = 1 }
    local thread = spawn(function()
      s:transaction(function(t)
        t.n = 2
        moons.sleep(100)
      end)
    end)
    assert.is_true(helper.waits(thread, "sleep"))
    thread:cancel()
    assert.is_false(pcall(thread.join, thread))
    assert.equal(1, s.n)
    s.n = 3
    assert.equal(3, s.n)
  end)

  it("can't yield", function()
    local s = Shared { n = 1 }
    local wrapped = coroutine.wrap(function()
      s:transaction(function(t) t.n = 2 coroutine.yield() end)
    end)
    assert.matches("attempt to yield across a C%-call boundary", select(2, pcall(wrapped)))
    assert.equal(1, s.n)
  end)

  it("is refused within one of the same tree, and waiting in it, too", function()
    local s = Shared { t = {} }
    for source, message in pairs {
      ["s:transaction(print)"] = "this thread has a transaction of this Shared open already",
      ["s.t:update('x', print)"] = "this thread has a transaction of this Shared open already",
      ["s:wait('x', 1)"] = "cannot wait within a transaction: nobody else can write meanwhile",
    } do
      local function try()
        assert.equal("here:1: " .. message, error_of("local s = ... " .. source, s))
      end
      s:transaction(try)
      s:update("x", try)
    end
  end)

  it("may stand in one of another tree, which ends by itself", function()
    local a, b = Shared { n = 1 }, Shared { n = 1 }
    assert.is_false(pcall(a.transaction, a, function()
      a.n = 2
      b:transaction(function() b.n = 2 end)
      assert.equal(2, elsewhere(function() return b.n end))
      error("undone")
    end))
    assert.same({ 1, 2 }, { a.n, b.n })
  end)

  it("that would wait for one that waits for it raises", function()
    local a, b, inside = Shared { n = 1 }, Shared { n = 1 }, moons.Atomic(0)
    local function move(from, to)
      local ok, message = pcall(from.transaction, from, function()
        from.n = from.n - 1
        inside:add()
        while inside:get() < 2 do moons.sleep(0) end
        to:update("n", function(n) return n + 1 end)
      end)
      return ok, message
    end
    local one, two = spawn(move, a, b), spawn(move, b, a)
    local ok1, message1 = one:join()
    local ok2, message2 = two:join()
    assert.is_true(not ok1 or not ok2)
    for _, message in pairs { message1, message2 } do
      assert.matches("^[^\n]*:%d+: deadlock: another thread's transaction waits for one that this "
        .. "thread has open$", message)
    end
    assert.equal(2, a.n + b.n)
  end)

  it("keeps a sum that others only see whole", function()
    local s, threads = Shared { accounts = { 100, 100, 100 } }, {}
    for i = 1, 4 do
      threads[i] = spawn(function()
        for n = 1, 500 do
          s:transaction(function(t)
            local from, to = t.accounts[1 + n % 3], t.accounts[1 + (n + i) % 3]
            if (n + i) % 3 ~= n % 3 then
              t.accounts[1 + n % 3], t.accounts[1 + (n + i) % 3] = from - i, to + i
            end
          end)
          local sum = 0
          for _, account in ipairs(s.accounts:copy()) do sum = sum + account end
          assert(sum == 300, sum)
        end
      end)
    end
    for _, thread in ipairs(threads) do thread:join() end
  end)

  it("leaves a traceback that shows the function", function()
    local outcome = helper.run([[
local s = moons.Shared()
local function inner() error("oops") end
s:transaction(function() inner() end)]])
    assert.equal(1, outcome.status)
    assert.matches("main.lua:2: oops.*main.lua:3: in function", outcome.err)
  end)

  it("that is open when the script ends is dropped", function()
    local outcome = helper.run("local s = moons.Shared()\n"
      .. "s:transaction(function(t) t.x = {{}} os.exit(0, true) end)")
    assert.equal("", outcome.err)
    assert.equal(0, outcome.status)
  end)
end)

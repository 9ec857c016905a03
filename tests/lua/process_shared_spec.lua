-- Objects across the boundary of processes: each method of each shared type, used by a child, by
-- the parent of what a child made, and by a sibling of that child.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local process, error_of, patience = moons.process, helper.error_of, helper.patience

-- What f(...) gives in a process of its own.
local function there(f, ...)
  return process(f, ...):join()
end

-- What make(...) gives in a process that lives until the end of the block.
---@return table closer, any ...
local function home(make, ...)
  local made = Queue()
  local child = process({ function(out, f, ...)
    out:put(table.pack(f(...)))
    moons.receive()
  end, made, make, ..., name = "home" })
  local which, values = moons.select { made, child, timeout = patience }
  if which ~= made then child:join(0) end
  local function close()
    child:send(true)
    child:join()
  end
  return setmetatable({}, { __close = close }), table.unpack(values, 1, values.n)
end

-- Raises unless the values behind the list are those in it. Travels, which luassert does not.
local function same(expected, ...)
  local function equal(a, b)
    if type(a) ~= "table" or type(b) ~= "table" then
      return a == b and math.type(a) == math.type(b)
    end
    for key, value in pairs(a) do if not equal(value, b[key]) then return false end end
    for key in pairs(b) do if a[key] == nil then return false end end
    return true
  end
  local values = table.pack(...)
  for i = 1, math.max(#expected, values.n) do
    if not equal(expected[i], values[i]) then
      error(("value %d is %s, not %s"):format(i, tostring(values[i]), tostring(expected[i])), 2)
    end
  end
end

-- As helper.error_of, but travels.
local function fails(expected, source, ...)
  local ok, message = pcall(assert(load(source, "=here")), ...)
  assert(not ok, "no error")
  assert(message == expected, ("got: %s\nnot: %s"):format(message, expected))
end

-- Uses what `make` gives across all kinds of boundaries.
local function everywhere(name, make, use)
  it(name .. ": a child", function() there(use, make()) end)
  it(name .. ": the parent", function()
    local _ <close>, a, b, c = home(make)
    use(a, b, c)
  end)
  it(name .. ": a sibling", function()
    local _ <close>, a, b, c = home(make)
    there(use, a, b, c)
  end)
end

describe("across processes", function()
  for _, kind in ipairs { "Queue", "LifoQueue", "PriorityQueue" } do
    everywhere(kind, function() return moons[kind](3) end, function(q)
      same({ true }, q:put(1))
      same({ true }, q:put(2, 1))
      same({ 2, 2, 3, false }, q:qsize(), #q, q:maxsize(), q:closed())
      same({ true }, q:try_put(3))
      same({ nil, "full" }, q:try_put(4))
      same({ nil, "timeout" }, q:put(4, 0.01))
      local last = tostring(q):find("LifoQueue", 1, true)
      same({ last and 3 or 1 }, q:peek())
      same({ last and 3 or 1 }, q:get())
      same({ 2 }, q:get(1))
      same({ last and 1 or 3 }, q:try_get())
      same({ nil, "empty" }, q:try_get())
      same({ nil, "empty" }, q:peek())
      same({ nil, "timeout" }, q:get(0.01))
      same({ 3, "timeout" }, q:put_many({ 1, 2, 3, 4 }, 0.01))
      same({ last and { 3, 2 } or { 1, 2 } }, q:get_many(2))
      same({ nil, "timeout" }, q:join(0.01))
      for _ = 1, 5 do q:task_done() end
      fails("here:1: bad argument #1 to 'put' (nil cannot be queued)",
        "local q = ... q:put(nil)", q)
      q:close()
      same({ nil, "closed" }, q:put(1))
      local rest = {}
      for value in q:iter() do rest[#rest + 1] = value end
      same({ { last and 1 or 3 } }, rest)
      same({ nil, "closed" }, q:get())
      same({ true }, q:closed())
      q:task_done()
      same({ true }, q:join())
      q:close(true)
    end)
  end

  for _, kind in ipairs { "Lock", "RLock" } do
    everywhere(kind, function() return moons[kind]() end, function(lock)
      same({ true }, lock:acquire())
      same({ true }, lock:locked())
      lock:release()
      same({ true }, lock:acquire(0))
      lock:release()
      do
        local guard <close> = lock:hold()
        same({ true, false }, lock:locked(), (pcall(Queue().put, Queue(), guard)))
        same({ nil, "timeout" }, spawn(function(l) return l:acquire(0.01) end, lock):join())
      end
      same({ false }, lock:locked())
      do
        local _ <close>, word = lock:hold(1)
        lock:release() -- so that its guard has nothing to do
        same({ nil, false }, word, lock:locked())
        lock:acquire()
      end
      same({ true }, lock:locked())
      lock:release()
      same({ true, 1, nil, 3 }, lock:with(function(...) return lock:locked(), ... end, 1, nil, 3))
      local reason = {}
      local ok, e = pcall(lock.with, lock, function() error(reason) end)
      same({ false, true, false }, ok, e == reason, lock:locked())
      fails("here:1: lock is not held", "local l = ... l:release()", lock)
      fails("here:1: bad argument #1 to 'with' (function expected, got nil)",
        "local l = ... l:with(nil)", lock)
      if tostring(lock):find("RLock", 1, true) then
        lock:acquire()
        same({ true }, lock:acquire())
        lock:release()
        lock:release()
      end
      same({ false }, lock:locked())
    end)
  end

  everywhere("Semaphore", function() return moons.Semaphore(2), moons.BoundedSemaphore(1) end,
    function(s, b)
      same({ true }, s:acquire())
      same({ true }, s:acquire(1))
      same({ nil, "timeout" }, s:acquire(0.01))
      same({ 0 }, s:value())
      s:release(2)
      do
        local _ <close> = s:hold()
        same({ 1 }, s:value())
      end
      same({ 1 }, s:with(function() return s:value() end))
      same({ 2 }, s:value())
      same({ 0 }, b:with(function() return b:value() end))
      fails("here:1: semaphore released more often than acquired", "local b = ... b:release()", b)
      same({ true, nil, 1 }, b:acquire(), b:hold(0) --[[nil, "timeout"]], 1)
      b:release()
    end)

  everywhere("Event", moons.Event, function(event)
    same({ nil, "timeout" }, event:wait(0.01))
    same({ false }, event:is_set())
    event:set()
    same({ true, true }, event:is_set(), event:wait())
    event:clear()
    same({ false }, event:is_set())
  end)

  everywhere("Condition", moons.Condition, function(condition)
    local state = { calls = 0 }
    condition:acquire()
    same({ true }, condition:locked())
    same({ nil, "timeout" }, condition:wait(0.01))
    same({ nil, "timeout" }, condition:wait_for(function() return false end, 0.01))
    local function ready()
      state.calls = state.calls + 1
      return "ready"
    end
    same({ "ready", 1 }, condition:wait_for(ready), state.calls)
    condition:notify(2)
    condition:notify_all()
    condition:release()
    fails("here:1: lock is not held", "local c = ... c:wait()", condition)
    fails("here:1: lock is not held", "local c = ... c:notify()", condition)
    local started, woken = Queue(), 0
    local waiter = spawn(function(c, s)
      local _ <close> = c:hold()
      s:put(true)
      return c:wait()
    end, condition, started)
    started:get()
    condition:with(function() condition:notify() woken = woken + 1 end)
    same({ true, 1 }, waiter:join(), woken)
  end)

  everywhere("Barrier", function()
    local done = Queue()
    return moons.Barrier(2, function() done:put("met") end), done, moons.Barrier(2)
  end, function(barrier, done, other)
    local friend = spawn(function(b) return b:wait() end, barrier)
    same({ 3 }, barrier:wait() + friend:join())
    same({ "met" }, done:get())
    same({ 2, 0, false }, barrier:parties(), barrier:waiting(), barrier:broken())
    same({ nil, "timeout" }, barrier:wait(0.01))
    same({ true }, barrier:broken())
    barrier:reset()
    same({ false }, barrier:broken())
    other:abort()
    same({ nil, "broken" }, other:wait())
  end)

  everywhere("RWLock", moons.RWLock, function(lock)
    same({ true }, lock:acquire_read())
    same({ true }, lock:acquire_read(0))
    same({ 1, true, false }, lock:readers(), lock:locked(), lock:writing())
    lock:release_read()
    lock:release_read()
    same({ true }, lock:acquire_write())
    same({ nil, "timeout" }, spawn(function(l) return l:acquire_read(0.01) end, lock):join())
    same({ true }, lock:writing())
    lock:release_write()
    do
      local _ <close> = lock:hold_read()
      same({ 1 }, lock:readers())
    end
    do
      local _ <close> = lock:hold_write()
      same({ true }, lock:writing())
    end
    same({ 1, "a" }, lock:with_read(function(a) return lock:readers(), a end, "a"))
    same({ true, "b" }, lock:with_write(function(b) return lock:writing(), b end, "b"))
    same({ false }, lock:locked())
    fails("here:1: lock is not held for writing by this thread",
      "local l = ... l:release_write()", lock)
  end)

  everywhere("Once", moons.Once, function(once)
    local reason, calls = {}, 0
    same({ false }, once:done())
    local ok, e = pcall(once.call, once, function() error(reason) end)
    same({ false, true, false }, ok, e == reason, once:done())
    local function first(...)
      calls = calls + 1
      return { ... }, "second"
    end
    same({ { 1, 2 }, "second" }, once:call(first, 1, 2))
    same({ { 1, 2 }, "second" }, once:call(first, 3))
    same({ 1, true }, calls, once:done())
  end)

  everywhere("Shared", function()
    return moons.Shared { n = 1, list = { 1, 2, 3 }, deep = { er = { x = 1 } } }
  end, function(s)
    same({ 1, nil, 3, 1 }, s.n, s.none, #s.list, s.deep.er.x)
    s.n = 2
    s[1], s.deep.er.y = "one", { z = 1 }
    same({ 2, "one", 1 }, s:get("n"), s[1], s.deep.er.y.z)
    same({ true }, s.list == s.list)
    s:set("update", 5)
    same({ 5, nil }, s:get("update"), s:swap("new", 1))
    same({ true }, s:cas("new", 1, 2))
    same({ false, 2 }, s:cas("new", 1, 3))
    same({ 4, 1 }, s.list:insert(4), s.list:remove(1))
    local seen, sum = {}, 0
    for i, value in ipairs(s.list) do seen[i] = value end
    same({ { 2, 3, 4 } }, seen)
    for _, value in pairs(s.list) do sum = sum + value end
    same({ 9 }, sum)
    same({ { er = { x = 1, y = { z = 1 } } } }, s.deep:copy())
    local up = 10 -- an upvalue of what is called stays one
    same({ 15 }, s:update("n", function(old, more) up = up + 1 return old + more + 3 end, 10))
    same({ 11 }, up)
    local reason = {}
    local ok, e = pcall(s.update, s, "n", function() error(reason) end)
    same({ false, true, 15 }, ok, e == reason, s.n)
    same({ 7, "b" }, s:transaction(function(t, a)
      t.n, t.list[1] = 7, "first"
      assert(t == s)
      return s.n, a
    end, "b"))
    ok, e = pcall(s.transaction, s, function(t) t.n = 8 error(reason) end)
    same({ false, true, 7 }, ok, e == reason, s.n)
    same({ 7 }, s:wait("n", function(n) return n == 7 end))
    same({ 7 }, s:wait("n"))
    same({ nil, "timeout" }, s:wait("never", 0.01))
    local other = spawn(function(t) return t:wait("later", function(v) return v == 2 end) end, s)
    s.later = 1
    s.later = 2
    same({ 2 }, other:join())
    s.list:clear()
    same({ 0 }, #s.list)
    ok, e = pcall(function() s.f = coroutine.create(print) end)
    same({ false, true }, ok, e:find("thread", 1, true) ~= nil)
  end)

  everywhere("Atomic", function() return moons.Atomic(5), moons.Atomic(0.5) end, function(a, f)
    same({ 5, 6, 8, 7 }, a:get(), a:add(), a:add(2), a:sub())
    same({ 7, 2 }, a:exchange(2), a:get())
    same({ true }, a:cas(2, 3))
    same({ false, 3 }, a:cas(2, 4))
    same({ 10, 10, 1 }, a:max(10), a:max(3), a:min(1))
    a:set(4.0)
    same({ 4, 0.75 }, a:get(), f:add(0.25))
    fails("here:1: bad argument #1 to 'set' (number expected, got string)",
      "local a = ... a:set('x')", a)
  end)

  everywhere("Buffer", function() return moons.Buffer(16), moons.Buffer("abcdef") end,
    function(b, text)
      b[1] = 255
      same({ 255, 0, nil, 16 }, b[1], b[2], b[17], #b)
      same({ 9 }, b:pack(1, "<i8", -2))
      same({ -2, 9 }, b:unpack(1, "<i8"))
      same({ "bcd", 3, 4 }, text:string(2, 4), text:find("cd"))
      same({ 4 }, b:copy("xyz"))
      same({ 7 }, b:copy(text, 1))
      same({ "abcdef" }, b:string(1, 6))
      same({ true }, b:fill(65, 1, 3) == b)
      local slice = b:slice(3, 5)
      slice[2] = 66
      same({ "ABe" }, slice:string())
      same({ 66, true, false, true }, b[4], text:freeze() == text, b:frozen(), text:frozen())
      fails("here:1: Buffer is frozen", "local b = ... b[1] = 0", text)
    end)

  everywhere("Array",
    function() return moons.Array("double", { 3, 1, 2 }), moons.Array("int32", 3) end,
    function(a, ints)
      same({ "double", 3, 3.0, nil }, a:type(), #a, a[1], a[4])
      a[2] = 5
      same({ 10.0, 2.0, 5.0 }, a:sum(), a:min(), a:max())
      same({ true }, a:sort() == a)
      same({ { 2.0, 3.0, 5.0 } }, a:table())
      a:sort(function(x, y) return x > y end)
      same({ { 5.0, 3.0, 2.0 } }, a:table())
      same({ 4 }, ints:copy(a))
      same({ 4 }, a:copy({ 7, 8, 9 }))
      local list = {}
      for i, x in pairs(ints) do list[i] = x end
      same({ { 5, 3, 2 } }, list)
      list = {}
      for x in ints:iter() do list[#list + 1] = x end
      same({ { 5, 3, 2 } }, list)
      same({ 12, 3 }, #ints:buffer(), #ints:slice(1, 3))
      same({ 1, 24 }, ints:fill(1):min(), #a:string())
      same({ true, true }, a:freeze() == a, a:frozen())
    end)

  everywhere("Future and Pool", function()
    local pool = Pool(2)
    return pool, pool:submit(function(a, b) return a, b end, 1, 2), pool:submit(error, { code = 7 })
  end, function(pool, good, bad)
    same({ 1, 2 }, good:result())
    same({ 1, 2 }, good:get())
    same({ true, true, true, "done", true }, good:wait(), good:done(), good:ready(), good:status(),
      good:successful())
    local ok, e = pcall(bad.result, bad)
    same({ false, 7 }, ok, e.code)
    same({ 7 }, (bad:exception()).code)
    same({ false, false, false }, good:cancelled(), good:cancel(), good:running())
    same({ 4 }, pool:apply(function(x) return x + 1 end, 3))
    same({ { 1, 4, 9 }, 3 }, pool:map(function(x) return x * x end, { 1, 2, 3 }))
    same({ { 3, 7 }, 2 }, pool:starmap(function(a, b) return a + b end, { { 1, 2 }, { 3, 4 } }))
    local list = {}
    for square in pool:imap(function(x) return x * x end, { 1, 2, 3 }) do
      list[#list + 1] = square
    end
    same({ { 1, 4, 9 } }, list)
    local sum = 0
    for x in pool:imap_unordered(function(x) return x + 1 end, { 1, 2, 3 }) do
      sum = sum + x
      if sum > 100 then break end
    end
    same({ 9 }, sum)
    same({ 5 }, pool:apply_async(function() return 5 end):get())
    same({ 2 }, pool:size())
    local go = Queue()
    local late = pool:submit(function(q) return q:get() end, go)
    same({ nil, "timeout" }, late:result(0.01))
    go:put("now")
    same({ "now" }, late:result())
    pool:close()
    same({ true }, pool:join())
  end)

  everywhere("a thread", function()
    local thread = spawn { function() local v = moons.receive() return v, moons.receive() end,
                           name = "worker" }
    local stuck = spawn { function() moons.sleep(1000) end, daemon = true }
    return thread, stuck, spawn { error, { code = 7 }, daemon = true }
  end, function(thread, stuck, failed)
    same({ "worker", "running", "integer" }, thread:name(), thread:status(), math.type(thread:id()))
    same({ nil, "timeout" }, thread:join(0.01))
    thread:send("a")
    thread:send({ "b" })
    same({ "a", { "b" } }, thread:join())
    same({ "done" }, thread:status())
    local ok, e = pcall(failed.join, failed)
    same({ false, 7, "failed", true }, ok, e.code, failed:status(), failed:traceback() ~= nil)
    same({ true }, stuck:cancel("enough"))
    ok, e = pcall(stuck.join, stuck)
    same({ false, true }, ok, e:find("was cancelled: enough", 1, true) ~= nil)
  end)

  everywhere("select", function() return Queue(1), Queue(), moons.Event() end, function(a, b, event)
    local select = moons.select
    same({ nil, "timeout" }, select { a, b, timeout = 0.01 })
    a:put("x")
    local which, value = select { b, a }
    same({ true, "x" }, which == a, value)
    local case = { a, put = "y" }
    same({ true, true }, select { case, b } == case, select { a, b } == a)
    event:set()
    same({ true }, select { b, event } == event)
    local later = spawn(function(q) moons.sleep(0.01) q:put("z") end, b)
    which, value = select { a, b, timeout = 100 }
    same({ true, "z" }, which == b, value)
    later:join()
    b:close()
    local _, none, word = select { b }
    same({ nil, "closed" }, none, word)
    local own = Queue()
    local mixed = "here:1: bad argument #1 to 'select' (case #%d is of another process than "
      .. "case #%d, and all must be of one)"
    fails(mixed:format(2, 1), "moons.select{...}", a, own)
    fails(mixed:format(1, 2), "moons.select{...}", own, a)
  end)
end)

describe("an object of another process", function()
  it("is the same at home again", function()
    local q, list = Queue(), { Lock(), moons.Event() }
    local back, backs = there(function(...) return ... end, q, list)
    assert.is_true(back == q and backs[1] == list[1] and backs[2] == list[2])
    assert.is_true(there(function(a, b) return a == b.a and a == b[1] end, q, { a = q, q }))
    local _ <close>, theirs, f = home(function()
      local own = Queue()
      return own, spawn { function() return own end }:join()
    end)
    assert.is_true(theirs == f)
    assert.is_true(there(function(x, y) return x == y end, theirs, f))
  end)

  it("is of no use when its process has ended", function()
    local queue, lock = there(function() return Queue(), Lock() end)
    local expected = "^here:1: process 'Process%-%d+' %(pid %d+%) ended with exit status 0$"
    assert.matches(expected, error_of("local q = ... q:put(1)", queue))
    assert.matches(expected, error_of("local q = ... return #q", queue))
    assert.matches(expected, error_of("local l = ... l:hold()", lock))
    assert.matches(expected, error_of("moons.select{...}", queue, lock))
    assert.matches("^Queue of process 'Process%-%d+': 0x%x+$", tostring(queue))
  end)

  it("ends a wait with its process", function()
    for _, wait in ipairs { "q:get()", "q:join()", "e:wait()", "moons.select{q, e}", "l:acquire()",
                            "c:with(function() c:wait() end)" } do
      local made = Queue()
      local child = process(function(out)
        local q, l = Queue(), Lock()
        q:put(1)
        l:acquire()
        out:put { Queue(), moons.Event(), l, moons.Condition() }
        moons.receive()
      end, made)
      local thread = spawn(function(code, list)
        if code == "q:join()" then list[1]:put(1) end
        return error_of("local q, e, l, c = table.unpack(...) " .. code, list)
      end, wait, made:get())
      assert(helper.eventually(function() return thread:waiting() end))
      moons.sleep(0.01)
      child:kill()
      assert.is_false(pcall(child.join, child))
      assert.matches("^here:1: .*process 'Process%-%d+' %(pid %d+%) ", thread:join())
    end
  end)

  it("is let go of where it lives", function()
    -- A failed future says so when nobody has it any more.
    local outcome = helper.shell('exec "$MOONS" main.lua 2>err', { ["main.lua"] = [[
      local pool, q, back = Pool(1), Queue(), Queue()
      local child = moons.process(function(from)
        local future = from:get()
        future:wait()
        back:put("has it")
        moons.receive()
        future = nil
        collectgarbage()
        collectgarbage()
        moons.receive()
      end, q)
      q:put((pool:submit(error, "nobody asked")))
      back:get()
      local function told()
        collectgarbage()
        collectgarbage()
        local file <close> = io.open "err"
        return file:read("a"):find("nobody asked", 1, true) ~= nil
      end
      for _ = 1, 20 do
        assert(not told(), "too early")
        moons.sleep(0.002)
      end
      child:send(true)
      while not told() do moons.sleep(0.002) end
      child:send(true)
      child:join()
      print "told"]] })
    assert.equal("told\n", outcome.out)
  end)

  it("comes and goes in numbers", function()
    local _ <close>, theirs = home(Queue)
    for i = 1, 1000 do
      theirs:put { i, Queue() }
      local back = theirs:get()
      assert.equal(i, back[1])
      back[2]:put(i)
      assert.equal(i, back[2]:get())
    end
    assert.equal(0, #theirs)
  end)

  it("raises errors at the caller's line, and names the method", function()
    for _, source in ipairs { "q:put()", "q:put(1, 'x')", "q:task_done()", "q:none()",
                              "q:get({})", "q:put_many(1)", "q:get_many(0)" } do
      source = "local q = ... " .. source
      assert.equal(error_of(source, Queue()), there(error_of, source, Queue()))
    end
    for source, expected in pairs {
      ["q:put(coroutine.create(print))"] =
        "cannot send argument #1: a coroutine is tied to its thread",
      ["q.x = 1"] = "attempt to index a Queue value",
      ["for _ in pairs(q) do end"] = "attempt to iterate over a Queue value",
    } do
      assert.equal("here:1: " .. expected, there(error_of, "local q = ... " .. source, Queue()))
    end
    assert.equal("here:1: attempt to get length of a Lock value",
      there(error_of, "local l = ... return #l", Lock()))
  end)
end)

-- select: every kind of case, time-outs, mistakes, and that nothing is left of what did not happen.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local select = moons.select

local function fails(message, cases)
  local ok, err = pcall(select, cases)
  assert.is_false(ok)
  assert.is_truthy(tostring(err):find(message, 1, true), tostring(err))
end

describe("select", function()
  it("takes from the queue that has something", function()
    local empty, full = Queue(), Queue()
    full:put("x")
    local which, value = select{empty, full}
    assert.equal(full, which)
    assert.equal("x", value)
    assert.equal(0, full:qsize())
  end)

  it("gives nil and a word at the time-out", function()
    assert.same({nil, "timeout"}, {select{Queue(), timeout = 0}})
    assert.same({nil, "timeout"}, {select{Queue(), timeout = 0.01}})
    assert.same({nil, "timeout"}, {select{timeout = 0.01}})
  end)

  it("waits for what comes", function()
    local a, b = Queue(), Queue()
    local thread <close> = spawn(function(q) moons.sleep(0.02) q:put{deep = {1, 2}} end, b)
    local which, value = select{a, b, timeout = 10}
    assert.equal(b, which)
    assert.same({deep = {1, 2}}, value)
    assert.equal(thread, (select{thread, timeout = 10}))
  end)

  it("says that a queue is closed and empty", function()
    local q = Queue()
    q:put(1)
    q:close()
    assert.same({q, 1}, {select{q}})
    assert.same({q, nil, "closed"}, {select{q}})
  end)

  it("puts where there is room", function()
    local q = Queue(1)
    local put = {q, put = "first"}
    local which, done = select{put}
    assert.equal(put, which)
    assert.is_true(done)
    assert.same({nil, "timeout"}, {select{put, timeout = 0.01}})
    assert.equal(1, q:qsize())
    assert.equal("first", q:get())
    q:close()
    assert.same({put, nil, "closed"}, {select{put}})
  end)

  it("puts what is encoded before the wait", function()
    local q, value = Queue(1), {1}
    q:put(0)
    local thread <close> = spawn(function(queue) moons.sleep(0.02) return queue:get() end, q)
    local _, done = select{{q, put = value}, timeout = 10}
    assert.is_true(done)
    assert.same({1}, q:get())
    assert.equal(0, thread:join())
  end)

  it("acquires a lock, and only one", function()
    local a, b = Lock(), Lock()
    local which, held = select{a, b}
    assert.is_true(held)
    assert.is_true(which:locked())
    assert.is_false((which == a and b or a):locked())
    which:release()
  end)

  it("waits for a lock that somebody holds, and tells of a dead holder", function()
    local lock, ready = Lock(), Queue()
    local holder = spawn(function(l, q) l:acquire() q:put(1) moons.sleep(0.02) end, lock, ready)
    ready:get()
    assert.same({lock, true, "abandoned"}, {select{Queue(), lock, timeout = 10}})
    lock:release()
    holder:join()
  end)

  it("fires when a thread has ended, and does not raise its error", function()
    local good = spawn(function() return 1, nil, 3 end)
    assert.same({good, "done"}, {select{Queue(), good}})
    local bad = spawn(function() error("mine") end)
    assert.same({bad, "failed"}, {select{bad}})
    assert.is_false(pcall(bad.join, bad))
    local stopped = spawn(moons.sleep, 60)
    stopped:cancel()
    assert.same({stopped, "cancelled"}, {select{stopped}})
  end)

  it("gives each ready case its turn", function()
    local queues, counts = {}, {}
    for i = 1, 4 do
      queues[i] = Queue()
      counts[queues[i]] = 0
      for k = 1, 400 do queues[i]:put(k) end
    end
    for _ = 1, 400 do
      local which = select(queues)
      counts[which] = counts[which] + 1
    end
    for i = 1, 4 do
      assert.is_true(counts[queues[i]] > 20, "one case was nearly never taken")
    end
  end)

  it("takes many cases", function()
    local cases = {}
    for i = 1, 3000 do cases[i] = Queue() end
    cases[2345]:put("here")
    assert.same({cases[2345], "here"}, {select(cases)})
    cases.timeout = 0.01
    assert.same({nil, "timeout"}, {select(cases)})
    for i = 1, 3000 do cases[i] = {Queue(1), put = {i}} end
    assert.is_true(({select(cases)})[2])
  end)

  it("refuses what is no case", function()
    fails("case #2: nothing to wait for in a string", {Queue(), "x"})
    fails("case #1: nothing to wait for in a table", {{}})
    fails("case #1: nothing to wait for in a FILE*", {io.stdout})
    fails("case #2: this Condition cannot be selected; queues,", {Queue(), moons.Condition()})
    fails("case #1: this Barrier cannot be selected; queues,", {{moons.Barrier(2), put = 1}})
    fails("case #1: no field 'put'", {{Queue()}})
    fails("case #1: nothing can be put into this Lock", {{Lock(), put = 1}})
    fails("unknown field 'timout'", {Queue(), timout = 1})
    fails("field 'timeout' must not be negative", {Queue(), timeout = -1})
    fails("field 'timeout' is a string", {Queue(), timeout = "1"})
    fails("the cases are no list", {Queue(), nil, Queue()})
    fails("nothing to wait for", {})
    assert.is_false(pcall(select))
    assert.is_false(pcall(select, 1))
  end)

  it("refuses a value that can't travel, and has put nothing", function()
    local q = Queue()
    local ok, err = pcall(select, {{q, put = 1}, {q, put = coroutine.create(print)}})
    assert.is_false(ok)
    local reason = "cannot send case #2.put: a coroutine is tied to its thread"
    assert.is_truthy(err:find(reason, 1, true), err)
    ok, err = pcall(select, {{q, put = {log = {io.stdout}}}})
    assert.is_false(ok)
    assert.is_truthy(err:find("cannot send case #1.put.log[1]: FILE*", 1, true), err)
    assert.equal(0, q:qsize())
  end)

  it("refuses to wait for its own thread's end", function()
    fails("case #1: this Thread would wait for itself", {moons.current()})
  end)

  it("can be cancelled, and leaves no trace", function()
    local a, b = Queue(), Queue(1)
    b:put(0)
    local thread = spawn(function(x, y) moons.select{x, {y, put = 1}} end, a, b)
    helper.eventually(function() return thread:waiting() end)
    thread:cancel()
    assert.is_false(pcall(thread.join, thread))
    a:put("for another")
    assert.equal("for another", a:get(1))
    assert.equal(0, b:get())
    assert.equal(0, b:qsize())
  end)

  it("says in a thread's description what it waits for", function()
    local thread <close> = spawn(function(q, l) return moons.select{q, l} end, Queue(), Queue())
    helper.eventually(function() return thread:waiting() end)
    assert.is_truthy(thread:waiting():find("get of Queue.*, get of Queue"))
    thread:cancel()
    pcall(thread.join, thread)
  end)
end)

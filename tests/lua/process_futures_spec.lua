-- Futures that live in another process: waiting for many of them, mixed with own ones, and
-- callbacks.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local process, error_of, patience = moons.process, helper.error_of, helper.patience
local eventually = helper.eventually

-- A process in which the calls of a thread pool wait at a gate each: gives what ends it, its
-- object, the list of gates, which are here, and that of the futures, which are there. What is put
-- into a gate is the result; "fail" is an error.
local function home(count)
  local gates, made = {}, Queue()
  for i = 1, count do gates[i] = Queue() end
  local child = process({ function(all, out)
    local ex = futures.ThreadPoolExecutor(#all)
    local list = {}
    for i, gate in ipairs(all) do
      list[i] = ex:submit(function(from)
        local value = from:get()
        if value == "fail" then error("has failed", 0) end
        return value
      end, gate)
    end
    out:put(list)
    moons.receive()
    for _, future in ipairs(list) do pcall(future.exception, future, 0) end
    ex:shutdown { wait = false, cancel_futures = true }
  end, gates, made, name = "home" })
  local which, list = moons.select { made, child, timeout = patience }
  if which ~= made then child:join(0) end
  local function close()
    for _, gate in ipairs(gates) do gate:put(0) end
    pcall(child.send, child, true)
    pcall(child.join, child)
  end
  return setmetatable({}, { __close = close }), child, gates, list
end

local function index_of(list, value)
  for i, v in ipairs(list) do if v == value then return i end end
end

local function waits(thread)
  return function() return thread:waiting() end
end

local function take(queue)
  return queue:get()
end

local function wait_for(list)
  return futures.wait(list)
end

describe("futures.wait, of futures of another process,", function()
  it("waits for all, or the first, or a failure", function()
    local _ <close>, _, gates, list = home(3)
    local done, not_done = futures.wait(list, 0)
    assert.equal(0, #done)
    assert.same({ 1, 2, 3 }, { index_of(list, not_done[1]), index_of(list, not_done[2]),
      index_of(list, not_done[3]) })
    gates[2]:put("two")
    done, not_done = futures.wait(list, { return_when = "FIRST_COMPLETED", timeout = patience })
    assert.same({ 1, 2 }, { #done, #not_done })
    assert.is_true(done[1] == list[2])
    assert.equal("two", done[1]:result())
    gates[3]:put("fail")
    done, not_done = futures.wait(list, { return_when = "FIRST_EXCEPTION", timeout = patience })
    assert.same({ 2, 1 }, { #done, #not_done })
    assert.equal("has failed", (list[3]:exception()))
    gates[1]:put("one")
    done, not_done = futures.wait(list, patience)
    assert.same({ 3, 0 }, { #done, #not_done })
    assert.equal(3, #(futures.wait(list)))
  end)

  it("knows at once what has ended", function()
    local _ <close>, _, gates, list = home(50)
    for i, future in ipairs(list) do
      gates[i]:put(i)
      assert.equal(i, future:result())
      assert.equal(1, #(futures.wait({ future }, 0)))
    end
  end)

  it("takes own ones, and such of several processes, as well", function()
    local _ <close>, _, gates, list = home(1)
    local _ <close>, _, others, more = home(1)
    local ex <close> = futures.ThreadPoolExecutor(1)
    local gate = Queue()
    local all = { list[1], ex:submit(take, gate), more[1] }
    for i, g in ipairs { others[1], gate, gates[1] } do
      g:put(i)
      local done = futures.wait(all, { return_when = "FIRST_COMPLETED", timeout = patience })
      assert.equal(1, #done)
      local which = index_of(all, done[1])
      assert.equal(i, all[which]:result())
      table.remove(all, which)
    end
    assert.same({}, all)
  end)

  it("is woken by the end, and stopped while it waits", function()
    local _ <close>, _, gates, list = home(1)
    local thread = spawn(wait_for, list)
    assert(eventually(waits(thread)))
    gates[1]:put(true)
    assert.equal(1, #thread:join(patience))
    local _ <close>, _, _, pending = home(1)
    for _, stop in ipairs { "cancel", "interrupt" } do
      thread = spawn(wait_for, pending)
      assert(eventually(waits(thread)))
      thread[stop](thread)
      assert.is_false(pcall(thread.join, thread, patience))
      assert.not_equal("running", thread:status())
    end
    assert.equal("running", pending[1]:status())
  end)

  it("is told by many threads' waits for the same one", function()
    local _ <close>, _, gates, list = home(1)
    local threads = {}
    for i = 1, 8 do threads[i] = spawn(wait_for, list) end
    for _, thread in ipairs(threads) do assert(eventually(waits(thread))) end
    gates[1]:put(true)
    for _, thread in ipairs(threads) do assert.equal(1, #thread:join(patience)) end
  end)

  it("works for the futures of the parent, and for those of a sibling", function()
    local ex <close> = futures.ThreadPoolExecutor(1)
    local gate = Queue()
    local own = ex:submit(take, gate)
    local _ <close>, _, gates, list = home(1)
    local looked = Queue()
    local child = process(function(a, b, out)
      local before = #futures.wait({ a, b }, 0)
      out:put(true)
      return before, #futures.wait { a, b }, a:result(), b:result()
    end, own, list[1], looked)
    looked:get()
    gate:put("parent's")
    gates[1]:put("sibling's")
    assert.same({ 0, 2, "parent's", "sibling's" }, { child:join(patience) })
  end)

  it("raises how the process has ended that had the future", function()
    for _, code in ipairs { "futures.wait { ... }",
                            "for _ in futures.as_completed { ... } do end" } do
      local _ <close>, child, _, list = home(1)
      local thread = spawn(error_of, code, list[1])
      assert(eventually(waits(thread)))
      child:kill()
      assert.matches("^here:1: .*process 'home' %(pid %d+%) ", thread:join(patience))
      pcall(child.join, child)
      local gone = "^here:1: process 'home' %(pid %d+%) was killed by signal 9 %(SIGKILL%)$"
      assert.matches(gone, error_of(code, list[1]))
      assert.matches(gone, error_of("local f = ... f:add_done_callback(print)", list[1]))
    end
  end)

  it("raises it where the future is of a third process", function()
    local _ <close>, child, _, list = home(1)
    local ready = Queue()
    local waiting = process(function(future, out)
      out:put(true)
      return pcall(wait_for, { future })
    end, list[1], ready)
    ready:get()
    moons.sleep(0.02)
    child:kill()
    pcall(child.join, child)
    local ok, message = waiting:join(patience)
    assert.is_false(ok)
    assert.matches("process 'home' %(pid %d+%)", message)
  end)

  it("knows what had ended before the process went", function()
    local _ <close>, child, gates, list = home(2)
    gates[1]:put(true)
    assert.equal(1, #(futures.wait { list[1] }))
    child:kill()
    pcall(child.join, child)
    assert.equal(1, #(futures.wait { list[1] }))
    assert.matches("^here:1: process 'home'", error_of("futures.wait(...)", list))
  end)

  it("refuses what is no future", function()
    local queue = process(function() return Queue() end):join()
    assert.matches("value #1 is no future but a userdata", error_of("futures.wait { ... }", queue))
  end)

  it("asks again where it was let go of in between", function()
    local made, gate = Queue(), Queue()
    local child = process(function(out, from)
      local ex <close> = futures.ThreadPoolExecutor(1)
      local future = ex:submit(take, from)
      for _ = 1, 5 do out:put(future) end
    end, made, gate)
    for i = 1, 4 do
      local future = made:get()
      if i < 4 then assert.equal(0, #(futures.wait({ future }, 0))) end
      if i == 3 then future:add_done_callback(function() gate:put("called") end) end
      future = nil -- luacheck: ignore 311
      collectgarbage()
      collectgarbage()
    end
    local future = made:get()
    local thread = spawn(wait_for, { future })
    assert(eventually(waits(thread)))
    gate:put(true)
    assert.equal(1, #thread:join(patience))
    child:join(patience)
    moons.sleep(0)
    assert(eventually(function() return gate:qsize() == 1 end))
  end)
end)

describe("futures.as_completed, of futures of another process,", function()
  it("gives them as they end, with own ones between", function()
    local _ <close>, _, gates, list = home(3)
    local ex <close> = futures.ThreadPoolExecutor(1)
    local gate = Queue()
    local own = ex:submit(take, gate)
    local all = { list[1], own, list[2], list[3], list[2] }
    local next_one, order = futures.as_completed(all, patience), {}
    local function put(where, value)
      where:put(value)
      local future = next_one()
      order[#order + 1] = index_of(all, future)
      return future
    end
    assert.is_true(put(gates[2], "second") == list[2])
    assert.is_true(next_one() == list[2])
    assert.is_true(put(gate, "own") == own)
    assert.is_true(put(gates[3], "fail") == list[3])
    assert.is_true(put(gates[1], "first") == list[1])
    assert.same({ 3, 2, 4, 1 }, order)
    assert.is_nil(next_one())
    assert.equal("has failed", (list[3]:exception()))
  end)

  it("has its time-out", function()
    local _ <close>, _, _, list = home(1)
    assert.matches("timeout",
      error_of("for _ in futures.as_completed({ ... }, 0.01) do end", list[1]))
  end)

  it("goes on behind one that is lost", function()
    local _ <close>, child, _, list = home(1)
    local _ <close>, _, gates, more = home(1)
    local next_one = futures.as_completed({ list[1], more[1] }, patience)
    child:kill()
    pcall(child.join, child)
    assert.is_false(pcall(next_one))
    gates[1]:put("still")
    assert.equal("still", next_one():result())
  end)
end)

describe("add_done_callback, of a future of another process,", function()
  it("calls in the thread that has added it, with what that has", function()
    local _ <close>, _, gates, list = home(2)
    local pid, me, got = moons.getpid and moons.getpid(), moons.current():id(), {}
    for i = 2, 1, -1 do
      assert.same({}, { list[i]:add_done_callback(function(future)
        got[#got + 1] = { index_of(list, future), future:result(), moons.current():id(), pid }
      end) })
    end
    gates[1]:put("one")
    assert(eventually(function() return #got == 1 end))
    gates[2]:put("two")
    assert(eventually(function() return #got == 2 end))
    assert.same({ { 1, "one", me, pid }, { 2, "two", me, pid } }, got)
    list[1]:add_done_callback(function(future) got = future:result() end)
    assert(eventually(function() return got == "one" end))
  end)

  it("is waited for by the end of the thread, and of the process", function()
    local _ <close>, _, gates, list = home(1)
    local function add(future, log)
      future:add_done_callback(function(f) log:put(f:result()) end)
      return "returned"
    end
    local log = Queue()
    local thread, child = spawn(add, list[1], log), process(add, list[1], log)
    moons.sleep(0.02)
    gates[1]:put("late")
    assert.equal("returned", thread:join(patience))
    assert.equal("returned", child:join(patience))
    assert.same({ "late", "late" }, { log:get(0), log:get(0) })
  end)

  it("calls when the process is gone, too", function()
    local _ <close>, child, _, list = home(1)
    local got
    list[1]:add_done_callback(function(future) got = { pcall(future.result, future) } end)
    child:kill()
    pcall(child.join, child)
    assert(eventually(function() return got end))
    assert.is_false(got[1])
    assert.matches("process 'home' %(pid %d+%)", got[2])
  end)

  it("tells what is wrong at the caller's line", function()
    local _ <close>, _, _, list = home(1)
    assert.matches("^here:1: bad argument #1 to 'add_done_callback' %(function expected, got nil%)",
      error_of("local f = ... f:add_done_callback(nil)", list[1]))
  end)
end)

describe("a task that waits for futures of another process", function()
  it("lets the others go on", function()
    local _ <close>, _, gates, list = home(2)
    local opens = moons.task(function()
      for i = 2, 1, -1 do
        moons.yield()
        gates[i]:put(i)
      end
      return "own"
    end)
    local waits_for = moons.task(function()
      for _ in futures.as_completed(list) do end
      return #futures.wait(list), moons.gather(list[1], opens, list[2])
    end)
    assert.same({ 2, 1, "own", 2 }, { waits_for:result(patience) })
  end)
end)

-- Interrupting: an error that is raised in a thread once, in a wait or in running code.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local waits = helper.waits

local function join_error(thread)
  local ok, message = pcall(thread.join, thread)
  assert.is_false(ok)
  return message
end

-- A thread that runs f(report), which calls report:put(true) when it is about to be interrupted.
local function reporting(f, ...)
  local report = Queue()
  local thread = spawn(f, report, ...)
  report:get()
  return thread, report
end

describe("interrupt", function()
  it("raises in running code, at its line", function()
    local thread = reporting(function(report)
      report:put(true)
      while true do end
    end)
    assert.is_true(thread:interrupt())
    assert.matches("^[^\n]*thread_interrupt_spec.lua:%d+: interrupted$", join_error(thread))
    assert.equal("failed", thread:status())
    assert.matches("interrupted\nstack traceback:", thread:traceback())
  end)

  it("raises in a wait, at its line", function()
    local thread = spawn(load("\n\nmoons.sleep(math.huge)", "=here"))
    assert.is_true(waits(thread, "sleep"))
    assert.is_true(thread:interrupt())
    assert.equal("here:3: interrupted", join_error(thread))
  end)

  it("raises the value that is given, as it is", function()
    for _, value in ipairs { "word", 5, false, { code = 7 }, ("x"):rep(1000) } do
      local thread = reporting(function(report) report:put(true) while true do end end)
      assert.is_true(thread:interrupt(value))
      assert.same(value, join_error(thread))
      thread = spawn(function() Queue():get() end)
      assert.is_true(waits(thread, "get"))
      assert.is_true(thread:interrupt(value))
      assert.same(value, join_error(thread))
    end
  end)

  it("sends a copy, whose class is the sender's", function()
    local Signal = {}
    Signal.__index = Signal
    local value = setmetatable({ n = 1 }, Signal)
    local thread = reporting(function(report) report:put(true) while true do end end)
    thread:interrupt(value)
    value.n = 2
    local got = join_error(thread)
    assert.equal(1, got.n)
    assert.equal(Signal, getmetatable(got))
  end)

  it("can be caught, and is over then", function()
    local thread, report = reporting(function(report)
      local ok, message = pcall(function() report:put(true) while true do end end)
      report:put { ok, message }
      moons.sleep(0)
      local sum = 0
      for i = 1, 100000 do sum = sum + i end
      ok, message = pcall(moons.sleep, math.huge)
      report:put { ok, message }
      moons.sleep(0.001)
      return sum
    end)
    thread:interrupt("first")
    assert.same({ false, "first" }, (report:get()))
    assert.is_true(waits(thread, "sleep"))
    thread:interrupt("second")
    assert.same({ false, "second" }, (report:get()))
    assert.equal(5000050000, thread:join())
  end)

  it("is raised as often as it was asked for, in that order", function()
    local thread = reporting(function(report)
      local list = {}
      local function record(message) list[#list + 1] = message end
      local function nest(depth)
        if depth == 0 then report:put(true) else xpcall(nest, record, depth - 1) end
        while true do end
      end
      xpcall(nest, record, 19)
      return list
    end)
    for i = 1, 20 do assert.is_true(thread:interrupt(i)) end
    local list = thread:join()
    for i = 1, 20 do assert.equal(i, list[i]) end
  end)

  it("closes what is open, as any error", function()
    local thread, report = reporting(function(report)
      local _ <close> = setmetatable({}, { __close = function(_, e) report:put(e) end })
      report:put(true)
      while true do end
    end)
    thread:interrupt("stop")
    assert.equal("stop", (report:get()))
    assert.equal("stop", join_error(thread))
  end)

  it("is raised in coroutines", function()
    local thread = reporting(function(report)
      local co = coroutine.create(function() report:put(true) while true do end end)
      local ok, message = coroutine.resume(co)
      return ok, message, coroutine.status(co)
    end)
    thread:interrupt("x")
    assert.same({ false, "x", "dead" }, { thread:join() })
    thread = reporting(function(report)
      local generate = coroutine.wrap(function() while true do coroutine.yield(1) end end)
      report:put(true)
      while true do generate() end
    end)
    thread:interrupt()
    assert.matches("interrupted$", join_error(thread))
  end)

  it("before the thread began to run is raised all the same", function()
    for _ = 1, 50 do
      local thread = spawn(function() moons.sleep(math.huge) end)
      assert.is_true(thread:interrupt("early"))
      assert.equal("early", join_error(thread))
    end
  end)

  it("may come from any thread, also from the same, and reach main", function()
    local thread = spawn(function()
      local self = moons.current()
      return pcall(function()
        self:interrupt("own")
        while true do end
      end)
    end)
    assert.same({ false, "own" }, { thread:join() })
    local main = moons.current()
    local ok, message = pcall(function()
      local _ = spawn(function() main:interrupt { "main" } end)
      moons.sleep(math.huge)
    end)
    assert.is_false(ok)
    assert.same({ "main" }, message)
  end)

  it("does nothing to a thread that has ended", function()
    local thread = spawn(math.abs, 1)
    thread:join()
    assert.is_false(thread:interrupt())
    assert.is_false(thread:interrupt { 1, {} })
    assert.equal("done", thread:status())
  end)

  it("does nothing to a cancelled thread, which stays cancelled", function()
    local thread, report = reporting(function(report)
      pcall(function() report:put(true) moons.sleep(math.huge) end)
      report:put((pcall(moons.sleep, 0.001)))
      moons.sleep(math.huge)
    end)
    thread:cancel("why")
    assert.is_false(thread:interrupt("x"))
    assert.matches("was cancelled: why$", join_error(thread))
    assert.equal("cancelled", thread:status())
    assert.is_true(#report <= 1)
  end)

  it("that is not raised yet gives way to a cancel", function()
    local thread = spawn(function() moons.sleep(math.huge) end)
    thread:interrupt()
    thread:cancel()
    local message = join_error(thread)
    assert.is_truthy(message:find("was cancelled") or message:find("interrupted"), message)
  end)

  it("refuses what can't be sent, at the caller's line, and raises nothing then", function()
    local thread, queue = helper.waiting()
    assert.matches("^here:1: cannot send value: a coroutine is tied to its thread$",
      helper.error_of("local t = ... t:interrupt(coroutine.create(print))", thread))
    assert.matches("^here:1: .*Thread expected, got Queue",
      helper.error_of("moons.current().interrupt(Queue())"))
    queue:put("fine")
    assert.equal("fine", thread:join())
  end)

  it("whose value can't be decoded there raises that error", function()
    local value = setmetatable({}, { __transfer = function()
      return function() error("cannot be rebuilt", 0) end
    end })
    local thread = reporting(function(report) report:put(true) while true do end end)
    thread:interrupt(value)
    assert.equal("cannot be rebuilt", join_error(thread))
  end)

  it("takes nothing from a queue, nor a lock", function()
    local queue, lock = Queue(), Lock()
    lock:acquire()
    local getter, locker = spawn(function() queue:get() end), spawn(function() lock:acquire() end)
    assert.is_true(waits(getter, "get"))
    assert.is_true(waits(locker, "acquire"))
    getter:interrupt()
    locker:interrupt()
    join_error(getter)
    join_error(locker)
    queue:put(1)
    assert.equal(1, #queue)
    lock:release()
    assert.is_false(lock:locked())
  end)

  it("while a block waits for its thread cancels that", function()
    local report, inner = Queue(), Queue()
    local thread = spawn(function()
      local child <close> = spawn(function() moons.sleep(math.huge) end)
      inner:put(child)
      report:put(true)
    end)
    report:get()
    assert.is_true(waits(thread, "join of Thread"))
    thread:interrupt("leave")
    assert.equal("leave", join_error(thread))
    assert.equal("cancelled", inner:get():status())
  end)

  it("gives a hook of the script back", function()
    local thread = reporting(function(report)
      local count = 0
      debug.sethook(function() count = count + 1 end, "", 100)
      pcall(function() report:put(true) while true do end end)
      local before = count
      for _ = 1, 100000 do end
      return count - before
    end)
    thread:interrupt()
    assert.is_true(thread:join() >= 900)
  end)

  it("is raised although the script sets hooks all the time", function()
    local thread = reporting(function(report)
      report:put(true)
      while true do
        debug.sethook(function() end, "l")
        debug.sethook()
      end
    end)
    thread:interrupt("x")
    assert.equal("x", join_error(thread))
  end)

  it("ends a script with a message, if main does not catch it", function()
    local outcome = helper.run [[
      local main = moons.current()
      spawn(function() main:interrupt() end)
      moons.sleep(math.huge)
    ]]
    assert.matches("^moons: main.lua:3: interrupted\nstack traceback:", outcome.err)
    assert.equal(1, outcome.status)
  end)

  it("that comes after the script's last line ends nothing", function()
    local outcome = helper.run [[
      local main = moons.current()
      spawn(function()
        repeat local waits = main:waiting() until waits and waits:find("the end of all threads")
        print(main:interrupt("late"))
        moons.sleep(0.01)
        print("finished")
      end)
    ]]
    assert.equal("false\nfinished\n", outcome.out)
    assert.equal("", outcome.err)
    assert.equal(0, outcome.status)
  end)

  it("that hits a thread at its end is raised there or not at all", function()
    local outcome = helper.run [[
      for n = 1, 300 do
        local thread = spawn(function(last) for _ = 1, last do end return "done" end, n * 3)
        local asked = thread:interrupt("hit")
        local ok, result = pcall(thread.join, thread)
        assert(result == "done" or result == "hit" and asked)
        assert(thread:status() == (ok and "done" or "failed"))
      end
      print("fine")
    ]]
    assert.equal("fine\n", outcome.out)
    assert.equal("", outcome.err)
  end)
end)

describe("every wait ends by an interrupt:", function()
  local full, held = Queue(1), Lock()
  full:put(1)
  held:acquire()
  local lasting = spawn { function() moons.sleep(math.huge) end, daemon = true }
  local function ends(name, verb, f, ...)
    local arguments = table.pack(...)
    it(name, function()
      local thread = spawn(f, table.unpack(arguments, 1, arguments.n))
      assert.is_true(waits(thread, verb))
      thread:interrupt("now")
      assert.equal("now", join_error(thread))
      assert.equal("failed", thread:status())
    end)
  end

  ends("sleep", "sleep", function() moons.sleep(1e6) end)
  ends("get", "get", function() Queue():get() end)
  ends("get with a time", "get", function() Queue():get(1e6) end)
  ends("get_many", "get", function() Queue():get_many(3) end)
  ends("put", "put", function(queue) queue:put(2) end, full)
  ends("put_many", "put", function(queue) queue:put_many { 2, 3 } end, full)
  ends("join of a queue", "join of Queue", function(queue) queue:join() end, full)
  ends("receive", "get", function() moons.receive() end)
  ends("acquire", "acquire", function(lock) lock:acquire() end, held)
  ends("with", "acquire", function(lock) lock:with(print) end, held)
  ends("wait for an event", "wait of Event", function(event) event:wait() end, moons.Event())
  ends("wait for a condition", "wait of Condition", function(condition)
    local _ <close> = condition:hold()
    condition:wait()
  end, moons.Condition())
  ends("wait_for", "wait of Condition", function(condition)
    local _ <close> = condition:hold()
    condition:wait_for(function() return false end, 1e6)
  end, moons.Condition())
  ends("a barrier", "wait of Barrier", function(barrier) barrier:wait() end, moons.Barrier(2))
  ends("a semaphore", "acquire of Semaphore", function(s) s:acquire() end, moons.Semaphore(0))
  ends("a select", "wait of Event", function(event) moons.select { event } end, moons.Event())
  ends("a select of several", "get of Queue", function(event)
    moons.select { Queue(), moons.LifoQueue(), event }
  end, moons.Event())
  ends("join of a thread", "join of Thread", function(thread) thread:join() end, lasting)
end)

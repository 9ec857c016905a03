-- What is sent to threads: thread:send, moons.receive, moons.try_receive.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of, waits = helper.error_of, helper.waits

-- Main's mailbox is shared by all that runs here.
local function empty_own()
  while moons.try_receive() do end
end

describe("send", function()
  it("puts values into the thread's mailbox, in order", function()
    local thread = spawn(function()
      local list = {}
      for i = 1, 100 do list[i] = moons.receive() end
      return list
    end)
    for i = 1, 100 do assert.same({ true, n = 1 }, table.pack(thread:send(i))) end
    local list = thread:join()
    for i = 1, 100 do assert.equal(i, list[i]) end
  end)

  it("may come before the thread looks, and before it runs", function()
    for i = 1, 100 do
      local thread = spawn(function() return moons.try_receive() or moons.receive() end)
      thread:send(i)
      assert.equal(i, thread:join())
    end
  end)

  it("carries any value but nil, as a copy", function()
    empty_own()
    local self, list = moons.current(), { 1, { 2 } }
    for _, value in ipairs { false, 1, 1.5, "", ("x"):rep(100000), self } do
      self:send(value)
      assert.equal(value, (moons.receive()))
    end
    self:send(list)
    list[1] = 5
    assert.same({ 1, { 2 } }, (moons.receive()))
    self:send(function(x) return x + 1 end)
    assert.equal(3, moons.receive()(2))
  end)

  it("goes from each thread to each, to main and to oneself", function()
    empty_own()
    local main = moons.current()
    local function answer(name)
      local from, text = table.unpack((moons.receive()))
      from:send(name .. " got " .. text)
      moons.current():send("own")
      return moons.receive()
    end
    local a, b = spawn(answer, "a"), spawn(answer, "b")
    a:send { main, "one" }
    assert.equal("a got one", (moons.receive()))
    b:send { main, "two" }
    assert.equal("b got two", (moons.receive()))
    assert.equal("own", a:join())
    assert.equal("own", b:join())
  end)

  it("to a thread that has ended says so", function()
    local never = spawn(math.abs, 1)
    never:join()
    assert.same({ nil, "closed" }, { never:send(1) })
    local used = spawn(function() return moons.receive() end)
    used:send(1)
    used:join()
    assert.same({ nil, "closed" }, { used:send(2) })
    local failed = spawn(function() error("e") end)
    pcall(failed.join, failed)
    assert.same({ nil, "closed" }, { failed:send(1) })
    local cancelled = spawn(function() moons.receive() end)
    cancelled:cancel()
    pcall(cancelled.join, cancelled)
    assert.same({ nil, "closed" }, { cancelled:send(1) })
  end)

  it("to main after the script's end says so", function()
    local outcome = helper.run [[
      local main = moons.current()
      main:send("never received")
      spawn(function()
        local ended, why
        repeat ended, why = main:send { "x" } until not ended
        print(ended, why)
      end)
    ]]
    assert.equal("nil\tclosed\n", outcome.out)
    assert.equal("", outcome.err)
    assert.equal(0, outcome.status)
  end)

  it("refuses nil, what can't be sent, and what can't be a time, at the caller's line", function()
    assert.equal("here:1: bad argument #1 to 'send' (nil cannot be sent)",
      error_of("moons.current():send(nil)"))
    assert.equal("here:2: bad argument #1 to 'send' (nil cannot be sent)",
      error_of("\nmoons.current():send()"))
    assert.matches("^here:1: cannot send value.a: FILE%* is tied to its thread$",
      error_of("moons.current():send { a = io.tmpfile() }"))
    assert.equal("here:1: bad argument #2 to 'send' (timeout must not be negative)",
      error_of("moons.current():send(1, -1)"))
    assert.matches("^here:1: .*Thread expected, got Queue",
      error_of("moons.current().send(Queue(), 1)"))
    assert.same({ true, n = 1 }, table.pack(moons.current():send(1, 0)))
    empty_own()
  end)
end)

describe("receive", function()
  it("waits for a value", function()
    local thread = spawn(function() return moons.receive() end)
    assert.is_true(waits(thread, "get of Queue"))
    thread:send("value")
    assert.equal("value", thread:join())
  end)

  it("gives up after its time", function()
    empty_own()
    assert.same({ nil, "timeout" }, { moons.receive(0) })
    local before = moons.clock()
    assert.same({ nil, "timeout" }, { moons.receive(0.05) })
    assert.is_true(moons.clock() - before >= 0.05)
    assert.equal("here:1: bad argument #1 to 'receive' (timeout must not be negative)",
      error_of("local receive = moons.receive receive(-1)"))
  end)

  it("is ended by a cancel and by an interrupt", function()
    for _, way in ipairs { "cancel", "interrupt" } do
      local thread = spawn(function() moons.receive() end)
      assert.is_true(waits(thread, "get"))
      thread[way](thread)
      assert.is_false((pcall(thread.join, thread)))
    end
  end)

  it("gets what comes from many, each value once and each sender's in order", function()
    local thread = spawn(function()
      local last, count = {}, 0
      while count < 800 do
        local from, n = table.unpack((moons.receive()))
        assert(n == (last[from] or 0) + 1)
        last[from], count = n, count + 1
      end
      return count, moons.try_receive()
    end)
    local senders = {}
    for s = 1, 8 do
      senders[s] = spawn(function() for n = 1, 100 do thread:send { s, n } end end)
    end
    assert.same({ 800, nil, "empty" }, { thread:join() })
    for s = 1, 8 do senders[s]:join() end
  end)
end)

describe("try_receive", function()
  it("never waits", function()
    empty_own()
    assert.same({ nil, "empty" }, { moons.try_receive() })
    moons.current():send(false)
    assert.same({ false, n = 1 }, table.pack(moons.try_receive()))
    assert.same({ nil, "empty" }, { moons.try_receive() })
  end)
end)

describe("a mailbox", function()
  it("goes with its thread, with what is in it, itself too", function()
    local witness = setmetatable({}, { __mode = "v" })
    do
      local queue = Queue()
      witness[1] = queue
      local go = Queue()
      local thread = spawn(function() go:get() end)
      thread:send { queue, thread }
      go:put(true)
      thread:join()
    end
    collectgarbage()
    assert.is_nil(witness[1])
  end)

  it("takes or refuses while its thread ends, and loses nothing that was received", function()
    for _ = 1, 30 do
      local thread = spawn(function()
        local count = 0
        while count < 5 do if moons.try_receive() then count = count + 1 end end
        return count
      end)
      local sent = 0
      while thread:send(sent) do sent = sent + 1 end
      assert.is_true(sent >= 5)
      assert.equal(5, thread:join())
    end
  end)
end)

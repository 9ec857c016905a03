-- Actors: mailboxes with somebody behind them, who may die and start anew.
local helper = require "tests.lua.helper"
local describe, it, assert = helper.outside(describe, it, assert)

local function refusal(f, ...)
  local ok, e = pcall(f, ...)
  assert.is_false(ok)
  return e
end

local function outcome(code, status)
  local result = helper.shell('exec "$MOONS" main.lua', { ["main.lua"] = code })
  assert.equal(status, result.status, result.err)
  return result
end

for _, where in ipairs { "thread", "task" } do
  -- An actor there, of one handler or of a table.
  local function Actor(behaviour, ...)
    if type(behaviour) == "function" then behaviour = { behaviour } end
    behaviour.on = where
    return moons.Actor(behaviour, ...)
  end

  describe("an actor on a " .. where, function()
    it("does one message after the other, and all before it ends", function()
      local log = Queue()
      local a = Actor(function(_, ...) log:put(table.pack(...)) end)
      assert.is_true(a:send("one"))
      assert.is_true(a:send())
      assert.is_true(a:send(nil, 2, nil))
      assert.equal("running", a:status())
      a:close()
      assert.is_true(a:join())
      assert.is_true(a:join(0))
      assert.same({ { n = 1, "one" }, { n = 0 }, { n = 3, nil, 2, nil } }, log:get_many())
      assert.equal("done", a:status())
      assert.same({ n = 2, nil, "closed" }, table.pack(a:send("late")))
    end)

    it("calls the handler of the tag, or that for all others", function()
      local log = Queue()
      local a = Actor {
        A = function(self, x) log:put("A " .. x) self:B(x, x + 1) end,
        B = function(_, x, y) log:put("B " .. x .. " " .. y) end,
        function(_, ...) log:put("other " .. table.concat({ ... }, " ")) end,
      }
      a:send("A", 1)
      a:send("C", 2)
      a:send(3)
      a:close()
      a:join()
      assert.same({ "A 1", "B 1 2", "other C 2", "other 3" }, log:get_many())
    end)

    it("refuses a tag that it has no handler for", function()
      local a <close> = Actor { A = function() end }
      assert.matches("actor_spec.lua:%d+: bad argument #1 to 'send' %(the actor has no handler 'B'",
        refusal(function() a:send("B") end))
      assert.matches("bad argument #1 to 'ask' %(the actor has no handler 'on'",
        refusal(function() a:ask("on") end))
    end)

    it("runs a loop over its inbox", function()
      local sum = Queue()
      local a = Actor { run = function(self)
        local all = 0
        for x, y in self:inbox() do all = all + x * y end
        sum:put(all)
      end }
      a:send(1, 2)
      a:send(3, 4)
      assert.matches("nil would end the actor's loop", refusal(function() a:send(nil) end))
      a:close()
      a:join()
      assert.equal(14, sum:get())
    end)

    it("answers", function()
      local a <close> = Actor { init = function(self, n) self.n = n end,
        add = function(self, x) self.n = self.n + x return self.n, nil, "more" end,
        early = function(self) self:reply("early") return "late" end,
        number = function() return "no handle", 1 end }
      assert.equal("running", a:status())
      local b <close> = Actor({ init = function(self, n) self.n = n end,
        add = function(self, x) self.n = self.n + x return self.n, nil, "more" end }, 40)
      assert.same({ n = 3, 42, nil, "more" }, table.pack(b:ask("add", 2):result()))
      local futures = {}
      for i = 1, 3 do futures[i] = b:ask("add", i) end
      assert.same({ 43, 45, 48 },
        { futures[1]:result(), (futures[2]:result()), (futures[3]:result()) })
      assert.equal("early", a:ask("early"):result())
      assert.same({ "no handle", 1 }, { a:ask("number"):result() })
    end)

    it("answers from its loop, or has not", function()
      local a = Actor { run = function(self)
        for x in self:inbox() do
          if x > 0 then self:reply(x + 1) end
        end
      end }
      local none, last = a:ask(0), a:ask(1)
      assert.equal(2, last:result())
      assert.equal("the actor has not answered", refusal(none.result, none))
      last = a:ask(0)
      a:close()
      a:join()
      assert.equal("the actor has not answered", refusal(last.result, last))
    end)

    it("dies of an error, which join and the question raise", function()
      local a = Actor(function(_, x) error(x, 0) end)
      local one, two = a:ask { code = 7 }, a:ask("never")
      assert.same({ code = 7 }, refusal(one.result, one))
      assert.equal("the actor has ended before it answered", refusal(two.result, two))
      assert.same({ code = 7 }, refusal(a.join, a))
      assert.equal("failed", a:status())
      assert.same({ n = 2, nil, "closed" }, table.pack(a:send(1)))
      local late = a:ask("late")
      assert.equal("the actor has ended before it answered", refusal(late.result, late))
    end)

    it("dies of what it can't answer", function()
      local a = Actor(function() return coroutine.create(print) end)
      local f = a:ask(1)
      assert.equal("cannot send result #1: a coroutine is tied to its thread",
        refusal(f.result, f))
      assert.matches("cannot send result #1", refusal(a.join, a))
    end)

    it("starts anew after an error, with new state", function()
      local log = Queue()
      local a = Actor({ restart = "on_failure",
        init = function(self, n) self.n = n log:put("init") end,
        add = function(self, x) self.n = self.n + x return self.n end,
        fail = function() error("oops", 0) end }, 10)
      assert.equal(11, a:ask("add", 1):result())
      local f, next_one = a:ask("fail"), a:ask("add", 5)
      assert.equal("oops", refusal(f.result, f))
      assert.equal(15, next_one:result())
      a:close()
      assert.is_true(a:join())
      assert.same({ "init", "init" }, log:get_many())
    end)

    it("answers what it can't read with that error", function()
      local unreadable = setmetatable({}, { __transfer = function()
        return function() error("unreadable", 0) end
      end })
      local a = Actor(function(_, x) return x end)
      local f = a:ask(1, unreadable)
      assert.equal("unreadable", refusal(f.result, f))
      assert.equal(2, a:ask(2):result())
      a:send(1, unreadable)
      assert.equal("unreadable", refusal(a.join, a))
    end)

    it("starts anew so often in a period, and no more", function()
      local a = Actor { restart = "on_failure", max_restarts = 2, period = 1000,
        function(_, x) error(x, 0) end }
      local futures = {}
      for i = 1, 4 do futures[i] = a:ask(i) end
      for i = 1, 3 do assert.equal(i, refusal(futures[i].result, futures[i])) end
      assert.equal(3, refusal(a.join, a))
      assert.equal("the actor has ended before it answered",
        refusal(futures[4].result, futures[4]))
    end)

    it("starts anew as often as it likes in periods that are over", function()
      local a = Actor { restart = "on_failure", max_restarts = 1, period = 0.001,
        function(_, x) moons.sleep(0.005) error(x, 0) end }
      for i = 1, 5 do
        local f = a:ask(i)
        assert.equal(i, refusal(f.result, f))
      end
      a:close()
      assert.is_true(a:join())
    end)

    it("has a mailbox that is bounded if asked", function()
      local gate, log = Queue(), Queue()
      local a = Actor { maxsize = 1, function(_, x) gate:get() log:put(x) end }
      local sender = spawn(function()
        for i = 1, 5 do a:send(i) end
        return "sent"
      end)
      assert.same({ n = 2, nil, "timeout" }, table.pack(sender:join(0.05)))
      for _ = 1, 5 do gate:put(1) end
      assert.equal("sent", sender:join())
      a:close()
      a:join()
      assert.same({ 1, 2, 3, 4, 5 }, log:get_many())
    end)

    it("waits as a task that asks does", function()
      local a <close> = Actor { maxsize = 1, function(_, x) moons.sleep(0.001) return 2 * x end }
      local sum = 0
      local tasks = {}
      for i = 1, 20 do tasks[i] = moons.task(function()
        local answer = a:ask(i):result()
        sum = sum + answer
      end) end
      moons.gather(tasks)
      assert.equal(420, sum)
    end)

    it("can be closed at once, or cancelled", function()
      local up = Queue()
      local a = Actor(function() up:put("up") moons.sleep(1000) end)
      local one, two = a:ask(1), a:ask(2)
      up:get()
      a:close(true)
      assert.equal("the actor has ended before it answered", refusal(two.result, two))
      assert.equal("running", one:status())
      assert.same({ n = 2, nil, "timeout" }, table.pack(a:join(0)))
      assert.is_true(a:cancel())
      assert.matches("the actor was cancelled", refusal(a.join, a))
      assert.equal("the actor has ended before it answered", refusal(one.result, one))
      assert.equal("cancelled", a:status())
      assert.is_false(a:cancel())
    end)

    it("that is cancelled before it began has ended, too", function()
      for _ = 1, 20 do
        local a = Actor { restart = "on_failure", function() end }
        local f = a:ask(1)
        a:cancel()
        assert.matches("the actor was cancelled", refusal(a.join, a))
        pcall(f.result, f)
        assert.is_true(f:done())
      end
    end)

    it("never begins with a question that was cancelled", function()
      local gate, log = Queue(), Queue()
      local a = Actor(function(_, x) gate:get() log:put(x) return x end)
      local one, two, three = a:ask(1), a:ask(2), a:ask(3)
      assert.is_true(two:cancel())
      gate:put(1)
      gate:put(1)
      a:close()
      a:join()
      assert.same({ 1, 3 }, { one:result(), three:result() })
      assert.same({ 1, 3 }, log:get_many())
    end)

    it("ends with its block", function()
      local log, kept = Queue(), nil
      do
        local a <close> = Actor(function(_, x) log:put(x) end)
        for i = 1, 3 do a:send(i) end
      end
      assert.same({ 1, 2, 3 }, log:get_many())
      assert.equal("own", refusal(function()
        local a <close> = Actor(function() log:put("up") moons.sleep(1000) end)
        kept = a
        a:send(1)
        log:get()
        error("own", 0)
      end))
      assert.equal("cancelled", kept:status())
      assert.equal("oops", refusal(function()
        local a <close> = Actor(function() error("oops", 0) end)
        a:send(1)
      end))
    end)

    it("is the same for all who have it", function()
      local a <close> = Actor { count = function(self)
        self.n = (self.n or 0) + 1
        return self.n
      end, me = function(self) return self.actor end }
      assert.equal(a, a:ask("me"):result())
      local threads = {}
      for i = 1, 4 do
        threads[i] = spawn(function()
          for _ = 1, 25 do a:ask("count"):result() end
          return a
        end)
      end
      for _, thread in ipairs(threads) do assert.equal(a, thread:join()) end
      assert.equal(101, a:ask("count"):result())
    end)

    it("asks other actors, and tells those who watch it", function()
      local words, seen = Queue(), Queue()
      local base <close> = Actor(function(_, x) return x + 1 end)
      local asks <close> = Actor(function(_, x) return base:ask(x):result() * 2 end)
      assert.equal(8, asks:ask(3):result())
      local watcher <close> = Actor { down = function(_, word)
        seen:put(word.status .. " " .. tostring(word.error))
      end }
      local good, bad = Actor(function() end), Actor(function() error("oops", 0) end)
      good:monitor(words)
      bad:monitor(watcher)
      good:close()
      bad:send(1)
      assert.same({ actor = good, status = "done" }, words:get())
      assert.equal("failed oops", seen:get())
      bad:monitor(words)
      assert.same({ actor = bad, status = "failed", error = "oops" }, words:get())
      assert.matches("the actor has no handler 'down'", refusal(function()
        local deaf <close> = Actor { up = print }
        good:monitor(deaf)
      end))
      assert.matches("Queue or Actor expected", refusal(function() good:monitor(1) end))
    end)

    it("tells all who hear of its end, though one queue can't take the word", function()
      local short, words = Actor(function() end), Queue()
      local orders <const> = moons.PriorityQueue { key = function(word) return word.actor end }
      short:monitor(orders) -- whose key is none
      short:monitor(words)
      short:close()
      assert.equal("done", words:get(helper.patience).status)
      assert.equal(0, #orders)
      assert.matches("a PriorityQueue needs a key", refusal(function()
        short:monitor(moons.PriorityQueue())
      end))
    end)

    it("cannot wait for itself, or send its self", function()
      local a = Actor(function(self) self.actor:join() end)
      local f = a:ask(1)
      assert.matches("an actor cannot wait for its own end", refusal(f.result, f))
      assert.matches("an actor cannot wait for its own end", refusal(a.join, a))
      a = Actor(function(self) return self end)
      f = a:ask(1)
      assert.matches("cannot send result #1: an actor's self is tied", refusal(f.result, f))
      assert.is_false((pcall(a.join, a)))
    end)

    it("that is cancelled in a cancelled thread leaves nobody waiting", function()
      local back = Queue()
      local thread = spawn(function()
        local a = moons.Actor { on = where, function() moons.sleep(1000) end }
        back:put { a, a:ask(1), a:ask(2) }
        moons.sleep(1000)
      end)
      local a, one, two = table.unpack(back:get())
      thread:cancel()
      refusal(thread.join, thread)
      if where == "thread" then a:cancel() end
      assert.matches("the actor was cancelled", refusal(a.join, a))
      assert.is_false((pcall(one.result, one)))
      assert.is_false((pcall(two.result, two)))
    end)
  end)
end

describe("actors", function()
  it("on a thread get copies, new ones for each start", function()
    local list = { 1 }
    local a <close> = moons.Actor { restart = "on_failure", function(_, x)
      if not x then error("no", 0) end
      list[#list + 1] = x
      return #list
    end }
    assert.same({ 2, 3 }, { a:ask(5):result(), (a:ask(6):result()) })
    a:ask(false):exception()
    assert.equal(2, a:ask(5):result())
    assert.same({ 1 }, list)
  end)

  it("as tasks share what they name", function()
    local list = {}
    local a = moons.Actor { on = "task", function(_, x) list[#list + 1] = x end }
    a:send(1)
    a:close()
    a:join()
    assert.same({ 1 }, list)
  end)

  it("raise with the lines of both sides", function()
    local result = outcome([[
      local a = moons.Actor(function()
        error "oops"
      end)
      a:send(1)
      a:join()]], 1)
    assert.matches("main.lua:2: oops", result.err)
    assert.matches("[future submitted at main.lua:1]", result.err, 1, true)
    assert.matches("main.lua:5: in main chunk", result.err)
  end)

  it("that nobody joins do not die in silence", function()
    local result = outcome([[
      local a = moons.Actor(function() error "oops" end)
      a:send(1)
      while a:status() == "running" do moons.sleep(0.001) end]], 1)
    assert.matches("main.lua:1: oops", result.err)
  end)

  it("say that they start anew, where nobody has asked", function()
    local result = outcome([[
      local a = moons.Actor { restart = "on_failure", function(_, x)
        if x then error "oops" end
        print "on"
      end }
      a:send(1)
      a:send()
      a:close()
      a:join()]], 0)
    assert.matches("moons: an actor failed, and starts anew: main.lua:2: oops", result.err, 1, true)
    assert.equal("on\n", result.out)
  end)

  it("fail by the error that was raised, though its __tostring fails", function()
    for _, on in ipairs { "thread", "task" } do
      local a = moons.Actor { on = on, function()
        error(setmetatable({ own = true }, { __tostring = function() error "other" end }))
      end }
      local answer = a:ask(1)
      local ok = pcall(answer.result, answer)
      assert.is_false(ok)
      a:close()
      local joined, e = pcall(a.join, a)
      assert.same({ false, true }, { joined, type(e) == "table" and e.own })
    end
  end)

  it("that nobody closes end with the script", function()
    for _, on in ipairs { "thread", "task" } do
      local result = outcome([[
        local closing, up = setmetatable({}, { __close = function() print "closed" end }), Queue()
        local a = moons.Actor { on = "]] .. on .. [[", run = function(self)
          local _ <close> = closing
          self:reply()
          up:put(true)
          while true do moons.sleep(1000) end
        end }
        up:get()]], 0)
      assert.same({ "closed\n", "" }, { result.out, result.err })
    end
  end)

  it("with daemon = false keep their thread's end until they have ended", function()
    for _, on in ipairs { "thread", "task" } do
      assert.equal("script\nworked\n", outcome([[
        moons.Actor { on = "]] .. on .. [[", daemon = false, run = function()
          moons.sleep(0.02)
          print "worked"
        end }
        print "script"]], 0).out)
    end
  end)

  it("refuse what they are not made of", function()
    local Actor = moons.Actor
    for pattern, behaviour in pairs {
      ["function or table expected, got number"] = 1,
      ["there is neither a handler nor 'run'"] = {},
      ["'A' is a number, not a function"] = { A = 1 },
      ["a handler's tag is a string, not 2"] = { print, print },
      ["'run' and handlers exclude each other"] = { run = print, A = print },
      ["option 'on' must be 'thread' or 'task'"] = { print, on = "process" },
      ["option 'restart' must be 'never' or 'on_failure'"] = { print, restart = "always" },
      ["option 'max_restarts' must be an integer of at least 0"] = { print, max_restarts = -1 },
      ["option 'period' must be a number above 0"] = { print, period = 0 / 0 },
      ["option 'maxsize' must be an integer of at least 0"] = { print, maxsize = 1.5 },
      ["option 'daemon' must be true or false"] = { print, daemon = 1 },
      ["option 'name' must be a string of 1 to 63 bytes, none of them zero"] = { print, name = "" },
    } do
      local e = refusal(function() Actor(behaviour) end)
      assert.matches("actor_spec.lua:%d+: bad argument #1 to 'Actor'", e)
      assert.matches("(" .. pattern .. ")", e, 1, true)
    end
    local co = coroutine.create(print)
    assert.matches("actor_spec.lua:%d+: cannot send upvalue 'co' of function",
      refusal(function() Actor(function() return co end) end))
    local a <close> = Actor(print)
    assert.matches("cannot send argument #2: a coroutine", refusal(function() a:send(1, co) end))
    assert.matches("actor_spec.lua:%d+: cannot send argument #2: a coroutine",
      refusal(function() a:ask(1, co) end))
  end)
end)

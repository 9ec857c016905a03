-- Tasks: coroutines that wait by themselves.
local helper = require "tests.lua.helper"
local describe, it, assert = helper.outside(describe, it, assert)

-- What runs in threads uses no globals: those of busted would go with it.
local task, sleep, setmetatable, ipairs = moons.task, moons.sleep, setmetatable, ipairs

describe("a task", function()
  it("runs while its thread waits, and gives its results", function()
    local order = {}
    local a = task(function(n)
      for i = 1, n do
        order[#order + 1] = "a" .. i
        sleep(0.002)
      end
      return "a", nil, n, nil
    end, 2)
    assert.equal("running", a:status())
    assert.equal(0, #order)
    assert.same({ n = 4, "a", nil, 2, nil }, table.pack(a:result()))
    assert.same({ "a1", "a2" }, order)
    assert.same({ true, "done" }, { a:done(), a:status() })
  end)

  it("waits alone: others and the thread's own script go on", function()
    local q, seen = Queue(), {}
    local reader = task(function()
      for value in q:iter() do seen[#seen + 1] = value end
      return #seen
    end)
    local ticker = task(function() for i = 1, 3 do sleep(0.001) q:put(i) end end)
    ticker:result()
    q:close()
    assert.equal(3, reader:result())
  end)

  it("gives the very values that its function returned", function()
    local list, co = {}, coroutine.create(print)
    local f = task(function() return list, co, print end)
    local a, b, c = f:result()
    assert.is_true(a == list and b == co and c == print)
    assert.is_true(rawequal(list, (f:result())))
  end)

  it("raises its error, with the lines of both sides", function()
    local value = setmetatable({}, { __tostring = function() return "a value" end })
    local f = task(function() error(value) end)
    local ok, e = pcall(f.result, f)
    assert.same({ false, "a value" }, { ok, tostring(e) })
    assert.equal("failed", f:status())
    local outcome = helper.shell('exec "$MOONS" main.lua', { ["main.lua"] = [[
      local function deep() error "oops" end
      local f = moons.task(function() deep() end)
      f:result()]] })
    assert.equal(1, outcome.status)
    assert.matches("main.lua:1: oops", outcome.err)
    assert.matches("in upvalue 'deep'", outcome.err)
    assert.matches("%[future submitted at main.lua:2%]", outcome.err)
    assert.matches("main.lua:3: in main chunk", outcome.err)
  end)

  it("whose error nobody asks for is reported", function()
    local outcome = helper.shell('exec "$MOONS" main.lua', { ["main.lua"] = [[
      moons.task(function() error "unseen" end)]] })
    assert.equal(1, outcome.status)
    assert.matches("moons: a future failed: main.lua:1: unseen", outcome.err)
  end)

  it("is run at the end of the script, and of a thread", function()
    local outcome = helper.shell('exec "$MOONS" main.lua', { ["main.lua"] = [[
      spawn(function() moons.task(function() moons.sleep(0.01) print "late" end) end):join()
      moons.task(function() moons.sleep(0.01) print "later" end)
      print "end"]] })
    assert.same({ out = "late\nend\nlater\n", err = "", status = 0 }, outcome)
  end)

  it("takes what can be called, and refuses the rest", function()
    local callable = setmetatable({}, { __call = function(_, x) return x + 1 end })
    assert.equal(2, task(callable, 1):result())
    assert.error_matches(function() task(1) end,
      "bad argument #1 to 'task' %(function expected, got number%)")
    assert.error_matches(function() task() end, "bad argument #1 to 'task'")
  end)

  it("can't wait for itself", function()
    local own
    own = task(function() return own:result() end)
    local ok, e = pcall(own.result, own)
    assert.is_false(ok)
    assert.matches("a task cannot wait for its own result", e)
  end)

  it("blocks its thread where Lua can't leave a call", function()
    local q, order = Queue(), {}
    local other = task(function() order[#order + 1] = "other" end)
    local sorter = task(function()
      table.sort({ 2, 1 }, function(a, b)
        q:get(0.01)
        order[#order + 1] = "sorted"
        return a < b
      end)
    end)
    moons.gather(sorter, other)
    assert.equal("other", order[1])
    local list = task(function()
      return ("ab"):gsub(".", function(c) sleep(0.001) return c:upper() end)
    end)
    assert.equal("AB", (list:result()))
  end)

  it("may not use coroutine.yield of its own", function()
    local f = task(function() coroutine.yield(1) end)
    local ok, e = pcall(f.result, f)
    assert.is_false(ok)
    assert.matches("moons.yield", e)
  end)

  it("has coroutines and generators within", function()
    local f = task(function()
      local sum = 0
      local function count()
        for i = 1, 3 do
          sleep(0.001)
          coroutine.yield(i)
        end
      end
      for i in moons.Generator(count) do
        sum = sum + i
        sleep(0.001)
      end
      local co = coroutine.wrap(function(x) return coroutine.yield(x + 1) end)
      return sum, co(1), co("end")
    end)
    assert.same({ 6, 2, "end" }, { f:result() })
  end)

  it("calls a Pool once, and waits alone", function()
    local pool <close> = Pool(1)
    local calls, go_on = moons.Atomic(0), moons.Event()
    local function slow(a, b)
      calls:add()
      return go_on:wait(helper.patience) and a + b
    end
    task(function()
      for _ = 1, 3 do sleep(0.002) end
      go_on:set()
    end)
    assert.equal(3, task(function() return pool:apply(slow, 1, 2) end):result())
    assert.equal(1, calls:get())
  end)

  it("runs in many threads at once, which wake each other's", function()
    local up, down = Queue(), Queue()
    local threads = {}
    for i = 1, 4 do
      threads[i] = spawn(function()
        local tasks = {}
        for k = 1, 50 do
          tasks[k] = task(function()
            local n = 0
            for _ = 1, 20 do
              up:put(1)
              n = n + down:get()
            end
            return n
          end)
        end
        local sum = 0
        for _, t in ipairs(tasks) do sum = sum + t:result() end
        return sum
      end)
    end
    for _ = 1, 4 * 50 * 20 do down:put(up:get()) end
    local sum = 0
    for _, t in ipairs(threads) do sum = sum + t:join() end
    assert.equal(4 * 50 * 20, sum)
  end)
end)

describe("cancel of a task", function()
  it("raises in its wait, and closes what is open", function()
    local closed
    local f = task(function()
      local _ <close> = setmetatable({}, { __close = function(_, e)
        sleep(0) -- it is cancelled: this raises
        closed = e
      end })
      sleep(1000)
    end)
    sleep(0.001)
    assert.is_true(f:cancel())
    local ok, e = pcall(f.result, f)
    assert.same({ false, "the future was cancelled" }, { ok, e })
    assert.is_true(f:cancelled())
    assert.is_nil(closed)
    assert.is_true(f:cancel())
    local done = task(function() end)
    done:wait()
    assert.is_false(done:cancel())
  end)

  it("can't be outlived in a loop around pcall", function()
    local rounds = 0
    local f = task(function()
      while rounds < 10 do
        pcall(sleep, 1000)
        rounds = rounds + 1
      end
      return "out"
    end)
    sleep(0.001)
    f:cancel()
    assert.equal("out", f:result())
  end)

  it("comes from other threads, too", function()
    local f = task(function() sleep(1000) end)
    local stopper = spawn(function(future) return future:cancel() end, f)
    f:wait()
    assert.is_true(f:cancelled())
    assert.is_true(stopper:join())
  end)

  it("reaches the tasks of a script that has failed, and of a thread that is cancelled", function()
    local outcome = helper.shell('exec "$MOONS" main.lua', { ["main.lua"] = [[
      moons.task(function()
        local _ <close> = setmetatable({}, { __close = function() print "closed" end })
        moons.sleep(1000)
      end)
      moons.sleep(0)
      moons.sleep(0.001)
      error "failed"]] })
    assert.equal(1, outcome.status)
    assert.equal("closed\n", outcome.out)
    local out = Queue()
    local thread = spawn(function()
      task(function()
        local _ <close> = setmetatable({}, { __close = function() out:put "closed" end })
        out:put "up"
        sleep(1000)
      end)
      sleep(1000)
    end)
    assert.equal("up", out:get())
    thread:cancel()
    assert.equal("closed", out:get(5))
  end)
end)

describe("yield", function()
  it("lets the others run, in turn", function()
    local order = {}
    local function run(name)
      for i = 1, 3 do
        order[#order + 1] = name .. i
        moons.yield()
      end
    end
    moons.gather(task(run, "a"), task(run, "b"))
    assert.equal("a1 b1 a2 b2 a3 b3", table.concat(order, " "))
  end)

  it("runs tasks from the thread's own script", function()
    local n = 0
    local f = task(function() n = n + 1 end)
    moons.yield()
    assert.equal(1, n)
    assert.is_true(f:done())
  end)
end)

describe("gather", function()
  it("gives the first result of each", function()
    local function double(x) sleep(0.001) return 2 * x, "more" end
    assert.same({ 2, 4 }, { moons.gather(task(double, 1), task(double, 2)) })
    assert.same({ 2, 4, 6 }, moons.gather { task(double, 1), task(double, 2), task(double, 3) })
    assert.same({}, moons.gather {})
    assert.equal(6, task(function() return moons.gather(task(double, 3)) end):result())
  end)

  it("raises the first failure in time, and lets the others go on", function()
    local slow = task(function() sleep(0.02) return "slow" end)
    local bad = task(function() sleep(0.001) error("bad", 0) end)
    local ok, e = pcall(moons.gather, slow, bad)
    assert.same({ false, "bad" }, { ok, e })
    assert.equal("slow", slow:result())
  end)

  it("refuses what is no future", function()
    assert.error_matches(function() moons.gather(5) end,
      "bad argument #1 to 'gather' %(Future expected, got number%)")
    assert.error_matches(function() moons.gather { task(print, ""), {} } end,
      "value #2 is no future but a table")
  end)

  it("cancels them when it is cancelled itself", function()
    local inner = task(function() sleep(1000) end)
    local outer = task(function() moons.gather(inner) end)
    sleep(0.001)
    outer:cancel()
    outer:wait()
    inner:wait()
    assert.same({ true, true }, { outer:cancelled(), inner:cancelled() })
  end)
end)

describe("timeout", function()
  it("gives the results in time, or cancels", function()
    assert.same({ 1, 2 }, { moons.timeout(10, function(a) return a, 2 end, 1) })
    local closed
    assert.same({ n = 2, nil, "timeout" }, table.pack(moons.timeout(0.005, function()
      local _ <close> = setmetatable({}, { __close = function() closed = true end })
      sleep(1000)
    end)))
    assert.is_true(closed)
    assert.error_matches(function() moons.timeout(1, error, "own") end, "^own$")
    assert.error_matches(function() moons.timeout(-1, print) end, "bad argument #1 to 'timeout'")
    assert.error_matches(function() moons.timeout(1, 5) end,
      "bad argument #2 to 'timeout' %(function expected, got number%)")
    assert.error_matches(function() moons.timeout("1", print) end, "bad argument #1 to 'timeout'")
  end)
end)

describe("a task's future", function()
  it("travels: its results do when they are asked for elsewhere", function()
    local f = task(function() return { 1, 2 } end)
    local thread = spawn(function(future) return future:result() end, f)
    assert.same({ 1, 2 }, thread:join())
    local done = task(function() return { "later" } end)
    done:wait()
    assert.same({ "later" }, spawn(function(future) return future:result() end, done):join())
    local tied = task(function() return coroutine.create(print) end)
    local other = spawn(function(future) return future:result() end, tied)
    local ok, e = pcall(other.join, other)
    assert.is_false(ok)
    assert.matches("the results of the task stay in its thread", e)
    assert.equal("thread", type(tied:result()))
  end)

  it("takes part in select, futures.wait, as_completed and callbacks", function()
    local go_on = moons.Event()
    local a = task(function() go_on:wait() return "a" end)
    local b = task(function() sleep(0.001) return "b" end)
    local fired, value = moons.select { a, b }
    assert.same({ true, "b" }, { fired == b, value })
    go_on:set()
    local done = futures.wait({ a, b })
    assert.equal(2, #done)
    local seen = {}
    for future in futures.as_completed { a, b } do seen[#seen + 1] = future:result() end
    table.sort(seen)
    assert.same({ "a", "b" }, seen)
    local called
    a:add_done_callback(function(future) called = future:result() end)
    sleep(0.001)
    assert.equal("a", called)
  end)
end)

describe("tasks that never have to wait", function()
  it("give way now and then", function()
    local queue, near, far = Queue(), moons.net.pair()
    for i = 1, 2000 do queue:put(i) end
    near:write(("x"):rep(2000))
    for _, take in ipairs {
      function() return queue:get() end,
      function() return far:receive(1) end,
    } do
      local ended, others = false, 0
      local greedy = moons.task(function()
        for _ = 1, 2000 do assert(take()) end
        ended = true
      end)
      while not ended do
        others = others + 1
        moons.yield()
      end
      greedy:result()
      assert.is_true(others >= 10, others)
    end
  end)
end)

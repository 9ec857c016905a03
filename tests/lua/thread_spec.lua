-- Threads as objects: join, status, names, who is there, daemons, the end of a block.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of, waiting = helper.error_of, helper.waiting

describe("join", function()
  it("hands out the results as often as asked, to any thread", function()
    local thread = spawn(function() return "a", { b = 1 } end)
    for _ = 1, 2 do
      local first, second = thread:join()
      assert.equal("a", first)
      assert.same({ b = 1 }, second)
    end
    assert.equal("a", spawn(function(t) return (t:join()) end, thread):join())
  end)

  it("gives copies, so that one taker can't change what the next gets", function()
    local thread = spawn(function() return { 1 } end)
    thread:join()[1] = 2
    assert.same({ 1 }, thread:join())
  end)

  it("ends for all who wait", function()
    local thread, queue = waiting()
    local others = {}
    for i = 1, 4 do others[i] = spawn(function() return thread:join() end) end
    queue:put("done")
    for _, other in ipairs(others) do assert.equal("done", other:join()) end
  end)

  it("gives up after its time", function()
    local thread, queue = waiting()
    assert.same({ nil, "timeout" }, { thread:join(0) })
    local before = moons.clock()
    assert.same({ nil, "timeout" }, { thread:join(0.05) })
    assert.is_true(moons.clock() - before >= 0.05)
    assert.equal("running", thread:status())
    queue:put("late")
    assert.equal("late", thread:join(math.huge))
    assert.equal("late", thread:join(0))
  end)

  it("refuses what can't be a time", function()
    local thread, queue = waiting()
    assert.equal("here:1: bad argument #1 to 'join' (timeout must not be negative)",
      error_of("local t = ... t:join(-1)", thread))
    assert.matches("^here:1: bad argument #1 to 'join' %(.*%)$",
      error_of("local t = ... t:join(0/0)", thread))
    assert.matches("^here:2: bad argument #1 to 'join' %(number expected, got boolean%)$",
      error_of("local t = ...\nt:join(true)", thread))
    queue:put(1)
    thread:join()
  end)

  it("of itself or of main is refused", function()
    assert.matches("^here:1: .*join itself", error_of("moons.current():join()"))
    local self_join = spawn(function()
      return pcall(load("moons.current():join()", "=here"))
    end)
    local ok, message = self_join:join()
    assert.is_false(ok)
    assert.matches("^here:1: .*join itself", message)
    ok, message = spawn(function(main)
      return pcall(load("local t = ... t:join()", "=here"), main)
    end, moons.current()):join()
    assert.is_false(ok)
    assert.matches("^here:1: .*main thread", message)
  end)

  it("refuses another receiver", function()
    local thread = spawn(math.abs, 1)
    assert.matches("^here:1: bad argument #1 to 'join' %(Thread expected, got Queue%)$",
      error_of("local t = ... t.join(Queue())", thread))
    assert.matches("^here:1: .*Thread expected, got no value",
      error_of("local t = ... t.join()", thread))
    thread:join()
  end)
end)

describe("status", function()
  it("is running until the end, then tells how it ended", function()
    local thread, queue = waiting()
    assert.equal("running", thread:status())
    queue:put(1)
    thread:join()
    assert.equal("done", thread:status())

    local failing = spawn(error, "on purpose")
    pcall(failing.join, failing)
    assert.equal("failed", failing:status())

    local cancelled = waiting()
    cancelled:cancel()
    pcall(cancelled.join, cancelled)
    assert.equal("cancelled", cancelled:status())
  end)
end)

describe("names and numbers", function()
  it("begin with MainThread and Thread-1", function()
    local outcome = helper.run [[
      print(moons.current():name(), moons.current():id())
      local name = function() return moons.current():name(), moons.current():id() end
      print(spawn(name):join())
      print((spawn { name, name = "LoopThread" }:join()))
      print((spawn(name):join()))
      print(spawn(name):name())
    ]]
    assert.equal("MainThread\t1\nThread-1\t2\nLoopThread\nThread-2\nThread-3\n", outcome.out)
    assert.equal(0, outcome.status)
  end)

  it("stay after the end", function()
    local thread = spawn { math.abs, 1, name = "gone" }
    thread:join()
    assert.equal("gone", thread:name())
    assert.is_true(math.type(thread:id()) == "integer" and thread:id() > 1)
  end)

  it("differ between threads", function()
    local a, b = spawn(math.abs, 1), spawn(math.abs, 1)
    assert.not_equal(a:id(), b:id())
    assert.not_equal(a:name(), b:name())
    a:join() b:join()
  end)

  it("show in tostring", function()
    local thread, queue = waiting { name = "shown" }
    assert.matches("shown", tostring(thread))
    assert.matches("running", tostring(thread))
    queue:put(1)
    thread:join()
    assert.matches("done", tostring(thread))
  end)
end)

describe("a thread's handle", function()
  it("is the same thing wherever it arrives", function()
    local back = Queue()
    local thread = spawn(function() back:put(moons.current()) end)
    assert.equal(thread, back:get())
    assert.is_true(thread == thread and thread ~= moons.current())
    thread:join()
  end)

  it("of the running thread is moons.current", function()
    assert.equal(moons.current(), moons.current())
    assert.is_true(spawn(function(main) return main ~= moons.current() end,
      moons.current()):join())
  end)
end)

describe("moons.threads", function()
  it("lists the living, main first", function()
    local thread, queue = waiting { name = "listed" }
    local names = {}
    for i, living in ipairs(moons.threads()) do names[i] = living:name() end
    assert.equal("MainThread", names[1])
    assert.equal(moons.current(), moons.threads()[1])
    assert.is_true((" " .. table.concat(names, " ") .. " "):find(" listed ", 1, true) ~= nil)
    queue:put(1)
    thread:join()
    for _, living in ipairs(moons.threads()) do assert.not_equal("listed", living:name()) end
  end)

  it("lists hundreds, from any thread", function()
    local gate, threads = Queue(), {}
    for i = 1, 200 do threads[i] = spawn(function() return gate:get() end) end
    local count = spawn(function() return #moons.threads() end):join()
    assert.is_true(count >= 202)
    for i = 1, 200 do gate:put(i) end
    for _, thread in ipairs(threads) do thread:join() end
  end)
end)

describe("a block that owns a thread", function()
  it("joins it at its end", function()
    local done = Queue()
    do
      local thread <close> = spawn(function() done:put(1) end)
      assert.is_userdata(thread)
    end
    assert.equal(1, (done:try_get()))
  end)

  it("raises the thread's error at its end", function()
    local ok, message = pcall(function()
      local _ <close> = spawn(error, { code = 7 })
    end)
    assert.is_false(ok)
    assert.same({ code = 7 }, message)
  end)

  it("cancels it and waits for it when an error leaves the block", function()
    local thread
    local ok, message = pcall(function()
      local owned <close> = waiting()
      thread = owned
      error("left", 0)
    end)
    assert.same({ false, "left" }, { ok, message })
    assert.equal("cancelled", thread:status())
  end)

  it("keeps the error that left it, and tells the thread's own as one nobody collects", function()
    local outcome = helper.run [[
      print(pcall(function()
        local started = Queue()
        local _ <close> = spawn(function()
          local ok = pcall(function() started:put(true) moons.sleep(math.huge) end)
          error(ok and "not cancelled" or "second", 0)
        end)
        started:get()
        error("first", 0)
      end))
    ]]
    assert.equal("false\tfirst\n", outcome.out)
    assert.matches("^moons: thread 'Thread%-1' failed: second\n", outcome.err)
    assert.equal(1, outcome.status)
  end)

  it("in a cancelled thread takes the inner thread down first", function()
    local owned = Queue()
    local outer = spawn(function()
      local inner <close> = spawn(moons.sleep, math.huge)
      owned:put(inner)
    end)
    local inner = owned:get()
    outer:cancel()
    pcall(outer.join, outer)
    assert.equal("cancelled", outer:status())
    assert.equal("cancelled", inner:status())
  end)
end)

describe("at the end of the script", function()
  it("threads are waited for", function()
    local outcome = helper.run [[
      local gate = Queue()
      spawn(function() gate:get() moons.sleep(0.02) print("thread") end)
      gate:put(1)
      print("main")
    ]]
    assert.equal("main\nthread\n", outcome.out)
    assert.equal(0, outcome.status)
  end)

  it("threads that threads started are waited for too", function()
    local outcome = helper.run [[
      spawn(function()
        spawn(function() moons.sleep(0.02) print("grandchild") end)
        print("child")
      end)
    ]]
    assert.equal("child\ngrandchild\n", outcome.out)
    assert.equal(0, outcome.status)
  end)

  it("daemons are cancelled, and close what they have", function()
    local outcome = helper.run [[
      local started = Queue()
      local function serve()
        local _ <close> = setmetatable({}, { __close = function() print("daemon closes") end })
        started:put(true)
        while true do moons.sleep(1) end
      end
      spawn { serve, daemon = true, name = "server" }
      spawn { function() started:put(true) while true do end end, daemon = true }
      started:get() started:get()
      print("main ends")
    ]]
    assert.equal("main ends\ndaemon closes\n", outcome.out)
    assert.equal("", outcome.err)
    assert.equal(0, outcome.status)
  end)

  it("a daemon's threads are daemons, unless it says otherwise", function()
    local outcome = helper.run [[
      local started = Queue()
      spawn { function()
        spawn(function() started:put(true) moons.sleep(math.huge) end)
        spawn { function()
          started:put(true)
          moons.sleep(0.1)
          print "waited for"
        end, daemon = false }
        started:put(true)
        moons.sleep(math.huge)
      end, daemon = true }
      for _ = 1, 3 do started:get() end
    ]]
    assert.same({ out = "waited for\n", err = "", status = 0 }, outcome)
  end)

  it("a daemon that starts threads for ever does not keep it alive", function()
    local outcome = helper.run [[
      local started = Queue()
      local function again() spawn(again) started:try_put(true) end
      spawn { again, daemon = true }
      for _ = 1, 10 do started:get() end
    ]]
    assert.same({ out = "", err = "", status = 0 }, outcome)
  end)

  -- Code that no interrupt reaches: C, and a finalizer.
  local stuck = {
    ["in C"] = 'local function stay() return (("a"):rep(1e5):find(("a*"):rep(50) .. "b")) end\n',
    ["in a finalizer"] = "local function stay()\n"
      .. "setmetatable({}, { __gc = function() while true do end end }) collectgarbage() end\n",
  }
  local start_stuck = [[
    local started = Queue()
    local thread = spawn { function() started:put(true) stay() end, name = "stuck" }
    started:get()
    moons.sleep(1)
  ]]
  it("a thread that is stuck is left behind, and that is said", function()
    local files, names, expected = {}, {}, {}
    for where, code in pairs(stuck) do
      for how, rest in pairs {
        ["cancelled by the script"] = "thread:cancel()",
        ["cancelled while main waits for it"] =
          "spawn(function() moons.sleep(0.2) thread:cancel() end)",
        ["cancelled, while another ends in its own time"] =
          "thread:cancel() spawn(function() moons.sleep(7) print 'ended' end)",
        ["cancelled because main fails"] = "error 'main'",
        ["cancelled by os.exit"] = "os.exit(0)",
      } do
        names[#names + 1] = where .. ", " .. how
        files[("%d.lua"):format(#names)] = code .. start_stuck .. rest
        expected[#names] = "1 moons: thread 'stuck' was cancelled but does not end; "
          .. "it is left behind" .. (how:find "own time" and " ended" or "")
      end
    end
    -- All at once, since each takes its five seconds.
    local outcome = helper.shell([[
      for file in *.lua; do (
        started=$(date +%s)
        "$MOONS" $file >$file.out 2>$file.err
        result="$? $(tail -n 1 $file.err) $(cat $file.out)"
        echo $(basename $file .lua) $(($(date +%s) - started)) $result
      ) & done
      wait]], files)
    for i, took, result in outcome.out:gmatch "(%d+) (%d+) ([^\n]*)" do
      i, took = math.tointeger(i), math.tointeger(took)
      assert.equal(expected[i], result, names[i])
      assert.is_true(took >= 4 and took < 60, names[i])
      names[i] = nil
    end
    assert.is_nil(next(names))
  end)

  it("an error of main cancels them all", function()
    local outcome = helper.run [[
      local started = Queue()
      spawn(function() started:put(true) moons.sleep(math.huge) end)
      started:get()
      error("main fails")
    ]]
    assert.equal(1, outcome.status)
    assert.matches("main%.lua:4: main fails", outcome.err)
  end)

  it("os.exit in a thread is refused", function()
    local outcome = helper.run [[
      local thread = spawn(function()
        os.exit(3)
      end)
      print(pcall(thread.join, thread))
    ]]
    assert.equal("false\tmain.lua:2: os.exit can only be called by the main thread; "
      .. "raise an error instead\n", outcome.out)
    assert.equal(0, outcome.status)
  end)

  it("os.exit in main stops the threads", function()
    local outcome = helper.run [[
      local started = Queue()
      spawn(function() started:put(true) while true do end end)
      started:get()
      os.exit(7)
    ]]
    assert.equal(7, outcome.status)
    assert.equal("", outcome.err)
  end)
end)

-- process: what it gives and raises, how processes end, and what ends with them.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local process, error_of, patience = moons.process, helper.error_of, helper.patience

local function there(f, ...)
  return process(f, ...):join()
end

local function caught(f, ...)
  local ok, e = pcall(f, ...)
  assert.is_false(ok)
  return e
end

-- A process that says "up" and waits for a value, or for its end.
local function waiting(options)
  local up = Queue()
  local call = { function(out) out:put("up") return moons.receive() end, up }
  for name, value in pairs(options or {}) do call[name] = value end
  local child = process(call)
  assert(up:get(patience))
  return child
end

-- The state of a process: "S", "Z", ...; nil: there is none.
local function state_of(pid)
  local text = helper.read(("/proc/%d/stat"):format(pid))
  return text and text:match("%) (%u)")
end

local function is_gone(pid)
  return helper.eventually(function() return not state_of(pid) end)
end

-- Runs a script, with the signals as they are when a terminal starts a command.
local function shell(script, source)
  return (helper.shell(script, { ["main.lua"] = source }))
end

describe("process", function()
  it("gives results as a thread does", function()
    assert.same({ 1, nil, "x", nil, n = 4 }, table.pack(there(function(...) return ... end, 1, nil,
      "x", nil)))
    assert.equal(0, select("#", there(function() end)))
    local child = process(function(a, b) return a + b end, 1, 2)
    assert.same({ 3, 3, "done", 0 }, { child:join(), child:join(), child:status(),
                                       child:exitcode() })
    assert.is_true(is_gone(child:pid()))
  end)

  it("is a process of its own, of this program, with its name", function()
    local before = "here"
    _G.of_the_parent = before -- luacheck: ignore 142
    local pid, name, same, main, others = there(function()
      local link = io.popen "readlink /proc/$PPID/exe"
      local file <close> = io.open "/proc/self/stat"
      return file:read("n"), moons.current():name(), link:read(), #moons.threads(),
        rawget(_G, "of_the_parent" .. "")
    end)
    _G.of_the_parent = nil -- luacheck: ignore 142
    local file <close> = io.open "/proc/self/stat"
    assert.are_not.equal(file:read("n"), pid)
    assert.matches("^Process%-%d+$", name)
    assert.equal(helper.moons, same)
    assert.is_nil(others)
    assert.is_true(main >= 1)
    assert.equal("worker", process({ function() return moons.current():name() end,
                                     name = "worker" }):join())
    assert.equal("worker", process({ print, name = "worker" }):name())
    assert.matches("^Process 'w' %(pid %d+%) %a+", tostring(process { print, name = "w" }))
  end)

  it("takes what messages take", function()
    local class = setmetatable({}, { __call = function(c, x)
      return setmetatable({ x = x }, c)
    end })
    class.__index = class
    function class:double() return self.x * 2 end
    local made = class(4)
    local cycle = { list = { 1, 2 } }
    cycle.self = cycle
    local upvalue = 10
    local function add(x) upvalue = upvalue + x return upvalue end
    local doubled, again, back, f = there(function(object, table_)
      assert(table_.self == table_ and getmetatable(object).double)
      return object:double(), add(1), table_, function(x) return add(x) end
    end, made, cycle)
    assert.same({ 8, 11, true, 10 }, { doubled, again, back.self == back, upvalue })
    assert.equal(13, f(2))
    assert.equal(6, there(function() return class(3) end):double())
    assert.equal("b", there(function() return moons.Queue and string.char(98) end))
    assert.equal(string.rep, there(function() return string.rep end))
    local deep = {}
    local at = deep
    for _ = 1, 1000 do
      at.t = {}
      at = at.t
    end
    at.bottom = true
    local found = there(function(t) return t end, deep)
    for _ = 1, 1000 do found = found.t end
    assert.is_true(found.bottom)
    for i = 1, 200 do -- more functions and classes than a channel remembers
      local chunk = assert(load(("return function() return %d end"):format(i)))()
      cycle[i] = chunk
    end
    local all = there(function(list) return list end, cycle)
    for i = 1, 200 do assert.equal(i, all[i]()) end
  end)

  it("carries much, both ways", function()
    for _, size in ipairs { 1 << 20, 50 << 20 } do
      local text <const> = ("0123456789abcdef"):rep(size // 16)
      assert.is_true(there(function(s) return s .. "!" end, text) == text .. "!")
      local q = Queue()
      local child = process(function(from) return #from:get(), from:put("back") end, q)
      q:put(text)
      assert.equal(size, (child:join()))
    end
    local list = {}
    for i = 1, 100000 do list[i] = { i, tostring(i) } end
    assert.same({ 100000, "100000" }, there(function(t) return t end, list)[100000])
  end)

  it("uses the modules of its parent", function()
    local outcome = shell('mkdir lib && echo "return { area = function(r) return r * r end }" '
      .. '>lib/shapes.lua && exec "$MOONS" main.lua', [[
        package.path = "./lib/?.lua;" .. package.path
        local shapes = require "shapes"
        print(moons.process(function(r)
          return shapes.area(r), package.path:match("^[^;]+"), package.loaded.shapes ~= nil
        end, 2):join())]])
    assert.equal("4\t./lib/?.lua\ttrue\n", outcome.out)
  end)

  it("refuses, at the caller's line, what is wrong", function()
    for _, source in ipairs { "spawn()", "spawn(1)", "spawn(print, coroutine.create(print))",
                              "spawn{ print, name = 1 }", "spawn{ print, nice = 'x' }",
                              "spawn{ print, nome = 1 }", "spawn{}" } do
      assert.equal(error_of(source):gsub("'spawn'", "'process'"),
        error_of((source:gsub("spawn", "moons.process"))))
    end
    assert.equal("here:1: bad argument #1 to 'interrupt' (a process is interrupted without a "
      .. "value)", error_of("moons.process(print):interrupt(1)"))
    assert.equal("here:1: bad argument #1 to 'send' (nil cannot be sent)",
      error_of("moons.process(print):send()"))
    assert.matches("Guard is tied to its thread",
      caught(process, print, (Lock():hold())))
  end)

  it("takes the options of threads", function()
    local nice, cpus = process({ function()
      local pipe <close> = io.popen "nice; grep Cpus_allowed_list /proc/self/status"
      return pipe:read("n"), pipe:read("a"):match("%d+")
    end, nice = 15, affinity = 0 }):join()
    assert.same({ 15, "0" }, { nice, cpus })
    local child = process { function() return ("x"):rep(1 << 26) end, memory_limit = 16 << 20 }
    assert.matches("reached its memory limit of 16777216 bytes$", caught(child.join, child))
    child = process { function()
      local t = {}
      while true do t[#t + 1] = ("x"):rep(1000) .. #t end
    end, memory_limit = 16 << 20 }
    assert.matches("reached its memory limit of 16777216 bytes$", caught(child.join, child))
    assert.equal(5, process({ function() return 5 end, memory_limit = 16 << 20 }):join())
  end)

  it("works from threads, and within processes", function()
    assert.equal("deep", spawn(function()
      return moons.process(function()
        return spawn(function()
          return moons.process(function() return "deep" end):join()
        end):join()
      end):join()
    end):join())
    local q = Queue()
    there(function()
      moons.process(function()
        moons.process(function() q:put("from the third") end):join()
      end):join()
    end)
    assert.equal("from the third", q:get(patience))
    -- Threads and pools of the child.
    assert.equal(5050, there(function()
      local pool <close> = Pool(4)
      local numbers, sum = {}, 0
      for i = 1, 100 do numbers[i] = i end
      for _, x in ipairs((pool:map(function(n) return n end, numbers))) do sum = sum + x end
      return sum
    end))
  end)
end)

describe("an error of a process", function()
  it("is raised by join as it is, with both tracebacks", function()
    for _, value in ipairs { "text", 12, 1.5, true, false } do
      assert.equal(value, caught(there, error, value, 0))
    end
    assert.same({ code = 7, list = { 1, 2 } }, caught(there, error, { code = 7, list = { 1, 2 } }))
    local child = process(function() local function fails() error "here" end fails() end)
    assert.matches("process_spec%.lua:%d+: here$", caught(child.join, child))
    assert.equal("failed", child:status())
    assert.matches("in upvalue 'fails'.-process_spec.lua", child:traceback()
      :gsub("local 'fails'", "upvalue 'fails'"))
    assert.matches("here", caught(child.join, child)) -- each time
  end)

  it("keeps its identity on the way through a method", function()
    local lock, seen = Lock(), nil
    assert.is_true(there(function()
      local reason = {}
      local ok, e = pcall(lock.with, lock, function() error(reason) end)
      return not ok and e == reason
    end))
    assert.is_nil(seen)
    assert.is_false(lock:locked())
    -- A coroutine can't travel, and comes back all the same.
    assert.is_true(there(function()
      local reason = coroutine.create(print)
      local ok, e = pcall(lock.with, lock, function() error(reason) end)
      return not ok and e == reason
    end))
    assert.is_false(lock:locked())
    assert.equal("not yet", there(function()
      local ok, e = pcall(lock.with, lock, function()
        pcall(lock.locked, lock)
        local inner = pcall(lock.with, moons.RLock(), error)
        assert(not inner)
        error("not yet", 0)
      end)
      return not ok and e
    end))
  end)

  it("is told when nobody asks, and the exit status says so", function()
    local outcome = shell('exec "$MOONS" main.lua', [[
      moons.process(function() error("nobody joins", 0) end)
      moons.process(function() print "fine" end)]])
    assert.matches("^moons: thread 'Process%-1' failed: nobody joins\n", outcome.err)
    assert.same({ "fine\n", 1 }, { outcome.out, outcome.status })
    -- One of a thread of the child, which the child tells itself.
    outcome = shell('exec "$MOONS" main.lua', [[
      print(moons.process(function() spawn(error, "in a thread", 0) return "done" end):join())]])
    assert.matches("^moons: thread 'Thread%-1' failed: in a thread\n", outcome.err)
    assert.same({ "done\n", 1 }, { outcome.out, outcome.status })
  end)
end)

describe("the end of a process", function()
  it("is told by its cause", function()
    for cause, expected in pairs {
      ["os.exit(3)"] = "ended with exit status 3 before it was done",
      ["os.exit(true)"] = "ended with exit status 0 before it was done",
      ["os.exit(true, true)"] = "ended with exit status 0 before it was done",
      ["spawn(function() while true do end end) os.exit(4)"] =
        "ended with exit status 4 before it was done",
      ["os.execute 'kill -9 $PPID' moons.sleep(1000)"] = "was killed by signal 9 (SIGKILL)",
      ["os.execute 'kill -15 $PPID' moons.sleep(1000)"] = "was killed by signal 15 (SIGTERM)",
      ["os.execute 'kill -ABRT $PPID' moons.sleep(1000)"] = "was killed by signal 6 (SIGABRT)",
    } do
      local child = process({ assert(load(cause)), name = "ends" })
      assert.equal(("process 'ends' (pid %d) %s"):format(child:pid(), expected),
        caught(child.join, child):gsub("^[^:]+:%d+: ", ""))
      assert.equal("failed", child:status())
      local code = tonumber(expected:match("%d+")) or 0
      assert.equal(expected:find("killed", 1, true) and -code or code, child:exitcode())
      assert.is_true(is_gone(child:pid()))
      assert.same({ false, false }, { child:kill(), child:terminate() })
      assert.same({ nil, "closed" }, { child:send(1) })
    end
  end)

  it("comes by kill and terminate", function()
    for verb, code in pairs { kill = -9, terminate = -15 } do
      local child = waiting()
      assert.same({ nil, "timeout" }, { child:join(0.01) })
      assert.same({ "running", nil }, { child:status(), child:exitcode() })
      assert.is_true(child[verb](child))
      assert.matches("was killed by signal", caught(child.join, child))
      assert.equal(code, child:exitcode())
    end
  end)

  it("comes at every stage of its start and its work", function()
    for i = 0, 60 do
      local q = Queue()
      local child = process(function(out, text) for _ = 1, 1000 do out:put(#text) end end, q,
        ("x"):rep(1 << 16))
      moons.sleep(i / 10000)
      child:kill()
      local ok, e = pcall(child.join, child)
      assert(ok or e:find("was killed by signal 9", 1, true), e)
      assert.is_true(is_gone(child:pid()))
    end
  end)

  it("abandons the locks that it held", function()
    local lock, rlock, rw = Lock(), moons.RLock(), moons.RWLock()
    local up = Queue()
    local child = process(function(l, r, w)
      l:acquire()
      r:acquire()
      r:acquire()
      w:acquire_write()
      up:put(true)
      moons.receive()
    end, lock, rlock, rw)
    up:get()
    local waiter = spawn(function(l) return l:acquire() end, lock)
    assert.is_true(helper.waits(waiter, "acquire"))
    child:kill()
    assert.same({ true, "abandoned" }, { waiter:join() })
    assert.same({ true, "abandoned" }, { rlock:acquire(patience) })
    assert.same({ true, "abandoned" }, { rw:acquire_read(patience) })
    pcall(child.join, child)
  end)

  it("leaves a transaction undone, and lets the next begin", function()
    local shared, up, once = moons.Shared { n = 1 }, Queue(), moons.Once()
    local child = process(function()
      spawn(function() once:call(function() up:put(2) moons.sleep(1000) end) end)
      shared:transaction(function(s)
        s.n = 2
        up:put(1)
        moons.sleep(1000)
      end)
    end)
    up:get()
    up:get()
    child:kill()
    assert.equal(3, shared:update("n", function(n) return n + 2 end))
    assert.equal("mine", once:call(function() return "mine" end))
    pcall(child.join, child)
  end)

  it("takes its threads' waits along", function()
    local q, event = Queue(), moons.Event()
    local child = process(function()
      for _ = 1, 5 do spawn(function() q:get() end) end
      event:set()
      moons.receive()
    end)
    event:wait()
    child:kill()
    pcall(child.join, child)
    moons.sleep(0.05)
    q:put("still here") -- nobody dead takes it
    moons.sleep(0.05)
    assert.equal(1, q:qsize())
  end)
end)

describe("cancel of a process", function()
  it("raises in its waits and in its code", function()
    for _, code in ipairs { "moons.sleep(1000)", "while true do end", "q:get()", "l:acquire()",
                            "e:wait()", "moons.select{q}",
                            "spawn(function() q:get() end):join()" } do
      local lock = Lock()
      lock:acquire()
      local up = Queue()
      local child = process(function(source, out, ...)
        out:put(true)
        load("local q, l, e = ... " .. source)(...)
      end, code, up, Queue(), lock, moons.Event())
      up:get()
      assert.is_true(child:cancel())
      assert.matches("was cancelled", caught(child.join, child), 1, true)
      assert.equal("cancelled", child:status())
      assert.is_true(is_gone(child:pid()))
    end
  end)

  it("lets it clean up, with the objects of its parent", function()
    local q, lock = Queue(), Lock()
    local child = process(function()
      local _ <close> = setmetatable({}, { __close = function()
        q:put("cleaned up")
        q:put(select(2, pcall(moons.sleep, 1)))
      end })
      local _ <close> = lock:hold()
      q:put("up")
      moons.Event():wait()
    end)
    assert.equal("up", q:get())
    child:cancel()
    assert.equal("cleaned up", q:get(patience))
    assert.equal("cancelled", q:get(patience))
    assert.is_false(pcall(child.join, child))
    assert.same({ true, nil }, { lock:acquire(0) })
  end)

  it("lets its threads clean up, too", function()
    local q = Queue()
    local child = process(function()
      for i = 1, 3 do
        spawn(function()
          local _ <close> = setmetatable({}, { __close = function()
            for j = 1, 20 do q:put(i * 100 + j) end
          end })
          q:put("up")
          q:join()
        end)
      end
      moons.sleep(1000)
    end)
    for _ = 1, 3 do q:get() end
    child:cancel()
    assert.is_false(pcall(child.join, child))
    assert.equal(60, q:qsize())
  end)

  it("kills what does not care", function()
    local up = Queue()
    local child = process(function()
      up:put(true)
      os.execute "trap '' TERM INT; while true; do sleep 1; done"
    end)
    up:get()
    child:cancel()
    assert.is_false(pcall(child.join, child))
    assert.is_true(is_gone(child:pid()))
    child = waiting()
    os.execute(("kill -STOP %d"):format(child:pid()))
    child:cancel()
    assert.is_false(pcall(child.join, child))
    assert.equal(-9, child:exitcode())
  end)

  it("of a thread that waits for another process takes its wait along", function()
    local up, there_ = Queue(), Queue()
    local child = process(function(out)
      local q, l = Queue(), Lock()
      l:acquire()
      out:put { q, l }
      out:put(moons.receive())
      out:put { q:qsize() }
    end, there_)
    local theirs = there_:get()
    for _, source in ipairs { "q:get()", "l:acquire()", "moons.select{q}", "q:join()" } do
      local thread = spawn(function(code, list)
        if code == "q:join()" then list[1]:put(1) end
        up:put(true)
        local _ = moons -- the code names it: so it travels along
        load("local q, l = ... " .. code)(list[1], list[2])
      end, source, theirs)
      up:get()
      assert(helper.eventually(function() return thread:waiting() end))
      thread:cancel()
      assert.matches("was cancelled", caught(thread.join, thread))
    end
    theirs[1]:put("stays")
    child:send("go on")
    assert.equal("go on", there_:get())
    assert.same({ 2 }, there_:get())
    child:join()
  end)

  it("is the end of a block that is left by an error", function()
    local pid
    assert.equal("left", caught(function()
      local child <close> = waiting()
      pid = child:pid()
      error("left", 0)
    end))
    assert.is_true(is_gone(pid))
    do
      local child <close> = waiting()
      pid = child:pid()
      child:send(true)
    end
    assert.is_true(is_gone(pid))
  end)

  it("interrupts once", function()
    local up = Queue()
    local child = process(function()
      up:put("up")
      local ok, e = pcall(moons.sleep, 1000)
      return ok, e, up:get()
    end)
    up:get()
    moons.sleep(0.02)
    assert.is_true(child:interrupt())
    moons.sleep(0.02)
    up:put("goes on")
    local ok, e, last = child:join()
    assert.is_false(ok)
    assert.matches("interrupted$", e)
    assert.equal("goes on", last)
  end)
end)

describe("select", function()
  it("waits for processes", function()
    local slow, quick = waiting(), process(function() return 1 end)
    local which, status = moons.select { slow, quick, timeout = patience }
    assert.is_true(which == quick)
    assert.equal("done", status)
    slow:send(true)
    assert.same({ slow, "done" }, { moons.select { slow } })
  end)
end)

-- What only pools of processes have: how workers die, and what ends with them. What they have in
-- common with threads is in pool_spec.lua, executor_spec.lua and futures_spec.lua.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local run = helper.run

local function executor(options)
  if type(options) ~= "table" then options = { max_workers = options } end
  return futures.ProcessPoolExecutor(options)
end

local function id(...) return ... end
local function pid() return moons.getpid() end

-- Kills the worker that runs it.
local function die(signal)
  os.execute("kill -" .. (signal or "KILL") .. " $PPID")
  moons.sleep(1000)
end

local function kill(number)
  os.execute(("kill -KILL %d"):format(number))
end

local function is_gone(number)
  return helper.eventually(function() return not helper.read(("/proc/%d/stat"):format(number)) end)
end

-- The children, descriptors and threads that there are. Threads of the system stay for reuse.
local function census()
  local counts = { children = 0, descriptors = 0, threads = #moons.threads() }
  local pipe <close> = io.popen [[
    cat /proc/$PPID/task/*/children 2>/dev/null | wc -w; ls /proc/$PPID/fd | wc -l]]
  counts.children = pipe:read("n") - 1
  counts.descriptors = pipe:read("n")
  return counts
end

-- A test after which nothing is left of what it has started.
local function cleanly(name, body)
  it(name, function()
    local before = census()
    body()
    local after
    helper.eventually(function()
      collectgarbage()
      after = census()
      return after.children <= before.children and after.threads <= before.threads
        and after.descriptors <= before.descriptors
    end)
    -- Less there may be: idle threads go by themselves, with their descriptors.
    for what, count in pairs(after) do assert.is_true(count <= before[what], what) end
  end)
end

describe("a worker that is killed", function()
  cleanly("fails its task with the signal, and is replaced", function()
    local ex <close> = executor(1)
    for signal, why in pairs { KILL = "9 %(SIGKILL%)", USR1 = "10 %(SIGUSR1%)" } do
      assert.matches("^worker died: process '.*_1' %(pid %d+%) was killed by signal " .. why .. "$",
        ex:submit(die, signal):exception())
      assert.equal(1, ex:submit(id, 1):result())
    end
  end)

  cleanly("by os.exit says so", function()
    local ex <close> = executor(1)
    for _, code in ipairs { 0, 3 } do
      assert.matches("^worker died: .* ended with exit status " .. code .. " before it was done$",
        ex:submit(function(c) os.exit(c) end, code):exception())
      assert.equal(code, ex:submit(id, code):result())
    end
  end)

  cleanly("while it has nothing to do takes no task with it", function()
    local ex <close> = executor(1)
    for _ = 1, 10 do
      local number = ex:submit(pid):result()
      kill(number)
      assert.not_equal(number, ex:submit(pid):result())
    end
  end)

  cleanly("while several are on their way takes none of them with it", function()
    local ex <close> = executor(1)
    for round = 1, 5 do
      local quick, fs = {}, {}
      for i = 1, 200 do quick[i] = ex:submit(id, i) end -- so that they are sent ahead
      for i = 1, 200 do assert.equal(i, quick[i]:result()) end
      local number = ex:submit(pid):result()
      os.execute("kill -STOP " .. number)
      for i = 1, 8 do fs[i] = ex:submit(id, round * i) end
      moons.sleep(0.02)
      kill(number)
      for i = 1, 8 do assert.equal(round * i, fs[i]:result()) end
    end
  end)

  cleanly("while it starts takes no task with it", function()
    for delay = 0, 9 do
      local ex <close> = executor(1)
      -- It kills the first child but itself.
      local killer = io.popen [[
        while test -z "$done"; do
          for list in /proc/$PPID/task/*/children; do
            read -r children <$list
            for child in $children; do
              test $child = $$ || { kill -KILL $child && done=1; }
            done
          done
        done 2>/dev/null]]
      moons.sleep(delay / 1000)
      assert.equal(1, ex:submit(id, 1):result())
      killer:close()
      assert.equal(2, ex:submit(id, 2):result())
    end
  end)

  cleanly("takes none of those with it that were sent ahead, and none runs twice", function()
    local ex <close> = executor(1)
    local runs, counts, fs = Queue(), {}, {}
    for i = 1, 300 do
      fs[i] = ex:submit(function(queue, n, end_it)
        queue:put(n)
        if n % 100 == 50 then end_it() end
        return n
      end, runs, i, die)
    end
    for i = 1, 300 do
      if i % 100 == 50 then
        assert.matches("^worker died: ", fs[i]:exception())
      else
        assert.equal(i, fs[i]:result())
      end
    end
    for _ = 1, 300 do
      local n = runs:get()
      assert.is_nil(counts[n])
      counts[n] = true
    end
    assert.equal(0, #runs)
  end)

  cleanly("in a chunk fails the chunk, and the map", function()
    local pool <close> = Pool { processes = 1, engine = "process" }
    local got = {}
    local ok, why = pcall(function()
      local function f(x)
        if x == 15 then os.exit(7) end
        return x
      end
      local list = {}
      for i = 1, 20 do list[i] = i end
      for value in pool:imap(f, list, 10) do got[#got + 1] = value end
    end)
    assert.is_false(ok)
    assert.matches("^worker died: .* exit status 7", why)
    assert.equal(10, #got)
  end)
end)

describe("a task that takes long", function()
  cleanly("has nobody wait who was sent behind it", function()
    local ex <close> = executor(2)
    local list = {}
    for i = 1, 1000 do list[i] = ex:submit(id, i) end
    futures.wait(list)
    local go, all = Queue(), {}
    local slow = ex:submit(function(q) return q:get() end, go)
    for i = 1, 100 do all[i] = ex:submit(id, i) end
    for i = 1, 100 do assert.equal(i, all[i]:result()) end
    go:put "slow"
    assert.equal("slow", slow:result())
  end)

  cleanly("lets those behind it be cancelled", function()
    local ex <close> = executor(1)
    for i = 1, 100 do ex:submit(id, i) end
    ex:submit(id, 0):result()
    local go, behind = Queue(), {}
    local slow = ex:submit(function(q) return q:get() end, go)
    for i = 1, 20 do behind[i] = ex:submit(id, i) end
    local all = helper.eventually(function()
      local cancelled = 0
      for _, future in ipairs(behind) do
        if future:cancel() then cancelled = cancelled + 1 end
      end
      return cancelled == 20
    end)
    go:put(1)
    assert.is_true(all)
    assert.equal(1, slow:result())
  end)
end)

describe("max_tasks_per_child", function()
  cleanly("is exact", function()
    for _, most in ipairs { 1, 3 } do
      local ex <close> = executor { max_workers = 2, max_tasks_per_child = most }
      local counts, fs = {}, {}
      for i = 1, 13 do fs[i] = ex:submit(pid) end
      for i = 1, 13 do
        local number = fs[i]:result()
        counts[number] = (counts[number] or 0) + 1
      end
      for _, count in pairs(counts) do assert.is_true(count <= most) end
    end
  end)

  cleanly("counts items of chunks, and replaces at a chunk's end", function()
    local pool <close> = Pool { processes = 1, engine = "process", maxtasksperchild = 3 }
    local numbers, counts, different = pool:map(pid, { 1, 2, 3, 4, 5, 6, 7, 8 }, 2), {}, 0
    for _, number in ipairs(numbers) do
      if not counts[number] then different = different + 1 end
      counts[number] = (counts[number] or 0) + 1
    end
    assert.equal(2, different)
    for _, count in pairs(counts) do assert.equal(4, count) end
  end)
end)

describe("an initializer", function()
  cleanly("runs in each process", function()
    local ex <close> = executor { max_workers = 1, max_tasks_per_child = 1,
      initializer = function(a) rawset(_G, "start", a) end, initargs = { 5 } }
    for _ = 1, 3 do
      assert.equal(5, ex:submit(function()
        local before = rawget(_G, "start")
        rawset(_G, "start", nil)
        return before
      end):result())
    end
  end)

  cleanly("that ends the process breaks the pool, and says how", function()
    for why, initializer in pairs {
      ["was killed by signal 9"] = die, ["ended with exit status 4"] = function() os.exit(4) end,
      ["no start"] = function() error("no start", 0) end,
    } do
      local ex <close> = executor { max_workers = 1, initializer = initializer }
      local future = ex:submit(id, 1)
      assert.matches(why, future:exception())
      assert.matches("the initializer has failed: .*" .. why, select(2, pcall(ex.submit, ex, id)))
    end
  end)

  cleanly("that fails in a process that comes later fails what that one was for", function()
    local o = run [[
      local first = moons.Atomic(0)
      local ex = futures.ProcessPoolExecutor { max_workers = 1, max_tasks_per_child = 1,
        initializer = function(a) if a:add(1) > 1 then error("no more", 0) end end,
        initargs = { first } }
      print(ex:submit(math.abs, -1):result())
      print(ex:submit(math.abs, -2):exception())
    ]]
    assert.matches("^1\n", o.out)
    assert.not_matches("\n2\n", o.out)
  end)
end)

describe("a memory limit", function()
  cleanly("fails the task, and the next one has another process", function()
    local ex <close> = executor { max_workers = 1, memory_limit = 1 << 22 }
    local before = ex:submit(pid):result()
    local fs = {}
    for i = 1, 40 do
      fs[i] = ex:submit(function(n)
        if n ~= 20 then return moons.getpid() end
        local t = {}
        while true do t[#t + 1] = ("x"):rep(#t) end
      end, i)
    end
    for i = 1, 40 do
      if i == 20 then
        assert.matches("memory limit", fs[i]:exception())
      else
        assert.equal(i < 20, fs[i]:result() == before)
      end
    end
  end)
end)

describe("what goes over", function()
  cleanly("may be large, both ways, with others on their way", function()
    local ex <close> = executor(1)
    for i = 1, 100 do ex:submit(id, i) end
    local fs, big = {}, ("x"):rep(1 << 20)
    for i = 1, 20 do fs[i] = ex:submit(id, big .. i) end
    for i = 1, 20 do assert.is_true(fs[i]:result() == big .. i) end
    local huge = ("y"):rep(50 << 20)
    assert.is_true(ex:submit(id, huge):result() == huge)
  end)

  cleanly("has to be able to travel", function()
    local ex <close> = executor(1)
    assert.matches("^cannot send argument #2: FILE%* is tied to its thread",
      select(2, pcall(ex.submit, ex, id, io.stdout)))
    assert.matches("^cannot send result #1: FILE%* is tied to its thread",
      ex:submit(function() return io.stdout end):exception())
  end)

  cleanly("are errors with the tracebacks of both sides", function()
    local o = run [[
      local ex <close> = futures.ProcessPoolExecutor(1)
      local function deep() error("deep") end
      local future = ex:submit(function() deep() end)
      future:result()]]
    assert.matches("^moons: main.lua:2: deep\n", o.err)
    assert.matches("main.lua:2: in upvalue 'deep'.*main.lua:3: in function.*"
      .. "%[future submitted at main.lua:3%].*main.lua:4: in main chunk", o.err)
  end)

  cleanly("are objects that all share", function()
    local ex <close> = executor(2)
    local q, shared, lock, atomic = Queue(), moons.Shared(), Lock(), moons.Atomic(0)
    shared.n = 0
    local fs = {}
    for i = 1, 20 do
      fs[i] = ex:submit(function(queue, s, l, a)
        for _ = 1, 10 do
          l:with(function() s.n = s.n + 1 end)
          a:add(1)
        end
        queue:put(true)
        return queue
      end, q, shared, lock, atomic)
    end
    for i = 1, 20 do assert.is_true(rawequal(q, fs[i]:result())) end
    assert.same({ 200, 200, 20 }, { shared.n, atomic:get(), #q })
  end)

  cleanly("are an object that one process makes and others use", function()
    local ex <close> = executor(1)
    local theirs = ex:submit(function() return Queue() end):result()
    for i = 1, 50 do ex:submit(function(q, n) q:put(n) end, theirs, i) end
    -- In a thread of its own, whose way to that process ends with it.
    assert.equal(50 * 51 // 2, spawn(function(q)
      local sum = 0
      for _ = 1, 50 do sum = sum + q:get() end
      return sum
    end, theirs):join())
  end)
end)

describe("the end", function()
  cleanly("comes to the running and the waiting by terminate", function()
    local pool = Pool { processes = 2, engine = "process" }
    local numbers = Queue()
    local fs = {}
    for i = 1, 10 do
      fs[i] = pool:submit(function(q) q:put(moons.getpid()) while true do end end, numbers)
    end
    local one, other = numbers:get(), numbers:get()
    pool:terminate()
    pool:join()
    for i = 1, 10 do assert.equal("cancelled", fs[i]:status()) end
    assert.is_true(is_gone(one) and is_gone(other))
  end)

  -- A worker's thread may have been one before that was started while signals were held.
  cleanly("reaches running code of processes, whichever thread has started them", function()
    for _ = 1, 4 do
      local pool <close> = Pool { processes = 2, engine = "process" }
      local function put(queue)
        queue:put(1)
        local file <close> = io.open "/proc/self/status"
        return tonumber(file:read("a"):match("SigBlk:%s*(%x+)"), 16)
      end
      for _, blocked in ipairs(pool:map(put, { Queue(), Queue(), Queue() }, 1)) do
        assert.equal(0, blocked & 1 << 22) -- SIGURG, by which threads are interrupted
      end
    end
  end)

  cleanly("comes to tasks that do not care, too", function()
    local pool = Pool { processes = 1, engine = "process" }
    local started = Queue()
    local future = pool:submit(function(q)
      q:put(moons.getpid())
      while true do pcall(moons.sleep, 1000) end
    end, started)
    local number = started:get()
    pool:terminate()
    pool:join()
    assert.equal("cancelled", future:status())
    assert.is_true(is_gone(number))
  end)

  cleanly("is not waited for by shutdown { wait = false }", function()
    local ex, go = executor(1), Queue()
    local first, second = ex:submit(function(q) return q:get() end, go), ex:submit(id, 2)
    assert.is_true(helper.eventually(function() return first:running() end))
    ex:shutdown { wait = false }
    assert.is_false(first:done())
    go:put(1)
    assert.same({ 1, 2 }, { first:result(), second:result() })
    ex:shutdown()
  end)

  cleanly("comes to what was not started by cancel_futures", function()
    local ex, go = executor(1), Queue()
    local first, second = ex:submit(function(q) return q:get() end, go), ex:submit(id, 2)
    assert.is_true(helper.eventually(function() return first:running() end))
    ex:shutdown { wait = false, cancel_futures = true }
    assert.equal("cancelled", second:status())
    go:put(1)
    ex:shutdown()
    assert.equal(1, first:result(0))
  end)

  cleanly("of the worker's thread gives its process's other tasks back", function()
    local ex <close> = executor { max_workers = 1, name_prefix = "victim" }
    local future = ex:submit(moons.sleep, 1000)
    assert.is_true(helper.eventually(function() return future:running() end))
    for _, thread in ipairs(moons.threads()) do
      if thread:name():find "^victim" then thread:cancel() end
    end
    future:wait()
    assert.equal("cancelled", future:status())
    assert.equal(1, ex:submit(id, 1):result())
  end)

  it("of the script waits for what was submitted", function()
    local o = run [[
      local ex = futures.ProcessPoolExecutor(2)
      for i = 1, 50 do
        ex:submit(function(n) moons.sleep(n % 3 / 1000) return n end, i):add_done_callback(
          function(f) io.write(f:result(), " ") end)
      end]]
    assert.equal(50, select(2, o.out:gsub("%d+ ", "")))
    assert.same({ "", 0 }, { o.err, o.status })
  end)

  it("of the script tells of a failure that nobody looked at", function()
    local o = run [[
      local ex = futures.ProcessPoolExecutor(1)
      ex:submit(error, "lost")
      ex:submit(os.exit, 3)]]
    assert.matches("moons: a future failed: lost\n", o.err)
    assert.matches("moons: a future failed: worker died: .* exit status 3", o.err)
    assert.equal(1, o.status)
  end)

  it("by kill -9 comes to the workers as well", function()
    local o = helper.shell([[
      "$MOONS" main.lua >numbers &
      while test "$(wc -l <numbers)" -lt 2; do sleep 0.01; done
      kill -9 $!
      for n in $(cat numbers); do
        # One that has ended is nobody's child, and is reaped when the system gets to it.
        while grep -q "^State:.[^Z]" /proc/$n/status; do sleep 0.01; done 2>/dev/null
      done
      echo gone]], { ["main.lua"] = [[
        io.stdout:setvbuf "no"
        local ex, q = futures.ProcessPoolExecutor(2), Queue()
        for _ = 1, 2 do ex:submit(function(p) p:put(moons.getpid()) while true do end end, q) end
        for _ = 1, 2 do print(q:get()) end
        moons.sleep(1000)]], numbers = "" })
    assert.equal("gone\n", o.out)
  end)
end)

-- process: what goes over a channel when calls stop, hooks and finalizers come between, and there
-- is no room. Each test is named after a fault that it once had.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local process, patience = moons.process, helper.patience

-- A process that has nothing to read for as long as `during` runs.
local function with_stopped(pid, during)
  os.execute("kill -STOP " .. pid)
  local result = table.pack(pcall(during))
  os.execute("kill -CONT " .. pid)
  assert(result[1], result[2])
  return table.unpack(result, 2, result.n)
end

describe("a channel", function()
  it("stops its first call, which may come after the order to stop", function()
    local q = Queue()
    local left = process(function(queue)
      for _ = 1, 30 do
        local t = spawn(function()
          pcall(moons.sleep, 60)
          queue:get()
        end)
        moons.sleep(0.001)
        t:cancel()
        pcall(t.join, t)
      end
      -- A get that was not stopped waits on, and takes one of these.
      for i = 1, 50 do queue:put(i) end
      moons.sleep(0.05)
      return queue:qsize()
    end, q):join()
    assert.equal(50, left)
  end)

  it("is opened when there is room again for the command", function()
    local results = Queue()
    local child = process(function(out)
      local many = {}
      for i = 1, 3000 do many[i] = Queue() end
      local done = Queue()
      out:put { many = many, done = done }
      done:get()
      return "done"
    end, results)
    local got = assert(results:get(patience))
    local done = got.done
    moons.sleep(0.1)
    local t = with_stopped(child:pid(), function()
      got = nil -- luacheck: ignore 311
      collectgarbage()
      collectgarbage()
      local t = spawn(function(queue) return queue:put(1) end, done)
      assert.same({ nil, "timeout" }, { t:join(0.2) })
      return t
    end)
    assert.is_true(t:join(patience))
    assert.equal("done", child:join(patience))
  end)

  it("keeps step when a call is to stop while it calls back", function()
    local l, over = Lock(), moons.Event()
    local holder = spawn(function()
      while not over:is_set() do
        l:acquire()
        moons.sleep(0.004)
        l:release()
        moons.sleep(0.0002)
      end
    end)
    local failures = process(function(lock)
      local failures = {}
      local function spin(seconds)
        local till = moons.clock() + seconds
        while moons.clock() < till do end
      end
      for i = 1, 150 do
        local t = spawn(function()
          lock:locked()
          pcall(lock.with, lock, function()
            pcall(spin, 1)
            spin(0.003)
          end)
          return pcall(lock.locked, lock)
        end)
        moons.sleep(0.001 + 0.00003 * i)
        t:interrupt()
        local joined, fine, why = pcall(t.join, t)
        if joined and not fine then failures[#failures + 1] = why end
      end
      return failures
    end, l):join()
    over:set()
    holder:join()
    assert.same({}, failures)
  end)

  it("may be lost by a hook of what is encoded for it", function()
    local q = Queue()
    local nested, put, after = process(function(queue, pid)
      local nested, put, after
      local t = spawn(function()
        queue:qsize()
        local thing = setmetatable({}, { __transfer = function()
          local me = moons.current()
          os.execute("kill -STOP " .. pid)
          spawn(function() moons.sleep(0.1) me:interrupt() end)
          nested = select(2, pcall(queue.get, queue))
          os.execute("kill -CONT " .. pid)
          return string.rep, "x", 3
        end })
        put = select(2, pcall(queue.put, queue, thing))
        after = queue:qsize()
        return nested, put, after
      end)
      return t:join()
    end, q, moons.getpid()):join()
    assert.match("interrupted$", nested)
    assert.match("the connection to the parent process has ended$", put)
    assert.equal(0, after)
  end)

  it("is not left behind by a finalizer that is called when its thread ends", function()
    local q = Queue()
    local before, after = process(function(queue)
      local function descriptors()
        local pipe <close> = io.popen "ls /proc/$PPID/fd | wc -l"
        return pipe:read "n"
      end
      local before = descriptors()
      for _ = 1, 20 do
        spawn(function()
          local mt = { __gc = function() queue:put("gone") end }
          _G.thing = setmetatable({}, mt) -- luacheck: ignore 142
          queue:put("here")
        end):join()
      end
      return before, descriptors()
    end, q):join()
    assert.equal(before, after)
    assert.equal(40, q:qsize())
  end)
end)

describe("a pool of processes", function()
  it("gives results that are objects of which nobody else knows", function()
    local q <const> = Queue()
    local pool <close> = Pool { processes = 2, engine = "process" }
    for _ = 1, 20 do
      for _ = 1, 60 do q:put(Queue()) end
      local futures = {}
      for i = 1, 60 do
        futures[i] = pool:apply_async(function(queue)
          local it_self = queue:get()
          collectgarbage()
          return it_self
        end, { q })
      end
      collectgarbage()
      for i = 1, 60 do assert.equal(0, futures[i]:get():qsize()) end
    end
  end)

  it("is terminated while tasks wait for room behind one that does not end", function()
    local pool = Pool { processes = 1, engine = "process" }
    for _ = 1, 3 do pool:apply_async(function() end) end
    pool:apply_async(function() while true do end end)
    local big = ("x"):rep(1 << 22)
    for _ = 1, 5 do pool:apply_async(function(text) return #text end, { big }) end
    moons.sleep(0.2)
    pool:terminate()
    assert.is_true(pool:join(patience))
  end)
end)

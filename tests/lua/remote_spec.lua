-- moons.remote: a private server, connections, queues. remote_values_spec.lua has locks and values,
-- remote_faults_spec.lua what goes wrong.

local helper = require "helper"
local teardown, pending = teardown, pending
local describe, it, assert = helper.outside(describe, it, assert)
local remote = moons.remote

local server, missing = remote.serve()
if not server then return pending("moons.remote: " .. missing) end
local r = assert(remote.connect(server))
teardown(function()
  r:close()
  server:close()
end)

local WAIT = helper.patience
local count = 0

-- A queue that no other test has.
local function new_queue(options)
  count = count + 1
  return r:queue("test" .. count, options)
end

local function error_of(f, ...)
  local ok, e = pcall(f, ...)
  assert.is_false(ok)
  return (tostring(e):gsub("^[^:]+:%d+: ", ""))
end

describe("remote.serve", function()
  it("gives a server on this machine, with a key of its own", function()
    assert.matches("^nats://127%.0%.0%.1:%d+$", server.url)
    assert.matches("^%x+$", server.authkey)
    assert.equal(32, #server.authkey)
    assert.equal("RemoteServer: " .. server.url, tostring(server))
  end)

  it("ends it with its block, and leaves nothing behind", function()
    local pid
    do
      local own <close> = assert(remote.serve())
      pid = own.pid
      assert.is_string(helper.read("/proc/" .. pid .. "/cmdline"))
    end
    assert.is_nil(helper.read("/proc/" .. pid .. "/stat"))
    assert(helper.eventually(function()
      for folder in io.popen("ls -d ${TMPDIR:-/tmp}/moons-nats-* 2>/dev/null"):lines() do
        if (helper.read(folder .. "/log") or ""):find(pid, 1, true) then return false end
      end
      return true
    end))
  end)

  it("ends it when the script is killed", function()
    local child <close> = subprocess.Popen {
      helper.moons, "-e", [[
        local s <close> = assert(moons.remote.serve())
        print(s.pid) io.stdout:flush() moons.sleep(100)]], stdout = "pipe",
    }
    local pid = child.stdout:read()
    child:kill()
    child:wait()
    assert(helper.eventually(function()
      local text = helper.read("/proc/" .. pid .. "/cmdline")
      return not text or text == ""
    end))
  end)

  it("keeps the key from arguments, environments and messages", function()
    local own <close> = assert(remote.serve { authkey = "very-secret-key" })
    local outcome = subprocess.run { "/bin/sh", "-c",
      "ps axeww -o args | grep -c very-secret-ke[y]", stdout = "pipe" }
    assert.equal("0\n", outcome.stdout)
    assert.is_nil(tostring(own):find("secret", 1, true))
    local _, why = remote.connect(own.url, { authkey = "another-secret" })
    assert.is_nil(why:find("secret", 1, true))
  end)

  it("keeps what is in a folder that is named", function()
    local dir <const>, closer <close> = helper.folder()
    do
      local own <close> = assert(remote.serve { dir = dir, authkey = "k" })
      local c <close> = assert(remote.connect(own))
      c:queue("kept"):put("still there")
    end
    local own <close> = assert(remote.serve { dir = dir, authkey = "k" })
    local c <close> = assert(remote.connect(own))
    assert.equal("still there", c:queue("kept"):get(WAIT))
    assert.is_truthy(closer)
  end)

  it("says why it can't", function()
    local address = server.url:match("//(.*)")
    local _, why = remote.serve { address = address, authkey = "k" }
    assert.matches("^nats%-server: .*address already in use", why)
    assert.matches("an address that others reach needs an option 'authkey'",
      error_of(remote.serve, { address = "0.0.0.0:0" }))
    assert.matches("option 'authkey' must be", error_of(remote.serve, { authkey = 'a"b' }))
    assert.matches("unknown option 'port'", error_of(remote.serve, { port = 1 }))
    assert.matches("option 'tls.cert' is missing", error_of(remote.serve, { tls = true }))
  end)
end)

describe("remote.connect", function()
  it("takes an address and the key", function()
    for _, where in ipairs { server.url, server.url:match("//(.*)"), server } do
      local own <close> = assert(remote.connect(where, { authkey = server.authkey, name = "x" }))
      assert.equal("connected", own:status())
    end
  end)

  it("tries one after the other", function()
    local own <close> = assert(remote.connect("127.0.0.1:1," .. server.url,
      { authkey = server.authkey }))
    assert.equal("connected", own:status())
  end)

  it("says what is wrong with an argument", function()
    assert.matches("a key does not belong into an address",
      error_of(remote.connect, "nats://key@127.0.0.1:1"))
    assert.matches("'nats://host:port' expected", error_of(remote.connect, "http://a:1"))
    assert.matches("string or server expected, got nil", error_of(remote.connect))
    assert.matches("unknown option 'key'", error_of(remote.connect, "a:1", { key = "" }))
    assert.matches("option 'timeout' must be", error_of(remote.connect, "a:1", { timeout = -1 }))
  end)

  it("is over once it is closed", function()
    local own = assert(remote.connect(server))
    local q = own:queue("closing")
    local taker = spawn(function() return pcall(q.get, q) end)
    assert(helper.waits(taker, "get"))
    own:close()
    local ok, e = taker:join()
    assert.is_false(ok)
    assert.matches("the connection is closed", e)
    assert.equal("the connection is closed", error_of(q.put, q, 1))
    assert.equal("the connection is closed", error_of(q.get, q))
    assert.equal("the connection is closed", error_of(q.try_get, q))
    assert.equal("the connection is closed", error_of(q.qsize, q))
    assert.equal("closed", own:status())
    own:close()
  end)
end)

describe("a remote queue", function()
  it("gives what was put, in order, of all kinds", function()
    local q = new_queue()
    local loop = { 1, 2.5, "text", true, { a = { b = false } } }
    loop.loop = loop
    for _, value in ipairs { 1, 2.5, "x", false, loop, ("y"):rep(100000) } do
      assert.is_true(q:put(value))
    end
    assert.same({ 1, 2.5, "x", false }, { q:get(), q:get(), q:get(), q:get() })
    local copy = q:get()
    assert.equal(copy, copy.loop)
    assert.is_false(copy[5].a.b)
    assert.equal(100000, #q:get())
  end)

  it("says how much is in it, and when all is done", function()
    local q = new_queue()
    assert.is_true(q:join(0))
    q:put_many { 1, 2, 3 }
    assert.equal(3, #q)
    assert.same({ nil, "timeout" }, { q:join(0) })
    local list = q:get_many()
    assert.same({ 1, 2, 3 }, list)
    assert.equal(0, q:qsize())
    local waiter = spawn(function() return q:join() end)
    for _ = 1, 3 do q:task_done() end
    assert.is_true(waiter:join(WAIT))
    assert.matches("task_done%(%) called more often", error_of(q.task_done, q))
  end)

  it("waits no longer than it is told to", function()
    local q = new_queue()
    assert.same({ nil, "timeout" }, { q:get(0.05) })
    assert.same({ nil, "timeout" }, { q:get(0) })
    assert.same({ nil, "empty" }, { q:try_get() })
    assert.same({ nil, "timeout" }, { q:get_many(5, 0.05) })
    q:put(1)
    assert.equal(1, q:try_get())
  end)

  it("holds no more than its maxsize, and gives way when one is done", function()
    local q = new_queue { maxsize = 2 }
    assert.equal(2, q:maxsize())
    assert.same({ 2, "timeout" }, { q:put_many({ 1, 2, 3 }, 0.1) })
    assert.same({ nil, "full" }, { q:try_put(3) })
    assert.same({ nil, "timeout" }, { q:put(3, 0.05) })
    local putter = spawn(function() return q:put(3) end)
    moons.sleep(0.05)
    assert.equal(1, q:get())
    q:task_done()
    assert.is_true(putter:join(WAIT))
    assert.equal(2, #q)
  end)

  it("is the same for all who open it, or says why not", function()
    local q = new_queue { maxsize = 5, ack_wait = 10 }
    local name = "test" .. count
    assert.equal(5, r:queue(name):maxsize())
    assert.matches("option 'maxsize' is 6, but it was made with 5",
      error_of(r.queue, r, name, { maxsize = 6 }))
    assert.matches("option 'ack_wait'", error_of(r.queue, r, name, { ack_wait = 11 }))
    new_queue { ack_wait = 2.01 } -- which is no whole number of nanoseconds as it is multiplied
    assert.equal(0, #r:queue("test" .. count, { ack_wait = 2.01 }))
    assert.matches("a name of 1 to 60", error_of(r.queue, r, "a.b"))
    assert.matches("a name of 1 to 60", error_of(r.queue, r, ("x"):rep(61)))
    assert.matches("option 'replicas' must be", error_of(r.queue, r, "x", { replicas = 2 }))
    q:delete()
    assert.matches("is gone", error_of(q.put, q, 1))
  end)

  it("closes for all: what is left can be taken", function()
    local q = new_queue()
    q:put_many { 1, 2 }
    local taker = spawn(function()
      local list = {}
      for v in q:iter() do
        list[#list + 1] = v
        q:task_done()
      end
      return list
    end)
    assert(helper.eventually(function() return q:join(0) end))
    q:close()
    assert.same({ 1, 2 }, taker:join(WAIT))
    assert.same({ nil, "closed" }, { q:put(3) })
    assert.same({ nil, "closed" }, { q:try_put(3) })
    assert.same({ 0, "closed" }, { q:put_many { 3 } })
    assert.same({ nil, "closed" }, { q:get() })
    assert.same({ nil, "closed" }, { q:try_get() })
    assert.same({ nil, "closed" }, { q:get_many() })
    assert.is_true(q:closed())
    local own <close> = assert(remote.connect(server))
    assert.same({ nil, "closed" }, { own:queue("test" .. count):get() })
  end)

  it("puts many at once, each once", function()
    local q = new_queue()
    local list = {}
    for i = 1, 300 do list[i] = i end
    assert.equal(300, q:put_many(list))
    local sum = 0
    for _ = 1, 300 do sum = sum + q:get(WAIT) end
    assert.equal(45150, sum)
    assert.same({ nil, "empty" }, { q:try_get() })
    assert.equal(0, q:put_many {})
  end)

  it("does not put many for ever where the server takes no more", function()
    local q = new_queue()
    q:delete()
    r:queue("test" .. count, { maxsize = 1 })
    assert.matches("cannot put: ", error_of(q.put_many, q, { 1, 2 }))
  end)

  it("loses nothing that a taker has no memory for", function()
    local q = new_queue()
    q:put(("x"):rep(4000000))
    local thread = spawn({ function() q:get() end, memory_limit = 1000000 })
    assert.matches("memory", tostring(select(2, pcall(thread.join, thread, WAIT))))
    assert.equal(4000000, #q:get(WAIT))
  end)

  it("refuses what can't be sent, and puts nothing then", function()
    local q = new_queue()
    assert.matches("nil cannot be queued", error_of(q.put, q))
    assert.matches("cannot send value%.f: FILE%*", error_of(q.put, q, { f = io.stdout }))
    assert.matches("cannot send value #2: FILE%*", error_of(q.put_many, q, { 1, io.stdout }))
    assert.matches("refers to an object of this process", error_of(q.put, q, { Queue() }))
    assert.matches("too large: the server takes 8388608", error_of(q.put, q, ("x"):rep(9000000)))
    assert.equal(0, #q)
  end)

  it("takes functions and objects along, where all have shown the key", function()
    local q = new_queue()
    local Point = {}
    Point.__index = Point
    function Point:double() return 2 * self.x end
    local factor = 3
    q:put(function(x) return factor * x end)
    q:put(setmetatable({ x = 21 }, Point))
    assert.equal(12, q:get()(4))
    assert.equal(42, q:get():double())
    local outcome = helper.run(([[
      local r <close> = assert(moons.remote.connect(%q, { authkey = %q }))
      local q = r:queue("there")
      q:put(setmetatable({}, { __index = { name = function() return "from another process" end } }))
    ]]):format(server.url, server.authkey))
    assert.equal("", outcome.err)
    assert.equal("from another process", r:queue("there"):get(WAIT):name())
  end)

  it("is one case of select among others", function()
    local q, other = new_queue(), Queue()
    assert.same({ nil, "timeout" }, { moons.select { q, other, timeout = 0.05 } })
    other:put("here")
    assert.same({ other, "here" }, { moons.select { q, other } })
    spawn(function()
      moons.sleep(0.02)
      q:put("there")
    end)
    local which, value = moons.select { q, other, timeout = WAIT }
    assert.equal(q, which)
    assert.equal("there", value)
    q:task_done()
    assert.is_true(q:join(WAIT))
  end)

  it("gives back what came for a select that another case has ended", function()
    local q, other = new_queue(), Queue()
    other:put(1)
    for _ = 1, 5 do
      moons.select { q, other }
      other:put(1)
    end
    q:put("kept")
    assert.equal("kept", q:get(WAIT))
  end)

  it("lets a task wait alone", function()
    local q = new_queue()
    local order = {}
    local taker = moons.task(function()
      local one = q:get(WAIT)
      order[#order + 1] = one
      q:task_done()
      local _, two = moons.select { q, timeout = WAIT }
      order[#order + 1] = two
      q:task_done()
      return q:join(WAIT)
    end)
    local other = moons.task(function()
      order[#order + 1] = "other"
      q:put("one")
      moons.sleep(0.02)
      return q:put_many { "two" }
    end)
    assert.equal(1, other:result(WAIT))
    assert.is_true(taker:result(WAIT))
    assert.same({ "other", "one", "two" }, order)
  end)

  it("can be given up by a cancel", function()
    local q = new_queue()
    local thread = spawn(function() q:get() end)
    local task = moons.task(function() q:get() end)
    assert(helper.waits(thread, "get"))
    thread:cancel()
    assert.matches("cancelled", tostring(error_of(thread.join, thread)))
    task:cancel()
    assert.matches("cancelled", tostring(error_of(task.result, task)))
    q:put("for who is left")
    assert.equal("for who is left", q:get(WAIT))
  end)

  it("is shared by the threads of a process", function()
    local q, done = new_queue(), new_queue()
    local threads = {}
    for i = 1, 3 do
      threads[i] = spawn(function()
        for value in q:iter() do
          done:put(value)
          q:task_done()
        end
      end)
    end
    for i = 1, 30 do q:put(i) end
    assert.is_true(q:join(WAIT))
    q:close()
    for _, thread in ipairs(threads) do thread:join(WAIT) end
    local sum = 0
    for _ = 1, 30 do sum = sum + done:get(WAIT) end
    assert.equal(465, sum)
  end)
end)

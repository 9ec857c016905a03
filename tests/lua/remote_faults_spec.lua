-- moons.remote where something goes wrong: servers that are killed, are none, or want something
-- else; takers that die; strangers.

local helper = require "helper"
local pending = pending
local describe, it, assert = helper.outside(describe, it, assert)
local remote = moons.remote

local probe, missing = remote.serve()
if not probe then return pending("moons.remote: " .. missing) end
probe:close()

local WAIT = helper.patience
local KEY <const> = "key-of-the-tests"

local function kill(server) os.execute("kill -9 " .. server.pid) end

-- A listener that does with each connection what `f` does.
local function with_listener(f, check)
  local listener <close> = assert(moons.net.listen("127.0.0.1:0"))
  local thread <close> = spawn { function()
    for c in listener:iter() do f(c) end
  end, daemon = true }
  check("nats://" .. listener:address())
  listener:close()
  return thread
end

local function info_of(text)
  return function(c) c:write("INFO " .. text .. "\r\n") end
end

describe("without the packages", function()
  it("says which, and the rest works", function()
    -- Where no program is found, and no library.
    local outcome = helper.shell([[
      unshare --mount --map-root-user sh -c '
        for f in /usr/sbin/nats-server $(ls /usr/lib/*/libnats.so*); do
          mount --bind /dev/null "$f" || exit 77
        done
        exec "$MOONS" main.lua']], { ["main.lua"] = [[
      print(moons.remote.serve())
      print(moons.remote.connect("127.0.0.1:1"))
      print(select(2, pcall(moons.remote.connect)) ~= nil)
    ]] })
    if outcome.status == 77 or outcome.err:find("unshare", 1, true) then return end
    assert.equal("", outcome.err)
    assert.matches("^nil\tthe NATS C client is not installed %(Debian: apt%-get", outcome.out)
    assert.matches("true\n$", outcome.out)
  end)
end)

describe("connecting to what is no server", function()
  local function refusal(where, options)
    local began = moons.clock()
    local r, why = remote.connect(where, options)
    assert.is_nil(r)
    assert.is_true(moons.clock() - began < WAIT)
    return why
  end

  it("is refused where nobody listens", function()
    assert.equal("127.0.0.1:1: Connection refused", refusal("nats://127.0.0.1:1"))
  end)

  it("ends in time where nobody answers", function()
    with_listener(function(c) c:read("a") end, function(url)
      assert.matches("no NATS server: it says nothing$", refusal(url, { timeout = 0.1 }))
    end)
  end)

  it("tells other servers", function()
    with_listener(function(c) c:write("SSH-2.0\r\n") end, function(url)
      assert.matches("no NATS server$", refusal(url))
    end)
    with_listener(info_of("{{{{"), function(url)
      assert.matches("no NATS server$", refusal(url))
    end)
  end)

  it("tells old ones, and what the server wants", function()
    with_listener(info_of('{"version":"2.1.0"}'), function(url)
      assert.matches("nats%-server 2.1.0 is too old: 2.9 is needed$", refusal(url))
    end)
    with_listener(info_of('{"version":"2.10.1","tls_required":true}'), function(url)
      assert.matches("the server wants TLS: option 'tls'$", refusal(url))
    end)
    with_listener(info_of('{"version":"2.10.1","auth_required":true}'), function(url)
      assert.matches("the server wants an authkey$", refusal(url))
    end)
    with_listener(info_of('{"version":"2.10.1"}'), function(url)
      assert.matches("lets anyone in", refusal(url, { authkey = "x" }))
      assert.matches("speaks no TLS$", refusal(url, { tls = true }))
    end)
  end)

  it("tells a wrong key", function()
    local server <close> = assert(remote.serve { authkey = KEY })
    assert.matches("the server refuses the authkey$", refusal(server.url, { authkey = "other" }))
    assert.matches("the server wants an authkey$", refusal(server.url))
  end)
end)

describe("a server that is killed", function()
  -- It may have forgotten that something was done, and give it out again.
  it("and comes back has all that was put and not done; calls go on", function()
    local dir <const>, closer <close> = helper.folder()
    local first = assert(remote.serve { dir = dir, authkey = KEY })
    local address = first.url:match("//(.*)")
    local r <close> = assert(remote.connect(first))
    local q = r:queue("jobs", { ack_wait = 0.5 })
    for i = 1, 20 do q:put(i) end
    local done = {}
    for _ = 1, 5 do
      done[q:get(WAIT)] = true
      q:task_done()
    end
    kill(first)
    local putter = spawn(function()
      for i = 21, 25 do q:put(i) end
    end)
    assert(helper.eventually(function() return r:status() == "reconnecting" end))
    first:close()
    local second <close> = assert(remote.serve { dir = dir, authkey = KEY, address = address })
    putter:join(WAIT)
    repeat
      local value = q:get(0.1)
      if value then
        done[value] = true
        q:task_done()
      end
    until q:join(0)
    assert.equal(25, #done)
    assert.is_truthy(second and closer)
  end)

  it("and does not come back is told of, by each call", function()
    local server <close> = assert(remote.serve())
    local r <close> = assert(remote.connect(server, { reconnect = 0.2 }))
    local q = r:queue("jobs")
    q:put("in work")
    q:get(WAIT)
    local threads = { spawn(function() q:get() end), spawn(function() q:join() end) }
    assert(helper.waits(threads[1], "get"))
    kill(server)
    q:put(1, 0)
    for _, thread in ipairs(threads) do
      local ok, e = pcall(thread.join, thread, WAIT)
      assert.is_false(ok)
      assert.matches("the connection is lost: ", tostring(e))
    end
    assert.matches("the connection is lost: ", select(2, pcall(q.get, q)))
    assert.matches("the connection is lost: ", select(2, pcall(q.put, q, 1)))
    assert.equal("reconnecting", (r:status()))
  end)
end)

describe("a server that stands still", function()
  it("holds up no time-out and no cancel, and goes on", function()
    local server <close> = assert(remote.serve())
    local r <close> = assert(remote.connect(server))
    local q = r:queue("jobs")
    q:put("first")
    os.execute("kill -STOP " .. server.pid)
    moons.sleep(0.1)
    local began = moons.clock()
    assert.same({ nil, "timeout" }, { q:get(0.1) })
    assert.same({ nil, "timeout" }, { q:get_many(10, 0.1) })
    assert.is_true(moons.clock() - began < 4)
    assert.same({ nil, "timeout" }, { q:put("late", 0.1) })
    local thread = spawn(function() q:get() end)
    assert(helper.waits(thread, "get"))
    thread:cancel()
    assert.matches("cancelled", tostring(select(2, pcall(thread.join, thread))))
    assert.is_true(moons.clock() - began < WAIT)
    os.execute("kill -CONT " .. server.pid)
    local got = {}
    got[q:get(WAIT)] = true
    q:task_done()
    got[q:get(WAIT)] = true
    q:task_done()
    assert.same({ first = true, late = true }, got)
    assert.is_true(q:join(WAIT))
  end)
end)

describe("a taker that is killed", function()
  it("gives back what it has taken, and not what it has done", function()
    local server <close> = assert(remote.serve { authkey = KEY })
    local r <close> = assert(remote.connect(server))
    local q = r:queue("jobs", { ack_wait = 0.5 })
    q:put_many { "done", "taken", "not taken" }
    local child <close> = subprocess.Popen { helper.moons, "-e", ([[
      local r = assert(moons.remote.connect(%q, { authkey = %q }))
      local q = r:queue("jobs")
      q:get() q:task_done() q:get()
      print "taken" io.stdout:flush()
      moons.sleep(100)
    ]]):format(server.url, KEY), stdout = "pipe" }
    assert.equal("taken", child.stdout:read())
    child:kill()
    child:wait()
    assert.equal("not taken", q:get(WAIT))
    q:task_done()
    assert.equal("taken", q:get(WAIT))
    q:task_done()
    assert.is_true(q:join(WAIT))
  end)

  it("keeps it while it lives, however long that takes", function()
    local server <close> = assert(remote.serve())
    local r <close> = assert(remote.connect(server))
    local q = r:queue("jobs", { ack_wait = 0.3 })
    q:put("long work")
    assert.equal("long work", q:get(WAIT))
    assert.same({ nil, "timeout" }, { q:get(0.8) })
    q:task_done()
    assert.is_true(q:join(WAIT))
  end)
end)

describe("a stranger", function()
  -- A server that lets anyone in.
  local function open_server()
    local port = 20000 + math.random(20000)
    local dir <const>, closer = helper.folder()
    local process = subprocess.Popen { "nats-server", "-a", "127.0.0.1", "-p", tostring(port),
      "-js", "-sd", dir, stdout = "devnull", stderr = "devnull",
      env = { PATH = os.getenv("PATH") .. ":/usr/sbin" } }
    local url = ("nats://127.0.0.1:%d"):format(port)
    local r
    assert(helper.eventually(function()
      r = remote.connect(url)
      return r
    end))
    return r, setmetatable({}, { __close = function()
      r:close()
      getmetatable(process).__close(process)
      getmetatable(closer).__close(closer)
    end }), port
  end

  -- Publishes past moons.
  local function publish(port, subject, payload)
    local c <close> = assert(moons.net.connect("127.0.0.1:" .. port))
    c:write { "CONNECT {\"verbose\":false}\r\nPUB ", subject, " ", #payload, "\r\n", payload,
      "\r\nPING\r\n" }
    assert(helper.eventually(function() return c:read("l", WAIT):find("PONG") end))
  end

  it("can send plain data and nothing else", function()
    local r <const>, closer <close>, port <const> = open_server()
    local q = r:queue("open")
    q:put { 1, { x = "plain" } }
    assert.equal("plain", q:get(WAIT)[2].x)
    q:task_done()
    for _, value in ipairs { print, function() end, setmetatable({}, {}) } do
      assert.matches("only plain data goes over a connection without an authkey",
        select(2, pcall(q.put, q, { value })))
    end
    -- What a stranger makes of it: bytes of a name that is looked up, code, nonsense.
    local head = string.pack("<I4I4I4I4", 0x016e6f6d, 0, 0, 9)
    for _, payload in ipairs {
      head .. "\x7e\x47os\0exit", head .. ("\x81"):rep(9), "nonsense", "", head .. "\x72",
      string.pack("<I4I4I4I4", 0x016e6f6d, 0, 1, 2) .. "\x72\x72\1",
    } do
      publish(port, "moons.queue.open", payload)
      local ok, why = pcall(q.get, q, WAIT)
      assert.is_false(ok)
      assert.is_truthy(why:find("cannot read what came: ") or why:find("malformed message"))
    end
    assert.is_true(q:join(WAIT)) -- nobody gets those again
    assert.is_truthy(closer)
  end)
end)

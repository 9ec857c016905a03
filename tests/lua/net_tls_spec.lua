-- moons.net with TLS, against itself and against OpenSSL's own programs.

local helper = require "helper"
local setup, teardown, pending = setup, teardown, pending
local describe, it, assert = helper.outside(describe, it, assert)
local net = moons.net

-- A folder with a certificate of localhost and 127.0.0.1, signed by itself, and its key.
local folder, remover = helper.folder()
local cert, key = folder .. "/cert.pem", folder .. "/key.pem"

-- Where OpenSSL is not there, moons does without.
local function is_without()
  local _, why = net.listen("127.0.0.1:0", { tls = { cert = "/nowhere" } })
  return why:find("built without TLS", 1, true) or why:find("libssl", 1, true)
end

if is_without() or not os.execute("command -v openssl >/dev/null") then
  return pending("TLS, without OpenSSL")
end

setup(function()
  subprocess.check_call {
    "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
    "-nodes", "-keyout", key, "-out", cert, "-days", "3650", "-subj", "/CN=localhost",
    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", stderr = "devnull",
  }
end)

teardown(function() getmetatable(remover).__close() end)

local function listen(options)
  options = options or {}
  options.cert, options.key = options.cert or cert, options.key or key
  return assert(net.listen("127.0.0.1:0", { tls = options }))
end

-- A thread that gives back what each of `count` connections brings; it gives how they ended.
local function echo(listener, count)
  return spawn(function()
    local ends = {}
    for i = 1, count or 1 do
      local c <close> = listener:accept(100)
      local text, why = c:receive(nil, 100)
      while text do
        c:write(text, 100)
        text, why = c:receive(nil, 100)
      end
      ends[i] = why
    end
    return table.unpack(ends)
  end)
end

local function connect(listener, options, ...)
  options = options or {}
  options.ca = options.ca or cert
  return net.connect(listener:address(), { tls = options, timeout = 100 }, ...)
end

describe("TLS", function()
  it("carries what is written, in both directions at once", function()
    local listener <close> = listen()
    local server = echo(listener)
    local c <close> = assert(connect(listener))
    assert.equal("TLSv1.3", (c:tls()))
    c:write("one\ntwo\n")
    assert.same({ "one", "two" }, { c:read("l", 100), (c:read("l", 100)) })
    local big = ("0123456789abcdef"):rep(200000)
    local writer = moons.task(function() return c:write(big, 100) end)
    assert.is_true(c:read(#big, 100) == big)
    assert.is_true(writer:result())
    c:shutdown()
    assert.same({ nil, "closed" }, { c:read("l", 100) })
    assert.equal("closed", server:join())
  end)

  it("is refused where nobody trusts the certificate", function()
    local listener <close> = listen()
    local server = echo(listener, 1)
    local c, why = net.connect(listener:address(), { tls = true, timeout = 100 })
    assert.is_nil(c)
    assert.matches("^127.0.0.1:%d+: TLS: certificate verify failed: self", why)
    assert.matches("^TLS: .*unknown ca", server:join())
  end)

  it("is refused where the certificate is somebody else's", function()
    local listener <close> = listen()
    local server = echo(listener, 1)
    local c, why = connect(listener, { host = "example.org" })
    assert.is_nil(c)
    assert.matches("TLS: certificate verify failed: hostname mismatch$", why)
    server:join()
  end)

  it("asks nobody where it is told so", function()
    local listener <close> = listen()
    local server = echo(listener, 1)
    local c <close> = assert(net.connect(listener:address(), { tls = { verify = false } }))
    c:write("x")
    assert.equal("x", c:read(1, 100))
    c:close()
    assert.equal("closed", server:join())
  end)

  it("asks those who connect, too", function()
    local listener <close> = listen { ca = cert }
    local server = echo(listener, 2)
    local known <close> = assert(connect(listener, { cert = cert, key = key }))
    known:write("x")
    assert.equal("x", known:read(1, 100))
    known:close()
    -- In TLS 1.3 the client hears of it with its first read.
    local unknown <close> = assert(connect(listener))
    local text, why = unknown:read(1, 100)
    assert.same({ nil, "string" }, { text, type(why) })
    local first, second = server:join()
    assert.equal("closed", first)
    assert.matches("peer did not return a certificate", second)
  end)

  it("agrees on a protocol", function()
    local listener <close> = listen { alpn = { "two", "one" } }
    local server = echo(listener, 2)
    local c <close> = assert(connect(listener, { alpn = { "one", "two" } }))
    assert.same({ "TLSv1.3", "two" }, { c:tls() })
    c:close()
    local other, why = connect(listener, { alpn = { "three" } })
    assert.is_nil(other)
    assert.matches("no application protocol", why)
    server:join()
  end)

  it("is agreed on in the time of the call that needs it", function()
    local listener <close> = listen()
    local silent <close> = assert(net.connect(listener:address()))
    local c <close> = listener:accept(100)
    assert.is_nil(c:tls())
    assert.same({ nil, "timeout" }, { c:read("l", 0.02) })
    assert.same({ nil, "timeout" }, { c:write("x", 0.02) })
    assert.same({ nil, "timeout" }, { c:handshake(0.02) })
    silent:write("no TLS at all\n")
    local text, why = c:read("l", 100)
    assert.is_nil(text)
    assert.matches("^TLS: ", why)
  end)

  it("tells an end from a connection that breaks off", function()
    local listener <close> = listen()
    local agreed = moons.Event()
    local server = spawn(function()
      local c = listener:accept()
      c:handshake()
      agreed:set()
      return c:read("l")
    end)
    local plain = subprocess.Popen {
      "openssl", "s_client", "-quiet", "-connect", listener:address(),
      stdin = "pipe", stdout = "devnull", stderr = "devnull",
    }
    agreed:wait()
    plain:kill()
    plain:wait()
    local text, why = server:join()
    assert.is_nil(text)
    assert.not_equal("closed", why)
  end)

  it("lets threads read and write at once", function()
    local listener <close> = listen()
    local server = echo(listener)
    local c <close> = assert(connect(listener))
    local writers = {}
    for i = 1, 4 do
      writers[i] = spawn(function()
        for n = 1, 100 do c:write(("%d %d\n"):format(i, n), 100) end
      end)
    end
    local last, count = { 0, 0, 0, 0 }, 0
    for line in c:lines() do
      local i, n = line:match("^(%d) (%d+)$")
      i, n = tonumber(i), tonumber(n)
      assert.equal(last[i] + 1, n)
      last[i], count = n, count + 1
      if count == 400 then break end
    end
    for i = 1, 4 do writers[i]:join() end
    c:close()
    assert.equal("closed", server:join())
  end)

  it("parks tasks only, on both sides of one thread", function()
    local listener <close> = listen()
    local server = moons.task { daemon = true, function()
      for connection in listener:iter() do
        moons.task(function()
          local c <close> = connection
          for text in function() return (c:receive()) end do c:write(text) end
        end)
      end
    end }
    local clients = {}
    for i = 1, 20 do
      clients[i] = moons.task(function()
        local c <close> = assert(connect(listener))
        local text = tostring(i):rep(50000)
        local writer = moons.task(function() return c:write(text, 100) end)
        return c:read(#text, 100) == text and writer:result()
      end)
    end
    for _, right in ipairs(moons.gather(clients)) do assert.is_true(right) end
    local late = moons.task(function() return connect(listener):read("l") end)
    moons.sleep(0.01)
    assert.is_true(late:cancel())
    late:wait()
    assert.is_true(late:cancelled())
    listener:close()
    server:result()
  end)

  it("speaks with OpenSSL's server", function()
    local probe = net.listen("127.0.0.1:0")
    local address = probe:address()
    probe:close()
    local server <close> = subprocess.Popen {
      "openssl", "s_server", "-accept", address, "-cert", cert, "-key", key, "-www", "-quiet",
      stdout = "devnull", stderr = "devnull",
    }
    local c
    repeat
      moons.sleep(0.02)
      c = net.connect(address, { tls = { ca = cert }, timeout = 100 })
    until c or server:poll()
    c:write("GET / HTTP/1.0\r\n\r\n")
    assert.matches("^HTTP/1.0 200 ok", c:read("l", 100))
    c:close()
    server:terminate()
  end)

  it("says which file can't be used", function()
    assert.same({ nil, "127.0.0.1:0: TLS: /nowhere: No such file or directory" },
      { net.listen("127.0.0.1:0", { tls = { cert = "/nowhere" } }) })
    local listener <close> = listen()
    local c, why = connect(listener, { ca = "/nowhere" })
    assert.is_nil(c)
    assert.matches("TLS: /nowhere: No such file", why)
    assert.matches("TLS: .*README.md: ", select(2, net.listen("127.0.0.1:0",
      { tls = { cert = cert, key = "README.md" } })))
  end)

  it("checks what it is told", function()
    local function bad(message, source)
      assert.equal("here:1: bad argument #2 to " .. message, helper.error_of(source))
    end
    bad("'listen' (option 'tls.cert' is missing)",
      "moons.net.listen('127.0.0.1:0', {tls = true})")
    bad("'connect' (option 'tls.host' is missing)",
      "moons.net.connect('unix:/x', {tls = true})")
    bad("'connect' (unknown option 'tls.x')", "moons.net.connect('a:1', {tls = {x = 1}})")
    bad("'connect' (option 'tls.alpn' must be a list of names)",
      "moons.net.connect('a:1', {tls = {alpn = {}}})")
  end)
end)

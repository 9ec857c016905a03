-- moons.remote with TLS: certificates that are right, and those that are not.

local helper = require "helper"
local setup, teardown, pending = setup, teardown, pending
local describe, it, assert = helper.outside(describe, it, assert)
local remote = moons.remote

local probe, missing = remote.serve()
if not probe then return pending("moons.remote: " .. missing) end
probe:close()
if not os.execute("command -v openssl >/dev/null") then return pending("TLS, without OpenSSL") end

local folder, remover = helper.folder()

-- NAME.pem and NAME.key, signed by itself, for that host.
local function make(name, host)
  subprocess.check_call {
    "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
    "-nodes", "-keyout", folder .. "/" .. name .. ".key", "-out", folder .. "/" .. name .. ".pem",
    "-days", "3650", "-subj", "/CN=" .. name, "-addext", "subjectAltName=" .. host,
    stderr = "devnull",
  }
end

local function file(name) return folder .. "/" .. name end

local server

setup(function()
  make("own", "IP:127.0.0.1,DNS:localhost")
  make("other", "DNS:example.org")
  server = assert(remote.serve { tls = { cert = file "own.pem", key = file "own.key" } })
end)

teardown(function()
  server:close()
  getmetatable(remover).__close()
end)

local function refusal(tls, where)
  local r, why = remote.connect(where or server.url, { authkey = server.authkey, tls = tls })
  assert.is_nil(r)
  return why
end

describe("remote with TLS", function()
  it("encrypts, and knows the server by its certificate", function()
    assert.matches("^tls://127%.0%.0%.1:%d+$", server.url)
    local r <close> = assert(remote.connect(server, { tls = { ca = file "own.pem" } }))
    local q = r:queue("q")
    q:put("over TLS")
    assert.equal("over TLS", q:get(10))
  end)

  it("refuses a certificate that is not to be trusted, unless told to", function()
    assert.matches("TLS: the server's certificate is not one of those to be trusted",
      refusal { ca = file "other.pem" })
    assert.matches("TLS: the server's certificate is not one of those to be trusted", refusal(true))
    local r <close> = assert(remote.connect(server, { tls = { verify = false } }))
    assert.equal("connected", r:status())
  end)

  it("refuses one that is for another host", function()
    assert.matches("TLS: the server's certificate is for another host",
      refusal { ca = file "own.pem", host = "example.org" })
  end)

  it("says that a file is wrong", function()
    assert.is_string(refusal { ca = file "none.pem" })
  end)

  it("still wants the key", function()
    local r, why = remote.connect(server.url, { authkey = "x", tls = { ca = file "own.pem" } })
    assert.is_nil(r)
    assert.matches("the server refuses the authkey", why)
  end)

  it("is wanted by a server that has it", function()
    assert.matches("the server wants TLS", refusal(nil, (server.url:gsub("tls", "nats"))))
  end)

  it("knows those who connect by their certificates", function()
    local own <close> = assert(remote.serve {
      tls = { cert = file "own.pem", key = file "own.key", ca = file "own.pem" },
    })
    local tls = { ca = file "own.pem", cert = file "own.pem", key = file "own.key" }
    local r <close> = assert(remote.connect(own, { tls = tls }))
    assert.equal("connected", r:status())
    local none, why = remote.connect(own, { tls = { ca = file "own.pem" } })
    assert.is_nil(none)
    assert.matches("the server wants a certificate: option 'tls.cert'$", why)
  end)
end)

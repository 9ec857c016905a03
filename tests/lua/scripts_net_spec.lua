-- The scripts of scripts/ that use connections, run by the command, with their output checked.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)
local output = helper.output

-- Runs the script as a server, calls f with a connection to it, and ends it by Ctrl-C.
local function with_server(name, f)
  local server <close> = subprocess.Popen {
    helper.moons, "scripts/" .. name, "127.0.0.1:0", stdout = "pipe", stderr = "devnull",
  }
  local address = server.stdout:read():match("127%.0%.0%.1:%d+")
  local connection <close> = assert(moons.net.connect(address, { timeout = 10 }))
  f(connection, address)
  server:send_signal(2)
  assert.equal(130, server:wait(20))
end

describe("echo.lua", function()
  it("gives back what a hundred clients write", function()
    assert.equal("1000 lines came back\n", output("echo.lua"))
  end)

  it("serves until Ctrl-C", function()
    with_server("echo.lua", function(c)
      c:write("there\n")
      assert.equal("there", c:read("l", 10))
    end)
  end)
end)

describe("http.lua", function()
  it("answers several requests on one connection", function()
    assert.equal([[
HTTP/1.1 200 OK	hello from server N

HTTP/1.1 200 OK	three requests on one connection
HTTP/1.1 404 Not Found	nothing is at /nowhere

]], output("http.lua"))
  end)

  it("says what is wrong with a request", function()
    with_server("http.lua", function(c)
      c:write("nonsense\r\n\r\n")
      assert.equal("HTTP/1.1 400 Bad Request\r", c:read("l", 10))
      assert.matches("Connection: close", c:read("a", 10))
    end)
  end)

  it("takes several requests that come at once, and ends when it is asked to", function()
    with_server("http.lua", function(c)
      c:write("GET /echo HTTP/1.1\r\n\r\n" ..
        "POST /echo HTTP/1.1\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody")
      local text = c:read("a", 10)
      local _, answers = text:gsub("HTTP/1.1 200 OK", "")
      assert.same({ 2, "body" }, { answers, text:sub(-4) })
    end)
  end)
end)

describe("chat.lua", function()
  it("tells all in a room, and nobody else", function()
    assert.equal([[
Ann reads [kitchen] Ann is here
Bob reads [kitchen] Bob is here
Cat reads [garden] Cat is here
Ann reads [kitchen] Bob is here
Ann reads [kitchen] Bob: is there any soup?
Bob reads [kitchen] Bob: is there any soup?
Cat reads [garden] Cat: the roses!
Ann reads [kitchen] Bob has left
]], output("chat.lua"))
  end)

  it("serves until Ctrl-C", function()
    with_server("chat.lua", function(c, address)
      c:write("Ann\nattic\n")
      assert.equal("[attic] Ann is here", c:read("l", 10))
      local other <close> = assert(moons.net.connect(address, { timeout = 10 }))
      other:write("Bob\nattic\n")
      assert.equal("[attic] Bob is here", c:read("l", 10))
      other:close()
      assert.equal("[attic] Bob has left", c:read("l", 10))
    end)
  end)
end)

-- http FORM LOAD: a server that answers each request with the same 13 bytes, while LOAD loads it.
--   task   all connections are tasks of one thread

local ANSWER <const> = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello, world!"

local load = arg[2]

-- Nobody sends a second request before the first is answered; these are short, and come whole.
local function serve(connection)
  while true do
    local request = connection:receive()
    if not request or request:sub(-4) ~= "\r\n\r\n" then
      return connection:close()
    end
    connection:write(ANSWER)
  end
end

local function accept(listener)
  for connection in listener:iter() do
    moons.task(serve, connection)
  end
end

local listener <close> = assert(moons.net.listen("127.0.0.1:0"))
local acceptor = moons.task(accept, listener)
local port = listener:address():match("%d+$")
assert(subprocess.call{"sh", load, port, tostring(moons.getpid())} == 0, "the load failed")
listener:close()
acceptor:result()

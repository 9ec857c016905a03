-- An echo server with a task for each connection, and a hundred clients, all in one thread.
-- `echo.lua host:port` serves there until Ctrl-C; try it with nc.

local listener = assert(moons.net.listen(arg[1] or "127.0.0.1:0"))
if arg[1] then print("listening at " .. listener:address()) end

local function echo(connection)
  local c <close> = connection
  for text in function() return (c:receive()) end do c:write(text) end
end

local function serve()
  for connection in listener:iter() do moons.task(echo, connection) end
end

if arg[1] then return serve() end

local function client(n)
  local c <close> = assert(moons.net.connect(listener:address()))
  local right = 0
  for turn = 1, 10 do
    local line = ("client %d, turn %d"):format(n, turn)
    c:write { line, "\n" }
    if c:read() == line then right = right + 1 end
  end
  return right
end

local server = moons.task(serve)
local clients, sum = {}, 0
for n = 1, 100 do clients[n] = moons.task(client, n) end
for _, right in ipairs(moons.gather(clients)) do sum = sum + right end
listener:close()
server:result()
print(sum .. " lines came back")

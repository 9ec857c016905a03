-- An HTTP/1.1 server that keeps connections alive, on a thread for each core, and a client of it.
-- `http.lua host:port` serves there until Ctrl-C; try it with a browser, curl or wrk.

local net = moons.net
local IDLE, HEAD, BODY = 30, 16 * 1024, 1 << 20 -- seconds, bytes, bytes

local reasons = {
  [200] = "OK", [400] = "Bad Request", [404] = "Not Found", [405] = "Method Not Allowed",
  [413] = "Content Too Large", [501] = "Not Implemented",
}

-- ---- what is served ----

local pages = {}

pages["/"] = function()
  return 200, "hello from " .. moons.current():name() .. "\n"
end

pages["/echo"] = function(request)
  return 200, request.body
end

local function answer(request)
  local page = pages[request.path]
  if not page then return 404, "nothing is at " .. request.path .. "\n" end
  if request.method ~= "GET" and request.method ~= "POST" then return 405, "" end
  return page(request)
end

-- ---- the protocol ----

-- A request; nil at the end of the stream; or nil and the status that says what is wrong with it.
local function read_request(c)
  local head, why = c:read_until("\r\n\r\n", IDLE)
  if not head then return nil, why == "full" and 413 or nil end
  local method, path, minor = head:match("^(%u+) (%S+) HTTP/1%.([01])\r\n")
  if not method then return nil, 400 end
  local fields = {}
  for name, value in head:gmatch("\n([%w-]+):[ \t]*([^\r\n]-)[ \t]*\r") do
    fields[name:lower()] = value
  end
  if fields["transfer-encoding"] then return nil, 501 end
  local length = fields["content-length"] or "0"
  if not length:find("^%d+$") then return nil, 400 end
  local size = math.tointeger(tonumber(length))
  if not size or size > BODY then return nil, 413 end
  local body = size > 0 and c:read(size, IDLE) or ""
  if #body < size then return nil end
  local connection = (fields.connection or ""):lower()
  local lasts = minor == "1" and connection ~= "close" or connection == "keep-alive"
  return { method = method, path = path, fields = fields, body = body, lasts = lasts }
end

local function write_answer(c, status, body, lasts)
  return c:write {
    ("HTTP/1.1 %d %s\r\n"):format(status, reasons[status]),
    ("Content-Type: text/plain\r\nContent-Length: %d\r\n"):format(#body),
    lasts and "\r\n" or "Connection: close\r\n\r\n", body,
  }
end

local function serve_connection(connection)
  local c <close> = connection
  local lasts = true
  while lasts do
    local request, wrong = read_request(c)
    if wrong then write_answer(c, wrong, reasons[wrong] .. "\n", false) end
    if not request then return end
    lasts = request.lasts
    local status, body = answer(request)
    if not write_answer(c, status, body, lasts) then return end
  end
end

-- ---- the server ----

local listener = assert(net.listen(arg[1] or "127.0.0.1:0", { limit = HEAD }))

local function serve()
  for connection in listener:iter() do moons.task(serve_connection, connection) end
end

local servers = {}
for i = 1, moons.cpu_count() do servers[i] = spawn { serve, name = "server " .. i } end
if arg[1] then
  print("serving http://" .. listener:address())
  for _, server in ipairs(servers) do server:join() end
  return
end

-- ---- the client ----

local c <close> = assert(net.connect(listener:address()))

local function ask(method, path, body)
  c:write {
    method, " ", path, " HTTP/1.1\r\nHost: localhost\r\n",
    "Content-Length: ", #body, "\r\n\r\n", body,
  }
  local head = c:read_until("\r\n\r\n")
  local size = math.tointeger(tonumber(head:match("Content%-Length: (%d+)")))
  return head:match("^[^\r]+"), (c:read(size):gsub("%d", "N"))
end

print(ask("GET", "/", ""))
print(ask("POST", "/echo", "three requests on one connection"))
print(ask("GET", "/nowhere", ""))
c:close()
listener:close()
for _, server in ipairs(servers) do server:join() end

-- net/net.lua -- addresses and options of moons.net, above what is in C (net_lua.c).
-- net_api.lua declares the functions.
--
-- Each is called by a C function that the script has called, so that level 3 is the script's line.

local core = ...

local CALLER = 3
local RETRY, AGAIN = 0.005, 11 -- a full backlog of a Unix socket: EAGAIN, and nothing tells when

-- ---- arguments ----

-- What is said of a bad argument, to be raised at the caller's line.
local function bad(number, name, message, ...)
  return ("bad argument #%d to '%s' (%s)"):format(number, name, message:format(...))
end

local function is_flag(value) return type(value) == "boolean" end

local function is_seconds(value)
  return type(value) == "number" and value >= 0
end

local function is_count(value)
  return math.type(value) == "integer" and value >= 1 and value <= 0x7fffffff
end

local function is_silence(value)
  return is_flag(value) or is_count(value)
end

local wanted = {
  timeout = { is_seconds, "seconds, at least 0" },
  limit = { is_count, "a count of bytes, at least 1" },
  nodelay = { is_flag, "true or false" },
  keepalive = { is_silence, "true, false, or whole seconds" },
  backlog = { is_count, "a count, at least 1" },
  reuseport = { is_flag, "true or false" },
}

-- What is wrong with the options; nil: nothing.
local function mistake_in(name, options, known)
  if options == nil then return end
  if type(options) ~= "table" then return bad(2, name, "table expected, got %s", type(options)) end
  for key, value in pairs(options) do
    if not known[key] then return bad(2, name, "unknown option '%s'", tostring(key)) end
    local is, what = table.unpack(wanted[key])
    if not is(value) then return bad(2, name, "option '%s' must be %s", key, what) end
  end
end

local connection_options = { limit = true, nodelay = true, keepalive = true }
local connect_options = setmetatable({ timeout = true }, { __index = connection_options })
local listen_options = setmetatable({ backlog = true, reuseport = true },
  { __index = connection_options })

local LINE_LIMIT, SILENCE, BACKLOG = 1 << 20, 60, 1024

-- What the C takes for a connection: limit, no delay, seconds of silence.
local function connection_values(options)
  local keepalive = options.keepalive
  if keepalive == true then keepalive = SILENCE end
  return options.limit or LINE_LIMIT, options.nodelay ~= false, keepalive or 0
end

-- A number, as far as there are ports, or the name of a service.
local function is_port(text)
  if text and text:find "^%d+$" then return tonumber(text) <= 65535 end
  return text ~= nil and text:find "^%w*%a" ~= nil
end

-- Where an address leads: {raw=} of a Unix socket, or {host=, port=}; or nil and what is wrong.
local function parse(name, address)
  if type(address) ~= "string" then
    return nil, bad(1, name, "string expected, got %s", type(address))
  end
  local path = address:match("^unix:(.*)$")
  if path then
    local raw = core.path(path)
    if raw then return { raw = raw } end
    return nil, bad(1, name, "a path of 1 to 107 bytes expected, got '%s'", path)
  end
  local host, port = address:match("^%[([^%[%]\0]*)%]:([%w_-]+)$")
  if not host then host, port = address:match("^([^%[%]:\0]*):([%w_-]+)$") end
  if is_port(port) then return { host = host, port = port } end
  return nil, bad(1, name, "'host:port' or 'unix:path' expected, got '%s'", address)
end

-- ---- addresses ----

local function remaining(deadline)
  return deadline and math.max(0, deadline - core.clock())
end

-- A list of addresses as the system writes them; or nil and why there is none.
local function addresses_of(target, listens, deadline)
  if target.raw then return { target.raw } end
  local list = core.numeric(target.host, target.port, listens)
  if list then return list end
  return core.look_up(target.host, target.port, listens, remaining(deadline))
end

-- ---- the functions ----

local face = {}

local function connect_one(raw, deadline, ...)
  while true do
    local connection, why, number = core.connect(raw, remaining(deadline), ...)
    if number ~= AGAIN then return connection, why, number end
    if deadline and core.clock() >= deadline then return nil, "timeout" end
    core.sleep(RETRY)
  end
end

local function told(address, why, number)
  if why == "timeout" then return nil, why end
  return nil, ("%s: %s"):format(address, why), number
end

face.connect = function(address, options)
  local target, mistake = parse("connect", address)
  mistake = mistake or mistake_in("connect", options, connect_options)
  if mistake then error(mistake, CALLER) end
  options = options or {}
  local deadline = options.timeout and core.clock() + options.timeout
  local list, why, number = addresses_of(target, false, deadline)
  if not list then return told(address, why) end
  local connection
  for _, raw in ipairs(list) do
    connection, why, number = connect_one(raw, deadline, connection_values(options))
    if connection or why == "timeout" then break end
  end
  if connection then return connection end
  return told(address, why, number)
end

face.listen = function(address, options)
  local target, mistake = parse("listen", address)
  mistake = mistake or mistake_in("listen", options, listen_options)
  if mistake then error(mistake, CALLER) end
  options = options or {}
  local limit, nodelay, keepalive = connection_values(options)
  local list, why, number = addresses_of(target, true)
  if not list then return told(address, why) end
  local listener
  for _, raw in ipairs(list) do
    listener, why, number = core.listen(raw, options.backlog or BACKLOG, limit, nodelay, keepalive,
      options.reuseport)
    if listener then return listener end
  end
  return told(address, why, number)
end

return face

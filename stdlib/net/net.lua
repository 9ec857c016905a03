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
  return is_flag(value) or is_count(value) and value <= 32767
end

local function is_path(value)
  return type(value) == "string" and value ~= "" and not value:find("\0", 1, true)
end

local function is_protocols(value)
  if type(value) ~= "table" or #value == 0 then return false end
  for _, name in ipairs(value) do
    if type(name) ~= "string" or #name < 1 or #name > 255 then return false end
  end
  return true
end

local function is_tls(value)
  return is_flag(value) or type(value) == "table"
end

local wanted = {
  timeout = { is_seconds, "seconds, at least 0" },
  limit = { is_count, "a count of bytes, at least 1" },
  nodelay = { is_flag, "true or false" },
  keepalive = { is_silence, "true, false, or whole seconds up to 32767" },
  backlog = { is_count, "a count, at least 1" },
  reuseport = { is_flag, "true or false" },
  tls = { is_tls, "true, false, or a table" },
}

local wanted_of_tls = {
  ca = { is_path, "the path of a file" },
  cert = { is_path, "the path of a file" },
  key = { is_path, "the path of a file" },
  verify = { is_flag, "true or false" },
  host = { is_path, "the name of a host" },
  alpn = { is_protocols, "a list of names" },
}

-- What is wrong with the fields of a table; nil: nothing.
local function mistake_in_fields(name, fields, rules, path)
  for key, value in pairs(fields) do
    if not rules[key] then return bad(2, name, "unknown option '%s%s'", path, tostring(key)) end
    local is, what = table.unpack(rules[key])
    if not is(value) then return bad(2, name, "option '%s%s' must be %s", path, key, what) end
  end
end

local function mistake_in(name, options, known)
  if options == nil then return end
  if type(options) ~= "table" then return bad(2, name, "table expected, got %s", type(options)) end
  local mistake = mistake_in_fields(name, options, known, "")
  if mistake or type(options.tls) ~= "table" then return mistake end
  return mistake_in_fields(name, options.tls, wanted_of_tls, "tls.")
end

-- The rules of those options that a function takes.
local function only(...)
  local rules = {}
  for _, key in ipairs { ... } do rules[key] = wanted[key] end
  return rules
end

local connect_options = only("timeout", "limit", "nodelay", "keepalive", "tls")
local listen_options = only("backlog", "reuseport", "limit", "nodelay", "keepalive", "tls")

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

-- ---- TLS ----

-- Contexts for connecting, by what they were made of: the system's certificates take long to read.
local contexts, count, MOST = {}, 0, 16

local function protocols(names)
  if not names then return nil end
  local parts = {}
  for i, name in ipairs(names) do parts[i] = string.pack("s1", name) end
  return table.concat(parts)
end

local function client_context(tls)
  local verifies, alpn = tls.verify ~= false, protocols(tls.alpn)
  local key = ("%s\0%s\0%s\0%s\0%s"):format(verifies, tls.ca, tls.cert, tls.key, alpn)
  if contexts[key] then return contexts[key] end
  local context, why = core.tls(false, verifies, tls.ca, tls.cert, tls.key, alpn)
  if not context then return nil, "TLS: " .. why end
  if count == MOST then contexts, count = {}, 0 end
  contexts[key], count = context, count + 1
  return context
end

-- For a listener. Who gives `ca` wants certificates of those who connect, too.
local function server_context(tls)
  local verifies = tls.ca ~= nil and tls.verify ~= false
  local context, why = core.tls(true, verifies, tls.ca, tls.cert, tls.key, protocols(tls.alpn))
  if not context then return nil, "TLS: " .. why end
  return context
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

-- A certificate that is to be verified is somebody's.
local function unnamed_host(target, options)
  local tls = options and options.tls
  if not tls or target.host and target.host ~= "" then return end
  if tls == true or tls.verify ~= false and not tls.host then
    return bad(2, "connect", "option 'tls.host' is missing")
  end
end

-- The connection, once both sides speak TLS.
local function secured(connection, address, tls, host, deadline)
  local context, why = client_context(tls)
  local ok, number = context ~= nil, nil
  if ok then ok, why, number = core.secure(connection, context, tls.host or host) end
  if ok then ok, why, number = connection:handshake(remaining(deadline)) end
  if ok then return connection end
  connection:close()
  return told(address, why, number)
end

face.connect = function(address, options)
  local target, mistake = parse("connect", address)
  mistake = mistake or mistake_in("connect", options, connect_options) or
    unnamed_host(target, options)
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
  if not connection then return told(address, why, number) end
  if not options.tls then return connection end
  return secured(connection, address, options.tls == true and {} or options.tls, target.host,
    deadline)
end

face.listen = function(address, options)
  local target, mistake = parse("listen", address)
  mistake = mistake or mistake_in("listen", options, listen_options)
  if mistake then error(mistake, CALLER) end
  options = options or {}
  local limit, nodelay, keepalive = connection_values(options)
  local context
  if options.tls then
    if options.tls == true or not options.tls.cert then
      error(bad(2, "listen", "option 'tls.cert' is missing"), CALLER)
    end
    local failure
    context, failure = server_context(options.tls)
    if not context then return told(address, failure) end
  end
  local list, why, number = addresses_of(target, true)
  if not list then return told(address, why) end
  local listener
  for _, raw in ipairs(list) do
    listener, why, number = core.listen(raw, options.backlog or BACKLOG, limit, nodelay, keepalive,
      options.reuseport, context)
    if listener then return listener end
  end
  return told(address, why, number)
end

return face

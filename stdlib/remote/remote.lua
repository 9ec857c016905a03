-- remote/remote.lua -- moons.remote.serve and connect. remote_api.lua declares them.
--
-- Keys go to the server by a file that only its user may read, and to the C client as they are:
-- never as an argument of a program or in an environment, and into no message.

local core = ...
local is_there, missing = core.is_there()
local ask = is_there and core.face("remote/ask")

local CALLER = 3 -- the script's line, as each function here is called by one of C

-- ---- options ----

local function bad(number, name, message, ...)
  return ("bad argument #%d to '%s' (%s)"):format(number, name, message:format(...))
end

local function is_text(value)
  return type(value) == "string" and value ~= "" and not value:find("%c")
end

-- What may stand in the configuration as it is.
local function is_key(value)
  return type(value) == "string" and value:find("^[%w_.+/=~-]+$") ~= nil and #value <= 512
end

local function is_seconds(value)
  return type(value) == "number" and value > 0 and value <= 3600
end

local function is_flag(value) return type(value) == "boolean" end

local wanted = {
  address = { is_text, "'host:port'" },
  authkey = { is_key, "1 to 512 letters, digits and _ . + / = ~ -" },
  dir = { is_text, "the path of a folder" },
  tls = { function(value) return value == true or type(value) == "table" end, "true or a table" },
  name = { is_text, "a text" },
  timeout = { is_seconds, "seconds, more than 0 and 3600 at most" },
  reconnect = { is_seconds, "seconds, more than 0 and 3600 at most" },
  ca = { is_text, "the path of a file" },
  cert = { is_text, "the path of a file" },
  key = { is_text, "the path of a file" },
  host = { is_text, "the name of a host" },
  verify = { is_flag, "true or false" },
}

local function set(...)
  local names = {}
  for _, name in ipairs { ... } do names[name] = true end
  return names
end

local serve_options = set("address", "authkey", "dir", "tls", "timeout")
local connect_options = set("authkey", "tls", "name", "timeout", "reconnect")
local serve_tls, connect_tls = set("ca", "cert", "key"), set("ca", "cert", "key", "host", "verify")

local function mistake_in_fields(number, name, options, known, path)
  for key, value in pairs(options) do
    local rule = known[key] and wanted[key]
    if not rule then return bad(number, name, "unknown option '%s%s'", path, tostring(key)) end
    if not rule[1](value) then
      return bad(number, name, "option '%s%s' must be %s", path, key, rule[2])
    end
  end
end

-- What is wrong with the options; nil: nothing.
local function mistake_in(number, name, options, known, known_tls)
  if options == nil then return end
  if type(options) ~= "table" then
    return bad(number, name, "table expected, got %s", type(options))
  end
  local mistake = mistake_in_fields(number, name, options, known, "")
  if mistake or type(options.tls) ~= "table" then return mistake end
  return mistake_in_fields(number, name, options.tls, known_tls, "tls.")
end

-- ---- a private server ----

local Server = { __name = "RemoteServer", __transfer = "a server is tied to its thread" }
Server.__index = {}

Server.__tostring = function(self)
  return ("RemoteServer: %s"):format(self.url)
end

-- Ends it, and waits for that. Its folder goes with it, but for one that the script has named.
Server.__index.close = function(self)
  getmetatable(self.process).__close(self.process)
end
Server.__close = Server.__index.close

-- Runs beside the server, in a session of its own: ends it when this process closes the pipe, or is
-- no more, and clears up.
local WATCHER = [[
  read -r _
  grep -qsF "$2" "/proc/$1/cmdline" && kill "$1"
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    grep -qsF "$2" "/proc/$1/cmdline" || break
    sleep 0.1
  done
  rm -rf "$3"
]]

local START = [[
  exec 3<&0 </dev/null
  setsid sh -c "$4" sh "$$" "$2" "$3" <&3 >/dev/null 2>&1 &
  exec 3<&-
  exec "$1" -c "$2" >"$3/log" 2>&1
]]

local function quote(text)
  return '"' .. text:gsub('[\\"]', "\\%0") .. '"'
end

-- The configuration. The key stands in it, so it is written for its user alone.
local function config_of(o, folder)
  local lines = {
    "listen: " .. quote(o.address), "ports_file_dir: " .. quote(folder),
    "max_payload: 8388608", "max_pending: 67108864",
    "jetstream { store_dir: " .. quote(o.dir or folder .. "/data") .. " }",
    ("authorization { token: %s }"):format(quote(o.authkey)),
  }
  if o.tls then
    local parts = {
      "cert_file: " .. quote(o.tls.cert), "key_file: " .. quote(o.tls.key or o.tls.cert),
    }
    if o.tls.ca then
      parts[#parts + 1] = "ca_file: " .. quote(o.tls.ca)
      parts[#parts + 1] = "verify: true"
    end
    lines[#lines + 1] = ("tls { %s }"):format(table.concat(parts, ", "))
  end
  return table.concat(lines, "\n") .. "\n"
end

local function read_file(path)
  local file <close> = io.open(path)
  return file and file:read("a")
end

local function find_program()
  local folders = (os.getenv("PATH") or "") .. ":/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin"
  for folder in folders:gmatch("[^:]+") do
    local file <close> = io.open(folder .. "/nats-server")
    if file then return folder .. "/nats-server" end
  end
  return nil, "nats-server is not installed (Debian: apt-get install nats-server)"
end

-- Why the server has ended: the last that it says of an error.
local function failure_in(folder)
  local why
  for line in (read_file(folder .. "/log") or ""):gmatch("[^\n]+") do
    why = line:match("%[FTL%] (.*)") or line:match("%[ERR%] (.*)")
      or line:match("^nats%-server: (.*)") or why
  end
  return why or "it has ended at once"
end

-- Waits until the server has written where it listens. The port; or nil and why not.
local function await_port(process, folder, seconds)
  local json = core.face("remote/json")
  local path = ("%s/nats-server_%d.ports"):format(folder, process.pid)
  local deadline, pause = core.clock() + seconds, 0.002
  while core.clock() < deadline do
    local ports = json(read_file(path) or "")
    local url = ports and ports.nats and ports.nats[1]
    if url then return math.tointeger(tonumber(url:match(":(%d+)$"))) end
    if process:poll() then return nil, failure_in(folder) end
    core.sleep(pause)
    pause = math.min(2 * pause, 0.05)
  end
  return nil, "it was not ready in time"
end

local function parse_address(address)
  local host, port = address:match("^%[([%x:]+)%]:(%d+)$")
  if not host then host, port = address:match("^([%w_.-]*):(%d+)$") end
  if not host or tonumber(port) > 65535 then return nil end
  return host, math.tointeger(tonumber(port))
end

local function is_loopback(host)
  return host == "localhost" or host == "::1" or host:find("^127%.") ~= nil
end

local everywhere = { [""] = "127.0.0.1", ["0.0.0.0"] = "127.0.0.1", ["::"] = "[::1]" }

local function url_of(host, port, tls)
  host = everywhere[host] or host:find(":", 1, true) and ("[%s]"):format(host) or host
  return ("%s://%s:%d"):format(tls and "tls" or "nats", host, port)
end

-- What was made of a folder in vain. The key does not stay behind.
local function clear(folder)
  os.remove(folder .. "/nats.conf")
  os.remove(folder)
end

-- The process; or nil and why not.
local function start(program, o, folder)
  local moons = require "moons"
  local config = folder .. "/nats.conf"
  local made = moons.subprocess.run {
    "/bin/sh", "-c", 'mkdir "$1" && cat >"$2"', "sh", folder, config, umask = 63,
    input = config_of(o, folder), stderr = "devnull",
  }
  if made.returncode ~= 0 then
    clear(folder)
    return nil, ("cannot make the folder '%s'"):format(folder)
  end
  local process, why = moons.subprocess.Popen {
    "/bin/sh", "-c", START, "sh", program, config, folder, WATCHER, stdin = "pipe", umask = 63,
    start_new_session = true,
  }
  if not process then clear(folder) end
  return process, why
end

local face = {}

local function mistake_in_serve(options)
  local mistake = mistake_in(1, "serve", options, serve_options, serve_tls)
  if mistake or not options then return mistake end
  local host = parse_address(options.address or "127.0.0.1:0")
  if not host then
    return bad(1, "serve", "option 'address' must be 'host:port', got '%s'", options.address)
  end
  if not is_loopback(host) and not options.authkey then
    return bad(1, "serve", "an address that others reach needs an option 'authkey'")
  end
  if options.tls and (options.tls == true or not options.tls.cert) then
    return bad(1, "serve", "option 'tls.cert' is missing")
  end
end

face.serve = function(options)
  local mistake = mistake_in_serve(options)
  if mistake then error(mistake, CALLER) end
  if not is_there then return nil, missing end
  options = options or {}
  local program, why = find_program()
  if not program then return nil, why end
  local host, port = parse_address(options.address or "127.0.0.1:0")
  local o = {
    address = ("%s:%d"):format(host:find(":", 1, true) and ("[%s]"):format(host) or host,
      port == 0 and -1 or port),
    authkey = options.authkey or core.random(), dir = options.dir, tls = options.tls,
  }
  local folder = ("%s/moons-nats-%s"):format(os.getenv("TMPDIR") or "/tmp", core.random())
  local process
  process, why = start(program, o, folder)
  if not process then return nil, why end
  port, why = await_port(process, folder, options.timeout or 10)
  if port then
    os.remove(folder .. "/nats.conf")
    return setmetatable({
      url = url_of(host, port, o.tls), authkey = o.authkey, pid = process.pid, process = process,
    }, Server)
  end
  getmetatable(process).__close(process)
  return nil, ("nats-server: %s"):format(why)
end

-- ---- looking at a server ----

local OLDEST = { 2, 9 }

local function is_old(version)
  local major, minor = version:match("^(%d+)%.(%d+)")
  major, minor = tonumber(major), tonumber(minor)
  if not major then return true end
  return major < OLDEST[1] or major == OLDEST[1] and minor < OLDEST[2]
end

-- What is wrong with a server that says that of itself; nil: nothing.
local function mismatch(info, o)
  local version = tostring(info.version)
  if is_old(version) then
    return ("nats-server %s is too old: %d.%d is needed"):format(version, OLDEST[1], OLDEST[2])
  end
  if info.tls_required and not o.tls then return "the server wants TLS: option 'tls'" end
  if o.tls and not (info.tls_required or info.tls_available) then
    return "the server speaks no TLS"
  end
  if info.tls_verify and (type(o.tls) ~= "table" or not o.tls.cert) then
    return "the server wants a certificate: option 'tls.cert'"
  end
  if info.auth_required and not o.authkey and not info.tls_verify then
    return "the server wants an authkey"
  end
  if o.authkey and not info.auth_required then
    return "the server lets anyone in, and does not ask for the authkey"
  end
end

-- The first line of a server, which comes before anything is encrypted or asked for; or nil and why
-- not.
local function look_at(address, o, deadline)
  local net = require("moons").net
  local connection <close>, why = net.connect(address, { timeout = ask.left(deadline) })
  if not connection then
    if why == "timeout" then return nil, address .. ": no answer in time" end
    return nil, why
  end
  local line, reason = connection:read("l", ask.left(deadline))
  if reason == "timeout" then
    return nil, address .. ": no NATS server: it says nothing"
  end
  local info = line and core.face("remote/json")(line:match("^INFO ({.*})") or "")
  if type(info) ~= "table" then return nil, address .. ": no NATS server" end
  local wrong = mismatch(info, o)
  if wrong then return nil, ("%s: %s"):format(address, wrong) end
  return info
end

-- ---- connecting ----

-- The addresses in "nats://host:port,...", or nil and what is wrong; and whether one of them wants
-- TLS.
local function parse_urls(urls)
  local list, secure = {}, false
  for url in urls:gmatch("[^,%s]+") do
    local scheme, rest = url:match("^(%l+)://(.*)$")
    local address = (rest or url):gsub("/$", "")
    if address:find("@", 1, true) then
      return nil, "a key does not belong into an address: option 'authkey'"
    end
    if scheme and scheme ~= "nats" and scheme ~= "tls" then
      return nil, ("'nats://host:port' expected, got '%s'"):format(url)
    end
    if not address:find(":%d+$") then address = address .. ":4222" end
    if not parse_address(address) then
      return nil, ("'nats://host:port' expected, got '%s'"):format(url)
    end
    secure = secure or scheme == "tls"
    list[#list + 1] = address
  end
  if #list == 0 then return nil, "'nats://host:port' expected" end
  return list, secure
end

local UNKNOWN <const> = "TLS: the server's certificate is not one of those to be trusted"
local OTHER <const> = "TLS: the server's certificate is for another host"

local words = {
  { "uthorization", "the server refuses the authkey" },
  { "uthentication", "the server refuses the authkey" },
  { "unable to get local issuer", UNKNOWN },
  { "self.signed", UNKNOWN },
  { "certificate verify failed", UNKNOWN },
  { "ostname mismatch", OTHER },
  { "IP address mismatch", OTHER },
  { "certificate required", "TLS: the server wants a certificate: option 'tls.cert'" },
  { "bad certificate", "TLS: the server refuses the certificate" },
}

-- What the C client says, in our words.
local function told(why)
  for _, pair in ipairs(words) do
    if why:find(pair[1]) then return pair[2] end
  end
  return why
end

local function dial(list, o, info, deadline)
  local tls = o.tls == true and {} or o.tls
  local given = {
    token = o.authkey, name = o.name or "moons", secure = tls and true or false,
    timeout = math.max(0.1, ask.left(deadline)), patience = o.reconnect or 30,
    authenticated = o.authkey ~= nil and info.auth_required == true or info.tls_verify == true,
  }
  if tls then
    given.ca, given.cert, given.key = tls.ca, tls.cert, tls.key
    given.trusts_all = tls.verify == false
    given.host = tls.host or list[1]:match("^%[?(.-)%]?:%d+$")
  end
  for i, address in ipairs(list) do given[i] = (tls and "tls://" or "nats://") .. address end
  local r, why = core.dial(given)
  if not r then return nil, told(why) end
  local answer, status = core.ask(r, "$JS.API.INFO", "", nil, math.max(0.1, ask.left(deadline)))
  if answer and status == 0 then return r end
  core.close(r)
  return nil, answer and "the server has no JetStream" or "the server does not answer"
end

-- The first of those that can be connected to comes first.
local function choose(list, o, deadline)
  local failure
  for i, address in ipairs(list) do
    local share = core.clock() + ask.left(deadline) / (#list - i + 1)
    local info, why = look_at(address, o, share)
    if info then
      table.insert(list, 1, table.remove(list, i))
      return info
    end
    failure = failure or why
  end
  return nil, failure
end

face.connect = function(where, options)
  local mistake = mistake_in(2, "connect", options, connect_options, connect_tls)
  local o, list = {}, nil
  for key, value in pairs(not mistake and options or {}) do o[key] = value end
  local urls = where
  if getmetatable(where) == Server then
    urls, o.authkey = where.url, o.authkey or where.authkey
  end
  if not mistake and type(urls) ~= "string" then
    mistake = bad(1, "connect", "string or server expected, got %s", type(where))
  end
  if not mistake then
    local secure
    list, secure = parse_urls(urls)
    if not list then mistake = bad(1, "connect", "%s", secure) end
    if secure and not o.tls then o.tls = true end
  end
  if mistake then error(mistake, CALLER) end
  if not is_there then return nil, missing end
  local deadline = core.clock() + (o.timeout or 5)
  local info, why = choose(list, o, deadline)
  if not info then return nil, why end
  local r
  r, why = dial(list, o, info, deadline)
  if not r then return nil, ("%s: %s"):format(list[1], why) end
  return r
end

return face

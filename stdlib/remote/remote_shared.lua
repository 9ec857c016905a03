-- remote/remote_shared.lua -- the methods of a RemoteShared. remote_api.lua declares them.
--
-- Each key is a subject of one stream, which keeps the last message of each. What is read and then
-- written is compared by the number of the stream's last message: another key's write lets it be
-- tried again, too.

local core = ...
local ask = core.face("remote/ask")
local raise = ask.raise

local KEY_MOST = 120 -- bytes of a key's name as a subject

local shared = {}

-- A key as a part of a subject.
local function encode_key(key)
  if math.type(key) == "integer" then return "i" .. key end
  if type(key) ~= "string" then
    raise("bad key (string or integer expected, got %s)", type(key))
  end
  local text = "s" .. key:gsub("[^%w_-]", function(c) return ("=%02x"):format(c:byte()) end)
  if #text > KEY_MOST then raise("bad key (too long)") end
  return text
end

local function decode_key(text)
  if text:sub(1, 1) == "i" then return math.tointeger(tonumber(text:sub(2))) end
  return (text:sub(2):gsub("=(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function place_of(s, key)
  local r, name = core.parts(s)
  return r, "S_" .. name, ("moons.shared.%s.%s"):format(name, encode_key(key))
end

-- The value, and the number of its message or 0.
local function read(r, stream, subject)
  local payload, seq = ask.last(r, stream, subject)
  if not payload or payload == "" then return nil, seq or 0 end
  return core.unpack(r, payload), seq
end

local function pack(r, value)
  if value == nil then return "" end
  local payload, why = core.pack(r, value, "value")
  if not payload then raise("%s", why) end
  return payload
end

shared.get = function(s, key)
  return (read(place_of(s, key)))
end

shared.set = function(s, key, value)
  local r, _, subject = place_of(s, key)
  ask.write(r, subject, pack(r, value))
end

-- Replaces the value by what `f` makes of it, until nobody has written in between. If `f` gives no
-- payload nothing is written. What else f gave.
local function exchange(s, key, f)
  local r, stream, subject = place_of(s, key)
  while true do
    local info, e = ask.api(r, "STREAM.INFO." .. stream)
    if not info then ask.refused("cannot read", e) end
    local last = info.state.last_seq
    local value, seq = read(r, stream, subject)
    if seq <= last then
      local result, payload = f(r, value)
      if not payload then return result, value end
      local headers = { "Nats-Expected-Last-Sequence", tostring(last) }
      if ask.write(r, subject, payload, headers) then return result end
    end
  end
end

shared.update = function(s, key, f, ...)
  ask.check_callable("update", 2, f)
  local arguments = table.pack(...)
  return (exchange(s, key, function(r, old)
    local new = f(old, table.unpack(arguments, 1, arguments.n))
    return new, pack(r, new)
  end))
end

shared.cas = function(s, key, expected, new)
  local swapped, current = exchange(s, key, function(r, old)
    if old == expected then return true, pack(r, new) end
    return false
  end)
  if swapped then return true end
  return false, current
end

shared.copy = function(s)
  local r, name = core.parts(s)
  local prefix = ("moons.shared.%s."):format(name)
  local info, e = ask.api(r, "STREAM.INFO.S_" .. name, ('{"subjects_filter":"%s>"}'):format(prefix))
  if not info then ask.refused("cannot read", e) end
  local copy = {}
  for subject in pairs(info.state.subjects or {}) do
    local key = subject:sub(#prefix + 1)
    if key ~= "first" then copy[decode_key(key)] = read(r, "S_" .. name, subject) end
  end
  return copy
end

return shared

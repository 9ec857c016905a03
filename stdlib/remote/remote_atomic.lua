-- remote/remote_atomic.lua -- the methods of a RemoteAtomic. remote_api.lua declares them.
--
-- The number is the one message of a stream; that it is still the last is compared when it is
-- replaced.

local core = ...
local ask = core.face("remote/ask")
local text_of = core.face("remote/connection").number_text
local raise = ask.raise

local atomic = {}

local function check_number(method, number, value)
  if type(value) ~= "number" then
    raise("bad argument #%d to '%s' (number expected, got %s)", number, method, type(value))
  end
end

local function place_of(a)
  local r, name = core.parts(a)
  return r, "A_" .. name, "moons.atomic." .. name
end

local odd = { inf = math.huge, ["-inf"] = -math.huge, nan = 0 / 0, ["-nan"] = 0 / 0 }

local function read(r, stream, subject)
  local text, seq = ask.last(r, stream, subject)
  local number = tonumber(text) or odd[text]
  if not number then raise("atomic '%s' is gone", stream:sub(3)) end
  return number, seq
end

atomic.get = function(a)
  return (read(place_of(a)))
end

atomic.set = function(a, number)
  check_number("set", 1, number)
  local r, _, subject = place_of(a)
  ask.write(r, subject, text_of(number))
end

-- Replaces the number by what `f` makes of it; if that is nil nothing is written. The new one, or
-- nil and the one that is there.
local function exchange(a, f)
  local r, stream, subject = place_of(a)
  while true do
    local old, seq = read(r, stream, subject)
    local new = f(old)
    if new == nil then return nil, old end
    if ask.write(r, subject, text_of(new), { "Nats-Expected-Last-Sequence", tostring(seq) }) then
      return new
    end
  end
end

atomic.add = function(a, difference)
  if difference == nil then difference = 1 end
  check_number("add", 1, difference)
  return (exchange(a, function(old) return old + difference end))
end

atomic.sub = function(a, difference)
  if difference == nil then difference = 1 end
  check_number("sub", 1, difference)
  return (exchange(a, function(old) return old - difference end))
end

atomic.cas = function(a, expected, new)
  check_number("cas", 1, expected)
  check_number("cas", 2, new)
  local done, current = exchange(a, function(old) if old == expected then return new end end)
  if done == nil then return false, current end
  return true
end

return atomic

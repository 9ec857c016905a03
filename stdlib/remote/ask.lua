-- remote/ask.lua -- questions to a server that may be away for a while, and what is raised.

local core = ...
local json = core.face("remote/json")

local ask = {}

local PATIENCE = 5 -- seconds until a question is put again
local LONGEST = 30 -- seconds for those that the script gives no time for
local BUSY = 0.05  -- seconds until one is asked again that has no leader now

-- Raises at the script's line: the innermost that is not of this library.
ask.raise = function(message, ...)
  if select("#", ...) > 0 then message = message:format(...) end
  local level = 2
  while true do
    local info = debug.getinfo(level, "S")
    if not info or info.what ~= "C" and not info.source:find("^=remote/") then break end
    level = level + 1
  end
  error(message, level)
end

local raise = ask.raise

-- When a wait of `seconds` is over; nil: never.
ask.deadline = function(name, number, seconds)
  if seconds == nil then return nil end
  if type(seconds) ~= "number" then
    raise("bad argument #%d to '%s' (number expected, got %s)", number, name, type(seconds))
  end
  if seconds ~= seconds or seconds < 0 then
    raise("bad argument #%d to '%s' (timeout must not be negative)", number, name)
  end
  return core.clock() + seconds
end

ask.check_callable = function(name, number, f)
  local metatable = debug.getmetatable(f)
  if type(f) ~= "function" and not (metatable and rawget(metatable, "__call")) then
    raise("bad argument #%d to '%s' (function expected, got %s)", number, name, type(f))
  end
end

ask.left = function(deadline, most)
  if not deadline then return most end
  local left = math.max(0, deadline - core.clock())
  return most and math.min(left, most) or left
end

local left = ask.left

-- The connection is of no use any more.
ask.lost = function(r)
  local state, _, why = core.state(r)
  if state == "closed" then raise("the connection is closed") end
  raise("the connection is lost: %s", why)
end

-- Waits until it is there again: whether it is, before the deadline.
local function await(r, deadline)
  local ok, why = core.await(r, left(deadline))
  if ok then return true end
  if why ~= "timeout" then ask.lost(r) end
  return false
end
ask.await = await

-- Puts the question until it is answered. nil and "timeout"; or "unserved": nobody listens there.
ask.ask = function(r, subject, payload, headers, deadline)
  while true do
    local answer, status = core.ask(r, subject, payload, headers, left(deadline, PATIENCE))
    if answer then
      if status == 0 then return answer end
      return nil, "unserved"
    elseif status == "closed" then
      ask.lost(r)
    elseif status == "full" then
      local _, _, _, most = core.state(r)
      raise("value of %d bytes is too large: the server takes %d at most", #payload, most)
    elseif status == "broken" then
      if not await(r, deadline) then return nil, "timeout" end
    elseif deadline and core.clock() >= deadline then
      return nil, "timeout"
    end
  end
end

-- The same for what the script has given no time for. Raises.
ask.must = function(r, subject, payload, headers)
  local deadline = core.clock() + LONGEST
  while true do
    local answer, why = ask.ask(r, subject, payload, headers, deadline)
    if answer then return answer end
    if why == "timeout" then raise("the server does not answer") end
    if core.clock() >= deadline then
      raise("the server does not answer: nobody serves '%s'", subject)
    end
    core.sleep(BUSY)
  end
end

-- Errors of JetStream that pass: no leader, no quorum, no answer of the others yet.
local passing = { [10008] = true, [10009] = true, [10023] = true }

-- A call of JetStream's own: what it answers, or nil and its error: {code=, err_code=,
-- description=}.
ask.api = function(r, what, payload)
  local deadline = core.clock() + LONGEST
  while true do
    local answer = json(ask.must(r, "$JS.API." .. what, payload or ""))
    if type(answer) ~= "table" then raise("the server's answer makes no sense") end
    if not answer.error then return answer end
    if not passing[answer.error.err_code] or core.clock() >= deadline then
      return nil, answer.error
    end
    core.sleep(BUSY)
  end
end

-- What an acknowledgement of JetStream says: the sequence number; or nil and its error.
ask.read_ack = function(text)
  local ack = json(text)
  if type(ack) ~= "table" then raise("the server's answer makes no sense") end
  if ack.error then return nil, ack.error end
  return ack.seq
end

-- Another one has written in between.
ask.MISMATCH = 10071

-- Publishes for JetStream: the sequence number; or nil and the error.
ask.write = function(r, subject, payload, headers)
  headers = headers or {}
  headers[#headers + 1] = "Nats-Msg-Id"
  headers[#headers + 1] = core.random()
  local seq, e = ask.read_ack(ask.must(r, subject, payload, headers))
  if not seq and e.err_code ~= ask.MISMATCH then ask.refused("cannot write", e) end
  return seq, e
end

local NO_MESSAGE = 10037

-- The last message under a subject: its payload and its sequence number; nil: there is none.
ask.last = function(r, stream, subject)
  local question = ('{"last_by_subj":"%s"}'):format(subject)
  local answer, e = ask.api(r, "STREAM.MSG.GET." .. stream, question)
  if answer then return core.from_base64(answer.message.data or ""), answer.message.seq end
  if e.err_code ~= NO_MESSAGE then ask.refused("cannot read", e) end
end

ask.refused = function(what, e)
  raise("%s: %s", what, e.description)
end

return ask

-- remote/remote_queue.lua -- the methods of a RemoteQueue. remote_api.lua declares them.
--
-- A taker tells of each item that is done only where somebody has said lately that he waits for
-- that: "want.NAME" and "done.NAME" are such events. They may be late, so who waits looks again in
-- any case.

local core = ...
local ask = core.face("remote/ask")
local connection = core.face("remote/connection")
local raise = ask.raise

local LOOK = 1      -- seconds until who waits for others looks again
local WANTED = 10   -- seconds for which a word that somebody waits counts
local BUSY = 0.05
local CHUNK = 128   -- values that are on their way at once
local PATIENCE = 5

local FULL, NO_STREAM = 10077, 10059

local queue = {}

-- ---- putting ----

local function pack(r, name, value, what)
  if value == nil then raise("bad argument #1 to '%s' (nil cannot be queued)", name) end
  local payload, why = core.pack(r, value, what)
  if not payload then raise("%s", why) end
  return payload
end

local function is_closed(r, name)
  local info, e = ask.api(r, "STREAM.INFO.Q_" .. name)
  if not info and e.err_code == NO_STREAM then raise("queue '%s' is gone", name) end
  if not info then ask.refused("cannot look at the queue", e) end
  return info.config.subjects[1] == "moons.closed." .. name
end

-- Puts it once: true; or nil and "full", "closed", "timeout".
local function put_once(r, name, payload, id, deadline)
  while true do
    local answer, why = ask.ask(r, "moons.queue." .. name, payload, { "Nats-Msg-Id", id }, deadline)
    if answer then
      local done, e = ask.read_ack(answer)
      if done then return true end
      if e.err_code == FULL then return nil, "full" end
      if e.code ~= 503 then ask.refused("cannot put", e) end
    elseif why == "timeout" then
      return nil, why
    elseif is_closed(r, name) then
      return nil, "closed"
    end
    if deadline and core.clock() >= deadline then return nil, "timeout" end
    core.sleep(BUSY) -- it has no leader now
  end
end

-- Waits until an item was done somewhere, or it is time to look again.
local function await_done(r, name, seen, deadline)
  local done, why = core.listen(r, "done." .. name, seen, ask.left(deadline, LOOK))
  if done then return end
  if why == "closed" then ask.lost(r) end
  if why == "broken" then ask.await(r, deadline) end
end

local function put_waiting(r, name, payload, deadline)
  local id = core.random()
  while true do
    local seen = core.told(r, "done." .. name)
    local done, why = put_once(r, name, payload, id, deadline)
    if why ~= "full" then return done, why end
    if deadline and core.clock() >= deadline then return nil, "timeout" end
    core.tell(r, "want." .. name)
    done, why = put_once(r, name, payload, id, deadline)
    if why ~= "full" then return done, why end
    await_done(r, name, seen, deadline)
  end
end

queue.put = function(q, value, seconds)
  local deadline = ask.deadline("put", 2, seconds)
  local r, name = core.parts(q)
  return put_waiting(r, name, pack(r, "put", value, "value"), deadline)
end

queue.try_put = function(q, value)
  local r, name = core.parts(q)
  local payload = pack(r, "try_put", value, "value")
  return put_once(r, name, payload, core.random(), core.clock() + PATIENCE)
end

-- How many from the first on the server has; and the error of the next one, if it gave one.
local function count_acknowledged(answers, most)
  for i = 1, most do
    if not answers[i] then return i - 1 end
    local seq, e = ask.read_ack(answers[i])
    if not seq then return i - 1, e end
  end
  return most
end

-- Puts payloads `first` to `last`, all on their way at once; those that were doubled by being sent
-- again the server knows by their ids. How many, from the first on; and why not all.
local function put_chunk(r, name, payloads, first, last, deadline)
  local id, chunk = core.random(), table.move(payloads, first, last, 1, {})
  while true do
    local answers, why = core.ask_many(r, "moons.queue." .. name, chunk, id,
      ask.left(deadline, PATIENCE))
    if not answers then error(why, 0) end
    local done, e = count_acknowledged(answers, #chunk)
    if done == #chunk then return done end
    if e and (e.code ~= 503 or e.err_code == FULL) then ask.refused("cannot put", e) end
    if deadline and core.clock() >= deadline then return done, "timeout" end
    local state, is_lost = core.state(r)
    if is_lost then ask.lost(r) end
    if state == "reconnecting" then
      if not ask.await(r, deadline) then return done, "timeout" end
    elseif is_closed(r, name) then
      return done, "closed"
    else
      core.sleep(BUSY)
    end
  end
end

queue.put_many = function(q, list, seconds)
  if type(list) ~= "table" then
    raise("bad argument #1 to 'put_many' (table expected, got %s)", type(list))
  end
  local deadline = ask.deadline("put_many", 2, seconds)
  local r, name, _, maxsize = core.parts(q)
  local payloads, count = {}, 0
  local _, _, _, most = core.state(r)
  for i = 1, #list do
    payloads[i] = pack(r, "put_many", list[i], "value #" .. i)
    if #payloads[i] > most then
      raise("value #%d of %d bytes is too large: the server takes %d at most", i, #payloads[i],
        most)
    end
  end
  while count < #payloads do
    local done, why
    if maxsize > 0 then
      done, why = put_waiting(r, name, payloads[count + 1], deadline)
      done = done and 1 or 0
    else
      done, why = put_chunk(r, name, payloads, count + 1, math.min(count + CHUNK, #payloads),
        deadline)
    end
    count = count + done
    if why then return count, why end
  end
  return count
end

-- ---- taking ----

-- What core.take and core.take_many gave as a word.
local function check_word(q, why)
  if why == "broken" then ask.lost((core.parts(q))) end
  if why == "unknown" then
    local _, name = core.parts(q)
    raise("queue '%s' is gone, or the server can't serve it", name)
  end
  return why
end

local words = { full = "empty", closed = "closed", timeout = "timeout", broken = "broken",
  unknown = "unknown" }

-- A list of what is there; and nil, a word, or an error. A server that stands still is waited for
-- no longer than `seconds`, or PATIENCE.
local function take_many(q, most, seconds)
  local list, why = core.take_many(q, most, math.min(seconds or PATIENCE, PATIENCE))
  if words[why] then return list, words[why] end
  return list, nil, why
end

local function try_get(q)
  local list, why, e = take_many(q, 1)
  if list[1] ~= nil then return list[1] end
  if e then error(e, 0) end
  return nil, check_word(q, why)
end

queue.try_get = function(q)
  return try_get(q)
end

local function get(q, seconds)
  local value, why
  if seconds == 0 then
    value, why = try_get(q)
    if why == "empty" then why = "timeout" end
  else
    value, why = core.take(q, seconds)
  end
  if value == nil then return nil, check_word(q, why) end
  return value
end

queue.get = function(q, seconds)
  ask.deadline("get", 1, seconds)
  return get(q, seconds)
end

local MANY = 256

queue.get_many = function(q, max, seconds)
  if max ~= nil and (math.type(max) ~= "integer" or max < 1) then
    raise("bad argument #1 to 'get_many' (max must be positive)")
  end
  local deadline = ask.deadline("get_many", 2, seconds)
  max = math.min(max or MANY, MANY)
  local list, why, e = take_many(q, max, seconds ~= 0 and seconds or nil)
  if #list > 0 then return list, e end
  if e then error(e, 0) end
  if check_word(q, why) == "closed" then return nil, why end
  local left = ask.left(deadline)
  if left == 0 then return nil, "timeout" end
  list[1], why = get(q, left)
  if list[1] == nil then return nil, why end
  if max > 1 then
    local more, _, failure = take_many(q, max - 1)
    table.move(more, 1, #more, 2, list)
    e = failure
  end
  return list, e
end

queue.iter = function(q)
  return function() return (get(q)) end
end

-- ---- what was dealt with ----

queue.task_done = function(q)
  local reply = core.done(q)
  if not reply then raise("task_done() called more often than values were taken") end
  local r, name = core.parts(q)
  ask.must(r, reply, "+ACK")
  local _, ago = core.told(r, "want." .. name)
  if ago and ago < WANTED then core.tell(r, "done." .. name) end
end

local function consumer_of(r, name)
  local info, e = ask.api(r, ("CONSUMER.INFO.Q_%s.C"):format(name))
  if not info then ask.refused(("cannot look at queue '%s'"):format(name), e) end
  return info
end

local function is_done(r, name)
  local info = consumer_of(r, name)
  return info.num_pending + info.num_ack_pending == 0
end

queue.join = function(q, seconds)
  local deadline = ask.deadline("join", 1, seconds)
  local r, name = core.parts(q)
  while true do
    local seen = core.told(r, "done." .. name)
    if is_done(r, name) then return true end
    core.tell(r, "want." .. name)
    if is_done(r, name) then return true end
    if deadline and core.clock() >= deadline then return nil, "timeout" end
    await_done(r, name, seen, deadline)
  end
end

queue.qsize = function(q)
  local r, name = core.parts(q)
  return consumer_of(r, name).num_pending
end

queue.maxsize = function(q)
  local _, _, _, maxsize = core.parts(q)
  return maxsize
end

-- ---- the end ----

queue.close = function(q)
  local r, name, _, maxsize = core.parts(q)
  connection.close_queue(r, name, maxsize)
  core.tell(r, "closed." .. name)
end

queue.closed = function(q)
  return is_closed(core.parts(q))
end

queue.delete = function(q)
  local r, name = core.parts(q)
  local _, e = ask.api(r, "STREAM.DELETE.Q_" .. name)
  if e and e.err_code ~= NO_STREAM then ask.refused("cannot delete the queue", e) end
end

return queue

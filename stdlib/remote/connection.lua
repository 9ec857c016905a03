-- remote/connection.lua -- the methods of a RemoteConnection. remote_api.lua declares them.

local core = ...
local ask = core.face("remote/ask")
local raise = ask.raise

local SECOND = 1000000000

-- What two writers may not do within this time is told apart by the ids of their messages.
local WINDOW = 120

local function check_name(method, name)
  if type(name) ~= "string" or #name > 60 or not name:find("^[%w_-]+$") then
    raise("bad argument #1 to '%s' (a name of 1 to 60 letters, digits, '-' and '_' expected, " ..
      "got %s)", method, type(name) == "string" and ("'%s'"):format(name) or type(name))
  end
end

local function is_size(value)
  return math.type(value) == "integer" and value >= 0
end

local function is_replicas(value)
  return value == 1 or value == 3 or value == 5
end

local function is_span(value)
  return type(value) == "number" and value >= 0.1 and value <= 86400
end

local wanted = {
  maxsize = { is_size, "an integer, at least 0" },
  replicas = { is_replicas, "1, 3 or 5" },
  ack_wait = { is_span, "seconds, from 0.1 to 86400" },
  lease = { is_span, "seconds, from 0.1 to 86400" },
  initial = { function(value) return type(value) == "number" end, "a number" },
}

local function check_options(method, options, known)
  if options == nil then return {} end
  if type(options) ~= "table" then
    raise("bad argument #2 to '%s' (table expected, got %s)", method, type(options))
  end
  for key, value in pairs(options) do
    local rule = known[key] and wanted[key]
    if not rule then
      raise("bad argument #2 to '%s' (unknown option '%s')", method, tostring(key))
    end
    if not rule[1](value) then
      raise("bad argument #2 to '%s' (option '%s' must be %s)", method, key, rule[2])
    end
  end
  return options
end

local function nanoseconds(seconds)
  return math.floor(seconds * SECOND + 0.5)
end

-- ---- streams ----

local NO_STREAM, IN_USE = 10059, 10058

-- What a stream is made of. Numbers that are not there are JetStream's own.
local function stream_text(stream, subject, o)
  return ([[{"name":"%s","subjects":["%s"],"retention":"%s","storage":"file","num_replicas":%d,]] ..
    [["discard":"%s","max_msgs":%d,"max_msgs_per_subject":%d,"max_age":%d,"duplicate_window":%d}]])
    :format(stream, subject, o.retention or "limits", o.replicas or 1, o.discard or "old",
      o.max_msgs or -1, o.per_subject or -1, nanoseconds(o.max_age or 0),
      nanoseconds(math.min(WINDOW, o.max_age or WINDOW)))
end

-- What the server has of a stream, which is made if there is none. `made`: it was now.
local function open_stream(r, stream, subject, o)
  local info, e = ask.api(r, "STREAM.INFO." .. stream)
  if info then return info, false end
  if e.err_code ~= NO_STREAM then ask.refused("cannot open " .. stream, e) end
  info, e = ask.api(r, "STREAM.CREATE." .. stream, stream_text(stream, subject, o))
  if info then return info, true end
  if e.err_code ~= IN_USE then ask.refused("cannot make " .. stream, e) end
  info, e = ask.api(r, "STREAM.INFO." .. stream) -- somebody was quicker
  if not info then ask.refused("cannot open " .. stream, e) end
  return info, false
end

local function check_same(method, key, given, there)
  if given ~= nil and given ~= there then
    raise("bad argument #2 to '%s' (option '%s' is %s, but it was made with %s)", method, key,
      given, there)
  end
end

-- ---- queues ----

local ACK_WAIT, WAITING_MOST = 30, 8192

local function open_consumer(r, stream, ack_wait)
  local info = ask.api(r, ("CONSUMER.INFO.%s.C"):format(stream))
  if info then return info end
  local e
  info, e = ask.api(r, ("CONSUMER.DURABLE.CREATE.%s.C"):format(stream),
    ([[{"stream_name":"%s","config":{"durable_name":"C","ack_policy":"explicit","ack_wait":%d,]] ..
    [["max_deliver":-1,"max_ack_pending":-1,"max_waiting":%d,"deliver_policy":"all"}}]])
    :format(stream, nanoseconds(ack_wait), WAITING_MOST))
  if not info then info = ask.api(r, ("CONSUMER.INFO.%s.C"):format(stream)) end
  if not info then ask.refused("cannot open " .. stream, e) end
  return info
end

-- A server that was killed may have kept items that were done, which would count as there.
local function purge_done(r, stream, info, consumer)
  local floor = consumer.ack_floor and consumer.ack_floor.stream_seq or 0
  if floor > 0 and info.state.messages > 0 and info.state.first_seq <= floor then
    ask.api(r, "STREAM.PURGE." .. stream, ('{"seq":%d}'):format(floor + 1))
  end
end

local connection = {}

local queue_options = { maxsize = true, replicas = true, ack_wait = true }

connection.queue = function(r, name, options)
  check_name("queue", name)
  local o = check_options("queue", options, queue_options)
  local stream, maxsize = "Q_" .. name, o.maxsize or 0
  local seen = core.told(r, "closed." .. name)
  core.told(r, "want." .. name) -- events count from here on
  local info, made = open_stream(r, stream, "moons.queue." .. name, {
    retention = "workqueue", discard = "new", replicas = o.replicas,
    max_msgs = maxsize > 0 and maxsize or -1,
  })
  local consumer = open_consumer(r, stream, o.ack_wait or ACK_WAIT)
  local ack_wait = consumer.config.ack_wait / SECOND
  if not made then
    maxsize = math.max(0, info.config.max_msgs)
    check_same("queue", "maxsize", o.maxsize, maxsize)
    check_same("queue", "replicas", o.replicas, info.config.num_replicas)
    if o.ack_wait then check_same("queue", "ack_wait", o.ack_wait + 0.0, ack_wait) end
    purge_done(r, stream, info, consumer)
  end
  local closed = not made and info.config.subjects[1] ~= "moons.queue." .. name
  return core.object(r, "queue", name, ack_wait, maxsize, closed, seen)
end

-- The same stream under another subject: what is put from now on finds nobody who takes it.
connection.close_queue = function(r, name, maxsize)
  local info, e = ask.api(r, "STREAM.INFO.Q_" .. name)
  if not info then ask.refused("cannot close the queue", e) end
  info, e = ask.api(r, "STREAM.UPDATE.Q_" .. name, stream_text("Q_" .. name,
    "moons.closed." .. name, {
      retention = "workqueue", discard = "new", replicas = info.config.num_replicas,
      max_msgs = maxsize > 0 and maxsize or -1,
    }))
  if not info then ask.refused("cannot close the queue", e) end
end

-- ---- locks and values ----

-- Values are made with a first message: a sequence number of 0 would not be compared.
local function open_value(r, stream, subject, first, payload, o)
  local info = open_stream(r, stream, subject, o)
  if info.state.last_seq > 0 then return info end
  ask.must(r, first, payload, { "Nats-Msg-Id", "first" })
  return info
end

local lock_options = { lease = true, replicas = true }
local value_options = { replicas = true }
local atomic_options = { replicas = true, initial = true }

local LEASE = 30

connection.lock = function(r, name, options)
  check_name("lock", name)
  local o = check_options("lock", options, lock_options)
  local info, made = open_stream(r, "L_" .. name, "moons.lock." .. name, {
    per_subject = 1, max_age = o.lease or LEASE, replicas = o.replicas,
  })
  local lease = info.config.max_age / SECOND
  if not made then
    check_same("lock", "replicas", o.replicas, info.config.num_replicas)
    if o.lease then check_same("lock", "lease", o.lease + 0.0, lease) end
  end
  return core.object(r, "lock", name, lease)
end

connection.shared = function(r, name, options)
  check_name("shared", name)
  local o = check_options("shared", options, value_options)
  local subject = "moons.shared." .. name
  local info = open_value(r, "S_" .. name, subject .. ".>", subject .. ".first", "",
    { per_subject = 1, replicas = o.replicas })
  check_same("shared", "replicas", o.replicas, info.config.num_replicas)
  return core.object(r, "shared", name)
end

connection.atomic = function(r, name, options)
  check_name("atomic", name)
  local o = check_options("atomic", options, atomic_options)
  local subject = "moons.atomic." .. name
  local info = open_value(r, "A_" .. name, subject, subject,
    connection.number_text(o.initial or 0), { max_msgs = 1, replicas = o.replicas })
  check_same("atomic", "replicas", o.replicas, info.config.num_replicas)
  return core.object(r, "atomic", name)
end

-- A number as text that gives the same number, of the same kind.
connection.number_text = function(number)
  return math.type(number) == "integer" and ("%d"):format(number) or ("%a"):format(number)
end

-- ---- the rest ----

connection.status = function(r)
  local state, _, why = core.state(r)
  if state == "connected" then return state end
  return state, why
end

connection.close = function(r)
  core.close(r)
end

return connection

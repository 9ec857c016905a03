-- actor/actor.lua -- what an actor does in its thread or task; actor_api.lua declares it, and
-- actor_lua.c has what others do with it.
--
-- A life is one run from `init` to an end or an error. It has the promise of the question that is
-- being worked on, if it is one.

local core = ...
local moons = require "moons"

local face = {}

-- Each with what it must be: the type, or a function that says what is wrong.
local OPTIONS = {
  on = function(value)
    if value ~= "thread" and value ~= "task" then return "must be 'thread' or 'task'" end
  end,
  restart = function(value)
    if value ~= "never" and value ~= "on_failure" then return "must be 'never' or 'on_failure'" end
  end,
  max_restarts = function(value)
    if math.type(value) ~= "integer" or value < 0 then return "must be an integer of at least 0" end
  end,
  period = function(value)
    if not math.type(value) or value ~= value or value <= 0 then
      return "must be a number above 0"
    end
  end,
  maxsize = function(value)
    if math.type(value) ~= "integer" or value < 0 then return "must be an integer of at least 0" end
  end,
  daemon = function(value)
    if type(value) ~= "boolean" then return "must be true or false" end
  end,
  name = function(value)
    if type(value) ~= "string" or #value < 1 or #value > 63 or value:find("\0", 1, true) then
      return "must be a string of 1 to 63 bytes, none of them zero"
    end
  end,
}
local NO_TAGS = { init = true, run = true }

local function is_callable(value)
  local metatable = getmetatable(value)
  return type(value) == "function" or type(metatable) == "table" and metatable.__call ~= nil
end

-- ---- one life ----

-- What is left unanswered stays so.
local function leave_question(life, why)
  local promise = life.promise
  life.promise = nil
  if promise then core.reject(promise, { why, why }) end
end

local function answer(life, ...)
  if not life.promise then return end
  core.resolve(life.promise, ...)
  life.promise = nil
end

local take

-- True and the values of a message that is still wanted; nothing at the end.
local function begin(life, actor, promise, ...)
  if promise == nil then return end
  if promise == true then return take(life, actor) end
  if promise then
    if not core.start(promise) then return take(life, actor) end
    life.promise = promise
  end
  return true, ...
end

function take(life, actor)
  return begin(life, actor, core.receive(actor))
end

local function handlers_of(behaviour)
  local handlers = {}
  for name, handler in pairs(behaviour) do
    if type(name) == "string" and not OPTIONS[name] and not NO_TAGS[name] then
      handlers[name] = handler
    end
  end
  return handlers
end

local function values(is_there, ...)
  if is_there then return ... end
end

local function new_self(life, actor, handlers)
  local methods = setmetatable({ actor = actor }, { __index = handlers })
  local function next_message()
    leave_question(life, "the actor has not answered")
    return values(take(life, actor))
  end
  methods.inbox = function() return next_message end
  methods.reply = function(_, ...) answer(life, ...) end
  return setmetatable({}, {
    __index = methods, __name = "Actor's self",
    __transfer = "an actor's self is tied to where it runs, self.actor is not",
  })
end

local function live(life, actor, behaviour, ...)
  life.behaviour = behaviour
  local handlers = handlers_of(behaviour)
  local self = new_self(life, actor, handlers)
  if behaviour.init then behaviour.init(self, ...) end
  if behaviour.run then
    behaviour.run(self)
    leave_question(life, "the actor has not answered")
    return
  end
  core.serve(actor, life, self, handlers, behaviour[1])
end

local function live_as_copy(life, actor)
  live(life, actor, core.behaviour(actor))
end

-- ---- life after life ----

-- As Erlang's intensity: not more than so many in a period.
local function may_restart(behaviour, restarts)
  if not behaviour or behaviour.restart ~= "on_failure" then return false end
  local now, period = moons.clock(), behaviour.period or 5
  while restarts[1] and now - restarts[1] > period do table.remove(restarts, 1) end
  if #restarts >= (behaviour.max_restarts or 3) then return false end
  restarts[#restarts + 1] = now
  return true
end

-- Gives what the actor died of, or nil. Without `behaviour` it is on a thread.
face.work = function(actor, behaviour, ...)
  local restarts = {}
  while true do
    local life = {}
    local ok, failure = xpcall(behaviour and live or live_as_copy, core.failure, life, actor,
      behaviour, ...)
    if ok then return nil end
    if core.is_stopping() then leave_question(life, "the actor has ended before it answered") end
    local promise = life.promise
    if promise then core.reject(promise, failure) end
    if core.is_stopping() or not may_restart(life.behaviour, restarts) then return failure end
    if not promise then core.report(failure) end
  end
end

-- ---- making ----

local function read_tags(behaviour)
  local tags = {}
  for name, value in pairs(behaviour) do
    local check = OPTIONS[name]
    if check then
      local wrong = check(value)
      if wrong then return nil, ("option '%s' %s"):format(name, wrong) end
    elseif type(name) ~= "string" and name ~= 1 then
      return nil, ("a handler's tag is a string, not %s"):format(tostring(name))
    elseif not is_callable(value) then
      return nil, ("'%s' is a %s, not a function"):format(name, type(value))
    elseif name ~= 1 and not NO_TAGS[name] then
      tags[#tags + 1] = name
    end
  end
  local loop, default = behaviour.run, behaviour[1]
  if loop and (default or #tags > 0) then return nil, "'run' and handlers exclude each other" end
  if not (loop or default or #tags > 0) then return nil, "there is neither a handler nor 'run'" end
  return tags
end

-- What a thread begins with; it travels.
local function body(life, ...)
  life:run(...)
end

-- A task has its behaviour as it is.
local function new_core(behaviour, tags, ...)
  local maxsize, loops = behaviour.maxsize or 0, behaviour.run ~= nil
  if behaviour.on == "task" then return core.new(maxsize, tags, loops) end
  return core.new(maxsize, tags, loops, behaviour, ...)
end

face.new = function(behaviour, ...)
  if is_callable(behaviour) then behaviour = { behaviour } end
  if type(behaviour) ~= "table" then
    error(("bad argument #1 to 'Actor' (function or table expected, got %s)"):format(
      type(behaviour)), 3)
  end
  local tags, wrong = read_tags(behaviour)
  if not tags then error(("bad argument #1 to 'Actor' (%s)"):format(wrong), 3) end
  if behaviour.run or behaviour[1] then tags = nil end
  local ok, actor = pcall(new_core, behaviour, tags, ...)
  if not ok then error(actor, 3) end
  local life = core.life(actor)
  local daemon = behaviour.daemon ~= false
  if behaviour.on == "task" then
    core.attach(actor, moons.task({
      n = 3 + select("#", ...), name = behaviour.name, daemon = daemon, body, life, behaviour, ...,
    }))
    return actor
  end
  local started, thread = pcall(moons.spawn, { body, life, name = behaviour.name, daemon = daemon })
  core.let_go(life)
  if not started then error(thread, 3) end
  core.attach(actor, thread)
  return actor
end

return face

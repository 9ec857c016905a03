-- scope/scope.lua -- children that end with the block that made them; scope_api.lua declares it.
--
-- Beside each child there is a task that waits for it, and tells the scope how it ended: so the
-- scope hears of a failure whenever its thread waits for anything. Then it breaks off what the
-- block waits for, as long as the block lasts, unless that is the scope itself.

local core = ...
local moons = require "moons"

--- Children that end with the block: threads, tasks and processes. Nothing outlives its scope.
--- `#s` is how many there are now.
---@class moons.Scope
---@operator len: integer
local Scope = {}
local metatable = { __index = Scope, __name = "Scope" }

local WAITS = { Future = "result", Thread = "join", Process = "join" }

local ENDED = { done = true, failed = true, cancelled = true }

local function wait_for(child)
  return child[WAITS[getmetatable(child).__name]](child)
end

-- Where error() finds the script, from a function that a method calls.
local CALLER <const> = 3

local function check(scope, name, level)
  if getmetatable(scope) == metatable then return end
  local got = getmetatable(scope) and getmetatable(scope).__name or type(scope)
  error(("bad argument #1 to '%s' (Scope expected, got %s)"):format(name, got), level or CALLER)
end

-- ---- children and their ends ----

local function cancel_all(scope, why)
  scope.is_cancelled = true
  for child in pairs(scope.children) do
    child:cancel(getmetatable(child).__name ~= "Future" and why or nil)
  end
end

-- The block goes no further.
local function break_off(scope)
  if not scope.awaited then core.break_off(scope.block, scope.failed == "deadline") end
end

local function note_error(scope, child, e)
  local errors = scope.errors_list
  errors[#errors + 1] = e
  if scope.failed then return end
  scope.failed = child
  cancel_all(scope, "another part of its scope has failed")
  break_off(scope)
end

-- A cancelled thread cancels its tasks, this one, too: then the scope's end sees to the child.
local function watch(scope, child)
  local ok, e = pcall(wait_for, child)
  local status = child:status()
  if not ENDED[status] then return end
  scope.children[child] = nil
  scope.count = scope.count - 1
  if not ok and status == "failed" then note_error(scope, child, e) end
  if scope.count == 0 then scope.idle:set() end
end

-- Ends the child, and waits for that although the caller is cancelled.
local function close(child)
  if getmetatable(child).__name == "Future" then
    child:cancel()
    core.settle(child)
  else
    getmetatable(child).__close(child, "cancelled")
  end
end

local function adopt(scope, child)
  local ok, watcher = pcall(moons.task, watch, scope, child)
  if not ok then
    close(child)
    error(watcher, 0)
  end
  scope.children[child] = watcher
  scope.count = scope.count + 1
  scope.idle:clear()
  if scope.is_cancelled then child:cancel() end
  return child
end

local function check_type(value, name, expected)
  if value == nil or type(value) == expected then return end
  local got = type(value)
  error(("bad argument #1 to '%s' (%s expected, got %s)"):format(name, expected, got), CALLER)
end

-- Starts a child. What is wrong with what the script gave is told by its line.
local function start(scope, name, f, ...)
  check(scope, name, CALLER + 1)
  if scope.is_closed then error("the scope is closed", CALLER) end
  local ok, child = pcall(moons[name], f, ...)
  if not ok then error(child, type(child) == "string" and CALLER or 0) end
  return adopt(scope, child)
end

--- As `moons.spawn`: a thread. Raises when the scope is closed.
---@param f function|moons.SpawnCall
---@param ... any
---@return moons.Thread
function Scope:spawn(f, ...)
  return (start(self, "spawn", f, ...))
end

--- As `moons.task`: a task of this thread. Raises when the scope is closed.
---@param f function or what can be called
---@param ... any
---@return moons.Future
function Scope:task(f, ...)
  return (start(self, "task", f, ...))
end

--- As `moons.process`: a process. Raises when the scope is closed.
---@param f function|moons.ProcessCall
---@param ... any
---@return moons.Process
function Scope:process(f, ...)
  return (start(self, "process", f, ...))
end

-- ---- waiting for all ----

-- Raises the error that the scope failed by, with the lines of both sides.
local function raise_failure(scope)
  local failed = scope.failed
  if failed == "deadline" then error(scope.errors_list[1], 0) end
  if failed then wait_for(failed) end
end

-- Waits for the children, which goes on although one has failed. Whether it was broken off by
-- something else comes first.
local function wait_for_all(scope, seconds)
  scope.awaited = true
  core.mend(scope.block)
  local ok, done, word = pcall(scope.idle.wait, scope.idle, seconds)
  scope.awaited = false
  return ok, done, word
end

--- Waits until all children that there are have ended. Raises the error that the scope failed by.
---@param seconds? number how long to wait at most; none: for ever, 0: only look
---@return true? done
---@return nil|"timeout" why
function Scope:join(seconds)
  check(self, "join")
  check_type(seconds, "join", "number")
  if seconds and (seconds < 0 or seconds ~= seconds) then
    error("bad argument #1 to 'join' (seconds must be a number of at least 0)", CALLER - 1)
  end
  local ok, done, word = wait_for_all(self, seconds)
  if ok and done then
    raise_failure(self)
    return true
  end
  if self.failed and not self.is_closed then break_off(self) end
  if not ok then error(done, 0) end
  return nil, word
end

--- Cancels all children, and those that are added after this. That is no failure. Returns nothing.
---@param why? string told to threads and processes
function Scope:cancel(why)
  check(self, "cancel")
  check_type(why, "cancel", "string")
  cancel_all(self, why)
end

--- All errors of children so far, in the order in which they were noticed: the first is the one
--- that is raised.
---@return any[]
function Scope:errors()
  check(self, "errors")
  return table.move(self.errors_list, 1, #self.errors_list, 1, {})
end

metatable.__len = function(self)
  check(self, "len")
  return self.count
end

-- As all children are cancelled.
local function settle(scope)
  cancel_all(scope)
  local watchers = {}
  for child, watcher in pairs(scope.children) do watchers[child] = watcher end
  for child, watcher in pairs(watchers) do
    close(child)
    core.settle(watcher)
  end
end

-- What the block raises after the failure is one more, unless it is just that, or comes of having
-- been broken off.
local function note_own(scope, e)
  if e == nil or not scope.failed then return end
  if type(e) == "string" and e:find("cancelled: ", 1, true) then return end
  for _, known in ipairs(scope.errors_list) do
    if known == e then return end
  end
  table.insert(scope.errors_list, e)
end

metatable.__close = function(self, e)
  if self.is_closed then return end
  self.is_closed = true
  note_own(self, e)
  if e ~= nil then cancel_all(self, "its scope has ended by an error") end
  local ok, why = wait_for_all(self)
  if not ok then settle(self) end
  if self.timer then
    self.timer:cancel()
    core.settle(self.timer)
  end
  if not ok then error(why, 0) end
  raise_failure(self)
end

-- ---- making ----

local function expire(scope, seconds)
  moons.sleep(seconds)
  local errors = scope.errors_list
  errors[#errors + 1] = ("the scope's deadline of %s seconds has passed"):format(seconds)
  if not scope.failed then scope.failed = "deadline" end
  cancel_all(scope, "the deadline of its scope has passed")
  break_off(scope)
end

-- Where the script is from a function that `new` calls, which a C function has called.
local NEW <const> = CALLER + 1

local function bad(what, level)
  error(("bad argument #1 to 'Scope' (%s)"):format(what), level)
end

local function read_deadline(options)
  for name in pairs(options) do
    if name ~= "deadline" then bad(("unknown option '%s'"):format(tostring(name)), NEW + 1) end
  end
  local seconds = options.deadline
  if seconds == nil then return nil end
  if not math.type(seconds) then
    bad(("option 'deadline' is a %s, not a number"):format(type(seconds)), NEW + 1)
  end
  if seconds < 0 or seconds ~= seconds then
    bad("option 'deadline' must not be negative", NEW + 1)
  end
  return seconds
end

local face = {}

face.new = function(options)
  if options ~= nil and type(options) ~= "table" then
    bad("table expected, got " .. type(options), NEW)
  end
  local seconds = read_deadline(options or {})
  local scope = setmetatable({
    children = {}, -- each with the task that waits for it
    count = 0, errors_list = {}, idle = moons.Event(), is_closed = false, is_cancelled = false,
    block = core.block(), -- in which it was made
    awaited = false, -- the block waits for the children themselves
  }, metatable)
  scope.idle:set()
  if seconds then scope.timer = moons.task(expire, scope, seconds) end
  return scope
end

return face

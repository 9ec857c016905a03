-- remote/remote_lock.lua -- the methods of a RemoteLock. remote_api.lua declares them.
--
-- The lock is held by whose message lies in its stream, where there is room for one, and which the
-- server throws away when the lease is over. Its number in the stream is the token. Nothing tells
-- of the end of a lease, so who waits looks now and then, besides being told of a release.

local core = ...
local ask = core.face("remote/ask")
local raise = ask.raise

local lock = {}

-- How long to wait before looking whether a lease is over.
local function pause_of(lease)
  return math.max(0.05, math.min(1, lease / 4))
end

local function acquire(l, deadline)
  local r, name, lease = core.parts(l)
  local _, is_mine, left = core.turn(l)
  if is_mine and left > 0 then raise("lock is already held by this thread") end
  while true do
    local seen = core.told(r, "free." .. name)
    local began = core.clock()
    local answer, why = ask.ask(r, "moons.lock." .. name, "", {
      "Nats-Msg-Id", core.random(), "Nats-Expected-Last-Subject-Sequence", "0",
    }, deadline)
    local token, e
    if answer then token, e = ask.read_ack(answer) end
    if token then
      core.set_turn(l, token, lease - (core.clock() - began))
      return true
    end
    if why == "timeout" then return nil, why end
    if e and e.err_code ~= ask.MISMATCH and e.code ~= 503 then ask.refused("cannot lock", e) end
    if deadline and core.clock() >= deadline then return nil, "timeout" end
    local told, reason = core.listen(r, "free." .. name, seen, ask.left(deadline, pause_of(lease)))
    if not told and reason == "closed" then ask.lost(r) end
    if not told and reason == "broken" then ask.await(r, deadline) end
  end
end

lock.acquire = function(l, seconds)
  return acquire(l, ask.deadline("acquire", 1, seconds))
end

local function release(l)
  local r, name = core.parts(l)
  local token, is_mine, left = core.turn(l)
  if not token then raise("lock is not held") end
  if not is_mine then raise("lock is held by another thread") end
  core.set_turn(l)
  local done = left > 0 and
    ask.api(r, "STREAM.MSG.DELETE.L_" .. name, ('{"seq":%d,"no_erase":true}'):format(token))
  if not done then raise("the lease of lock '%s' was over before its release", name) end
  core.tell(r, "free." .. name)
end

lock.release = function(l)
  release(l)
end

lock.locked = function(l)
  local r, name = core.parts(l)
  return ask.last(r, "L_" .. name, "moons.lock." .. name) ~= nil
end

lock.token = function(l)
  local token, is_mine = core.turn(l)
  if not is_mine then raise("lock is not held by this thread") end
  return token
end

local Guard = { __name = "RemoteGuard" }

-- An error of the block is not hidden by one of the release.
Guard.__close = function(guard, e)
  local token, is_mine = core.turn(guard.lock)
  if not is_mine or token ~= guard.token then return end
  if e == nil then return release(guard.lock) end
  pcall(release, guard.lock)
end

lock.hold = function(l, seconds)
  local ok, why = acquire(l, ask.deadline("hold", 1, seconds))
  if not ok then return nil, why end
  return setmetatable({ lock = l, token = core.turn(l) }, Guard)
end

lock.with = function(l, f, ...)
  ask.check_callable("with", 1, f)
  acquire(l)
  local _ <close> = setmetatable({ lock = l, token = core.turn(l) }, Guard)
  return f(...)
end

return lock

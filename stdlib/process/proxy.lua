-- process/proxy.lua -- the methods of objects of other processes that give something tied to its
-- thread: they are made here of those that do not.

-- The metatable of what `hold` gives: its end releases.
local guards = {
  __name = "Guard",
  __close = function(guard)
    local object, release = guard.object, guard.release
    guard.object = nil
    if object then object[release](object) end
  end,
  -- It must not be copied to another thread, which would release what it does not hold.
  __transfer = function() error("a Guard is tied to its thread", 0) end,
}

local function hold(acquire, release)
  return function(object, seconds)
    local ok, word = object[acquire](object, seconds)
    if not ok then return ok, word end
    return setmetatable({ object = object, release = release }, guards), word
  end
end

-- Completes a table of methods.
return function(methods)
  if methods.hold then methods.hold = hold("acquire", "release") end
  if methods.hold_read then methods.hold_read = hold("acquire_read", "release_read") end
  if methods.hold_write then methods.hold_write = hold("acquire_write", "release_write") end
end

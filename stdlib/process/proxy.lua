-- process/proxy.lua -- the methods of objects of other processes that give something tied to its
-- thread. That stays where the object is (process/operations.lua); here is what stands for it.

-- The metatable of what `hold` gives: its end releases.
local guards = {
  __name = "Guard",
  __close = function(guard, e)
    local object = guard.object
    guard.object = nil
    if object then guard.drop(object, guard.number, e) end
  end,
  -- It must not be copied to another thread, which would release what it does not hold.
  __transfer = "a Guard is tied to its thread",
}

-- Completes a table of methods. `method(name, result)` gives one that is a call of the other
-- process; it returns what result(object, ...) makes of the answer. `add_done_callback` is that of
-- futures.
return function(methods, method, add_done_callback)
  local next_value, drop = method("__next"), method("__drop")

  local function guard(object, number, word)
    if not number then return nil, word end
    return setmetatable({ object = object, number = number, drop = drop }, guards), word
  end

  local function loop(object, number)
    return function() return next_value(object, number) end, nil, nil, guard(object, number)
  end

  local function elements(_, list)
    local i = 0
    return function()
      i = i + 1
      return list[i]
    end
  end

  for _, name in ipairs { "hold", "hold_read", "hold_write" } do
    if methods[name] then methods[name] = method(name, guard) end
  end
  for _, name in ipairs { "imap", "imap_unordered" } do
    if methods[name] then methods[name] = method(name, loop) end
  end
  if methods.add_done_callback then methods.add_done_callback = add_done_callback end
  -- That of an Array; a queue's is Lua.
  if methods.iter and methods.table then methods.iter = method("iter", elements) end
end

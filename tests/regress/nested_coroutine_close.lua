-- A pending to-be-closed variable that closes another coroutine, 20,000 deep: an error about the
-- depth, and no crash. Lua 5.4.4 overflows the C stack.
local DEPTH = 20000

local inner
for _ = 1, DEPTH do
  local co = inner
  inner = coroutine.create(function()
    local _ <close> = setmetatable({}, {
      __close = function() if co then assert(coroutine.close(co)) end end,
    })
    coroutine.yield()
  end)
  assert(coroutine.resume(inner))
end

local closed, message = coroutine.close(inner)
assert(not closed)
assert(tostring(message):find("C stack overflow", 1, true), message)

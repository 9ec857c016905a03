-- A guard that the debug library gave another object, or an object that it gave its metatable,
-- was released as what it was not, and crashed.
local guard = Lock():hold()
local close = debug.getmetatable(guard).__close
debug.setuservalue(guard, Queue(), 1)
close(guard)

for _, make in ipairs { Queue, Lock, moons.Event, moons.Shared, io.tmpfile } do
  local object = make()
  local own = debug.getmetatable(object)
  debug.setmetatable(object, debug.getmetatable(guard))
  assert(not pcall(close, object))
  debug.setmetatable(object, own) -- which finalizes it
end

local s = moons.Shared {}
s:transaction(function()
  local index = 1
  repeat
    local name, value = debug.getlocal(2, index)
    if type(value) == "userdata" and value ~= s then debug.setuservalue(value, Queue(), 1) end
    index = index + 1
  until not name
  s.x = 1
end)
assert(s.x == 1)

-- A finalizer that a script called by hand freed objects that functions down the stack were using.
local array = moons.Array("double", 1000)
for i = 1, #array do array[i] = -i end
array:sort(function(a, b)
  getmetatable(array).__gc(array)
  return a < b
end)
assert(array[1] == -1000 and array[1000] == -1)

local s = moons.Shared { x = 1 }
local function free()
  getmetatable(s).__gc(s)
  return s.x == 2
end
assert(select(2, s:wait("x", free, 0.01)) == "timeout")
s:update("x", function(x) free() return x + 1 end)
assert(s:wait("x", free, 0.01) == 2)

local once = moons.Once()
assert(once:call(function() getmetatable(once).__gc(once) return 3 end) == 3)
assert(once:done())

-- Those that only the registry knows.
for _, found in pairs(debug.getregistry()) do
  local gc = type(found) == "table" and not found.__name and rawget(found, "__gc")
  if type(gc) == "function" then
    for _, wrong in ipairs { false, 1, {}, s, array, io.stdout } do pcall(gc, wrong) end
    pcall(gc)
  end
end

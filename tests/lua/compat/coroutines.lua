-- coroutine.
local co = coroutine.create(function(a, b)
  print("start", a, b)
  local c = coroutine.yield(a + b)
  print("then", c)
  local d, e = coroutine.yield(c * 2)
  return d + e, "end"
end)
print(coroutine.status(co), coroutine.resume(co, 1, 2))
print(coroutine.status(co), coroutine.resume(co, 10))
print(coroutine.resume(co, 3, 4))
print(coroutine.status(co), coroutine.resume(co))
local generator = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
print(generator(), generator(), generator(), generator(), pcall(generator))
print(coroutine.resume(coroutine.create(function() error "oh" end)))
print(coroutine.resume(coroutine.create(function() error { code = 7 } end)) == false)
print(pcall(coroutine.wrap(function() error("wrapped", 0) end)))
print(coroutine.isyieldable(), coroutine.wrap(function() return coroutine.isyieldable() end)())
print(select(2, coroutine.running()), type(coroutine.running()))
print(pcall(coroutine.yield, 1))
print(coroutine.wrap(function() return pcall(coroutine.yield, 1) end)())
local inside = coroutine.wrap(function()
  return pcall(function() return coroutine.yield(1) + 1 end)
end)
print(inside(), inside(41))
local closing = coroutine.create(function()
  local x <close> = setmetatable({}, { __close = function() print "closed" end })
  coroutine.yield(x ~= nil)
end)
print(coroutine.resume(closing)) print(coroutine.close(closing), coroutine.status(closing))
local bad = coroutine.create(function()
  local x <close> = setmetatable({}, { __close = function() error("in close", 0) end })
  coroutine.yield(x ~= nil)
end)
print(coroutine.resume(bad)) print(coroutine.close(bad), coroutine.status(bad))
local function permute(list, n)
  if n == 0 then coroutine.yield(table.concat(list)) return end
  for i = 1, n do
    list[n], list[i] = list[i], list[n]
    permute(list, n - 1)
    list[n], list[i] = list[i], list[n]
  end
end
for p in coroutine.wrap(function() permute({ "a", "b", "c" }, 3) end) do io.write(p, " ") end
print(pcall(coroutine.resume, 1))
local outer outer = coroutine.create(function() return coroutine.resume(outer) end)
print(coroutine.resume(outer))
local sorted = coroutine.wrap(function()
  return pcall(table.sort, { 3, 2, 1 }, function(a, b) coroutine.yield(a, b) return a < b end)
end)
print(sorted())
local iterated = {}
for k, v in coroutine.wrap(function() coroutine.yield("k1", 1) coroutine.yield("k2", 2) end) do
  iterated[#iterated + 1] = k .. v
end
print(table.concat(iterated, " "))
local deep = 0
local function descend(n)
  return coroutine.wrap(function() deep = deep + 1 if n > 0 then descend(n - 1) end end)()
end
descend(100) print(deep)
print((debug.traceback(coroutine.create(function() end), "message")))

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
-- coroutine.yield where it is not called by a line of its own.
local bare = coroutine.create(coroutine.yield)
print(coroutine.resume(bare, 1, nil, 3, nil))
print(coroutine.resume(bare, nil, 5, nil))
print(coroutine.resume(bare))
local protected = coroutine.create(pcall)
print(coroutine.resume(protected, coroutine.yield, "a", "b"))
print(coroutine.resume(protected, "c", "d"))
local tail = coroutine.wrap(function(...) return coroutine.yield(...) end)
print(tail(1, 2)) print(tail("x", "y"))
local arithmetic = setmetatable({}, { __add = coroutine.yield, __index = coroutine.yield,
  __lt = function(...) return coroutine.yield("lt", ...) end, __concat = coroutine.yield,
  __call = coroutine.yield, __close = coroutine.yield })
local meta = coroutine.wrap(function()
  local sum, field, less = arithmetic + 1, arithmetic.field, arithmetic < arithmetic
  local text, called = arithmetic .. "x", arithmetic(7)
  do local _ <close> = arithmetic end
  for a, b in coroutine.yield, "state", "control" do print("loop", a, b) end
  return sum, field, less, text, called
end)
print(select("#", meta()), select(2, meta("sum")), (meta("field")), select(2, meta(0)))
print(select(2, meta("text"))) print(select("#", meta("called"))) print(meta("closed"))
print(meta("first", "second")) print(meta(nil))
local many = coroutine.create(function(...)
  while true do
    if select("#", coroutine.yield(...)) == 0 then return select("#", ...) end
  end
end)
print(select("#", coroutine.resume(many, table.unpack({}, 1, 5000))))
print(select("#", coroutine.resume(many, table.unpack({}, 1, 7000))))
print(coroutine.resume(many))
print(select("#", coroutine.resume(coroutine.create(function()
  return coroutine.yield(table.unpack({}, 1, 100000))
end))))
-- What hooks, tracebacks and getinfo see of it.
local watched = coroutine.create(function()
  coroutine.yield(10)
  return 20
end)
local events = {}
debug.sethook(watched, function(event, line) events[#events + 1] = event .. (line or "") end, "clr")
repeat until not coroutine.resume(watched)
print(table.concat(events, " "))
local suspended = coroutine.create(function(a) local b = coroutine.yield(a) return b end)
coroutine.resume(suspended, 1)
print(debug.traceback(suspended))
print(debug.getinfo(suspended, 0, "S").what, debug.getinfo(suspended, 0, "n").name)
print(debug.getinfo(suspended, 0, "f").func == coroutine.yield, debug.getlocal(suspended, 0, 1))
print(debug.getlocal(suspended, 1, 1))
print(xpcall(coroutine.yield, function(message) return "handled " .. message end))
print(coroutine.wrap(function()
  return xpcall(string.gsub, function(message) return message end, "a", "a", coroutine.yield)
end)())
local rising = coroutine.wrap(function()
  return xpcall(function() error(coroutine.yield(1) + coroutine.yield(2), 0) end,
    function(sum) return sum * 2 end)
end)
print(rising(), rising(3), rising(4))
local dying = coroutine.create(function()
  local _ <close> = setmetatable({}, { __close = function(_, e) coroutine.yield("closing", e) end })
  error("dies", 0)
end)
print(coroutine.resume(dying)) print(coroutine.resume(dying)) print(coroutine.resume(dying))
local yields_closing = coroutine.create(function()
  local _ <close> = setmetatable({}, { __close = function() coroutine.yield("no") end })
  coroutine.yield("yes")
end)
print(coroutine.resume(yields_closing)) print(coroutine.close(yields_closing))
print(pcall(load, coroutine.yield))

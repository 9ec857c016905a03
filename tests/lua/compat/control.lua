-- goto, scopes, closures, varargs, const and close, recursion.
-- luacheck: ignore 113 211 241
for i = 1, 3 do
  for j = 1, 3 do
    if j == 2 then goto continue end
    io.write(i, j, " ")
    ::continue::
  end
end
do local i = 1 ::top:: if i <= 3 then io.write(i, " ") i = i + 1 goto top end end
print(load "goto nowhere", load "do local x <const> = 1 x = 2 end", load "break")
print(load "::a:: ::a::", load "for", load "x = = 1", load "return '", load "--[[ open")
local functions = {}
for i = 1, 3 do functions[i] = function() i = i + 1 return i end end
print(functions[1](), functions[1](), functions[2](), functions[3]())
local function counter() local n = 0 return function() n = n + 1 return n end,
  function() return n end end
local up, show = counter() up() up() print(show())
local function varargs(...) local a, b = ... return select("#", ...), a, b, ... end
print(varargs(), varargs(1), varargs(nil, nil), (varargs(1, 2, 3)))
print((function(...) return #{ ... } end)(1, 2, 3), pcall(load "return ...", "x"))
local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end
local function loop(n) if n == 0 then return "tail" end return loop(n - 1) end
print(fib(20), loop(100000))
do
  local a <close> = setmetatable({}, { __close = function(_, e) print("close a", e) end })
  local b <close> = setmetatable({}, { __close = function(_, e) print("close b", e) end })
  local c <const> = 5
  print(c)
end
print(pcall(function()
  local a <close> = setmetatable({}, { __close = function(_, e) error("second after " .. e,
    0) end })
  error("first", 0)
end))
print(pcall(function() local x <close> = 1 return x end))
local i = 0
repeat local done = i >= 3 i = i + 1 until done
while true do i = i - 1 if i < 0 then break end end
print(i, 1 and 2, nil and 1, false or "or", nil == false, not 0, 1 or error())
local a, b, c = (function() return 1, 2, 3 end)() print(a, b, c, (function() return 1, 2 end)())
a, b = b, a print(a, b)
local s <const> = [==[
long ]] string]==] print(s, "\x41\65\u{41}\z
    joined", 'single "quotes"', "tab\tend")
print(pcall(error), pcall(error, nil), pcall(error, { 1 }) == false, pcall(error, "m", 0),
  pcall(error, "m", 2))
print(xpcall(function() error "in" end, function(m) return "handled: " .. m end))
print(xpcall(function(...) return ... end, print, 1, 2), select("#", pcall(function() end)))
print(pcall(function() return nil .. "x" end))
print(pcall(function() local t = {} t.x.y = 1 end))
print(pcall(function() undefined() end))
print(pcall(function() return {} < {} end))
print(pcall(function() return 1 < "2" end))
print(pcall(function() return #5 end))
print(pcall(function() return -{} end))
print(pcall(string.rep))
print(pcall(("x").rep, "x", {}))
print(pcall(setmetatable, 1, {}))
print(tostring(nil), tostring(true), type(print), type(nil), assert(1, 2, 3), pcall(assert, false,
  "why"))
print(pcall(assert, nil), pcall(assert),
  pcall(function() local function f() return f() + 1 end f() end) == false)

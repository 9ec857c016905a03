-- Metamethods, inheritance, weak tables, finalizers.
-- luacheck: ignore 311
local Vector = {} Vector.__index = Vector
local function V(x, y) return setmetatable({ x = x, y = y }, Vector) end
function Vector.__add(a, b) return V(a.x + b.x, a.y + b.y) end
function Vector.__sub(a, b) return V(a.x - b.x, a.y - b.y) end
function Vector.__mul(a, b) return type(a) == "number" and V(a * b.x, a * b.y) or V(a.x * b,
  a.y * b) end
function Vector.__unm(a) return V(-a.x, -a.y) end
function Vector.__eq(a, b) return a.x == b.x and a.y == b.y end
function Vector.__lt(a, b) return a.x < b.x end
function Vector.__le(a, b) return a.x <= b.x end
function Vector.__len() return 2 end
function Vector.__tostring(a) return ("(%g, %g)"):format(a.x, a.y) end
function Vector.__concat(a, b) return tostring(a) .. tostring(b) end
function Vector.__call(self, n) return self.x + n end
function Vector.__idiv(a, n) return V(a.x // n, a.y // n) end
function Vector.__mod(a, n) return V(a.x % n, a.y % n) end
function Vector.__div(a, n) return V(a.x / n, a.y / n) end
function Vector.__pow(a, n) return V(a.x ^ n, a.y ^ n) end
function Vector.__band(a, n) return V(a.x & n, a.y & n) end
function Vector.__shl(a, n) return V(a.x << n, a.y << n) end
function Vector.__bnot(a) return V(~a.x, ~a.y) end
local a, b = V(1, 2), V(3, 5)
print(a + b, a - b, 2 * a, a * 2, -a, a == V(1, 2), a ~= b, a < b, a <= b, a > b, #a, a .. b,
  a .. "s", a(10))
print(b // 2, b % 2, b / 2, b ^ 2, b & 1, b << 1, ~b)
print(pcall(function() return a | 1 end))
local log = {}
local proxy = setmetatable({}, {
  __index = function(_, k) log[#log + 1] = "get " .. k return k == "known" and 1 or nil end,
  __newindex = function(t, k, v) log[#log + 1] = "set " .. k rawset(t, k, v) end,
  __pairs = function() return function(_, k) if not k then return 1, "one" end end, nil, nil end,
})
print(proxy.known, proxy.other) proxy.new = 5 proxy.new = 6 print(table.concat(log, "; "),
  proxy.new)
for k, v in pairs(proxy) do print(k, v) end
local Animal = {} Animal.__index = Animal
function Animal.new(name) return setmetatable({ name = name }, Animal) end
function Animal:speak() return self.name .. " makes a sound" end
local Dog = setmetatable({}, { __index = Animal }) Dog.__index = Dog
function Dog.new(name) return setmetatable(Animal.new(name), Dog) end
function Dog:speak() return Animal.speak(self) .. ": woof" end
print(Animal.new("cat"):speak(), Dog.new("rex"):speak(), getmetatable(Dog.new "x") == Dog)
print(getmetatable("").__index == string, getmetatable(setmetatable({},
  { __metatable = "locked" })))
print(pcall(setmetatable, setmetatable({}, { __metatable = 1 }), {}))
print(rawequal(a, V(1, 2)), rawlen(a), rawget(a, "missing"))
local weak = setmetatable({}, { __mode = "k" })
weak[{}] = 1 collectgarbage() print(next(weak))
local values = setmetatable({}, { __mode = "v" })
values[1] = {} values[2] = "kept" collectgarbage() print(values[1], values[2])
do local x = setmetatable({}, { __gc = function() print "collected" end }) x = x and nil end
collectgarbage() collectgarbage()
print(pcall(function() return setmetatable({}, { __index = function() error("in index",
  0) end }).x end))
print(tostring(setmetatable({}, { __name = "My.Type" })):match "^[%w.]+", #setmetatable({},
  { __len = function() return 9 end }))
local chain = setmetatable({}, { __index = setmetatable({ a = 1 }, { __index = { b = 2 } }) })
print(chain.a, chain.b, chain.c)
print(setmetatable({}, { __call = function(_, ...) return select("#", ...), ... end })(1, nil, 3))
print(collectgarbage "count" > 0, collectgarbage "step", collectgarbage "isrunning",
  collectgarbage "stop",
  collectgarbage "isrunning", collectgarbage "restart")

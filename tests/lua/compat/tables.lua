-- table, next, length, select and friends.
-- luacheck: ignore 241 314
local t = { 10, 20, 30, nil, x = 1, [2.0] = "two", [10] = "ten" }
print(#{ 1, 2, 3 }, t[1], t[2], t.x, t[10], rawlen { 1, 2 }, rawequal(t, t), rawget(t, "x"))
print(table.concat({ 1, 2.5, "x" }, "-"), table.concat({}, ","), table.concat({ 1, 2, 3 }, ",", 2,
  3))
print(pcall(table.concat, { 1, {}, 3 }))
table.insert(t, 1, "first") print(t[1], t[2], pcall(table.insert, t, 100, 1), pcall(table.insert,
  t))
print(table.remove(t, 1), t[1], table.remove {}, table.remove({ 7 }), #t)
print(table.unpack({ 1, 2, 3 }, 2), table.unpack({ 1, nil, 3 }, 1, 3), select("#",
  table.unpack({}, 1, 4)))
local packed = table.pack(nil, 2, nil) print(packed.n, packed[2])
print(table.unpack(table.move({ 1, 2, 3 }, 1, 3, 2)), #table.move({ 1, 2 }, 1, 2, 1, {}))
local words = { "pear", "fig", "apple", "date" }
table.sort(words) print(table.concat(words, " "))
table.sort(words, function(a,
  b) return #a < #b or #a == #b and a < b end) print(table.concat(words, " "))
print(pcall(table.sort, { 3, 1, "x" }))
print(pcall(table.sort, { 1, 2, 3, 4, 5 }, function() return true end))
print(select("#"), select("#", nil, nil), select(2, "a", "b", "c"), select(-1, "a", "b"),
  pcall(select, 0))
for i, v in ipairs { 1, 2, nil, 4 } do io.write(i, "=", v, " ") end
local keys = {}
for key in pairs { a = 1, b = 2, 3 } do keys[#keys + 1] = tostring(key) end
table.sort(keys) print(table.concat(keys, " "))
print(next {}, next { 5 }, type(next), pcall(next, {}, "nokey"))
print(pcall(function() local u = {} u[nil] = 1 end))
print(pcall(function() local u = {} u[0 / 0] = 1 end))
local nested = { { { "deep" } } } print(nested[1][1][1], #nested, nested[2])
local removing = { a = 1, b = 2, c = 3 }
for key in pairs(removing) do removing[key] = nil end
print(next(removing))
local big = {} for i = 1, 1000 do big[i] = i * i end
print(#big, big[1000], select("#", table.unpack(big)))
local proxy = setmetatable({}, { __index = function(_, k) return k * 2 end,
  __len = function() return 3 end })
print(table.concat(proxy, ","), table.unpack(proxy))

-- What a __transfer hook returned filled the Lua stack up to its reserve; the tables among it were
-- then looked into without asking for more.
local queue = Queue()
-- Each count takes ten times as long under these.
local step = os.getenv "MOONS_SLOW" and 23 or 1
for count = 1, 254, step do
  local values = {}
  for i = 1, count do values[i] = { { i }, f = setmetatable({}, { __index = values }) } end
  queue:put(setmetatable({}, { __transfer = function()
    return function(...) return { select("#", ...), ... } end, table.unpack(values)
  end }))
  local got = queue:get()
  assert(got[1] == count and got[count + 1][1][1] == count)
end

-- The error message at the end of a very long index chain. Lua 5.4.4 looks for the name of what was
-- nil by one recursion for each step back, and overflows the C stack.
local loop = {}
loop.x = loop

local function check(steps)
  local source = "local t = ...\nreturn t" .. (".x"):rep(steps) .. ".missing.y"
  local ok, message = pcall(assert(load(source, "=chain")), loop)
  assert(not ok)
  assert(message == "chain:2: attempt to index a nil value (field 'missing')", message)
end

for _, steps in ipairs { 0, 10, 1000, 200000 } do check(steps) end

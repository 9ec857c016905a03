-- LPeg calling Lua calling LPeg, to Lua's own limit, took more than a thread's stack of 1 MB.
local lpeg = require "lpeg"
local function match(n)
  return lpeg.Cmt(lpeg.P "a", function()
    if n > 0 then match(n - 1) end
    return true
  end):match "a"
end
local ok = spawn(pcall, match, 180):join()
assert(ok == pcall(match, 180))

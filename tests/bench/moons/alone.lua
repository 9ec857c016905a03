-- alone FORM fib|trees ARGUMENT [TIMES]: one load, TIMES times, in the main state.
-- Plain Lua runs this too, so it takes the time of the processor, the clock
-- that both have.

package.path = arg[0]:match("^(.*/)[^/]*$") .. "?.lua;" .. package.path
local load = require("loads")[arg[2]]
local argument, times = math.tointeger(arg[3]), math.tointeger(arg[4] or 1)

load(argument - 4)
local start = os.clock()
for _ = 1, times do
  load(argument)
end
print("seconds", (os.clock() - start) / times)

---@meta
-- luacheck: ignore 241
-- time/time_api.lua -- declares what is written in C: sleep and clock. Not built in.

---@class moons
local moons = {}

--- Suspends the calling thread; the others go on. Raises when the thread is cancelled meanwhile,
--- and for a number that is negative or none. Returns nothing. Like Python's time.sleep.
---
--- ```lua
--- moons.sleep(0.5)
--- ```
---@param seconds number at least 0; math.huge: until cancelled
function moons.sleep(seconds) end

--- Seconds by a clock that never goes back, the same for all threads: only differences mean
--- something. Like Python's time.monotonic.
---
--- ```lua
--- local start = moons.clock()
--- work()
--- print(moons.clock() - start, "seconds")
--- ```
---@return number seconds
function moons.clock() end

---@meta
-- luacheck: ignore 241
-- barrier/barrier_api.lua -- declares what is written in C: Barrier. Not built in.

---@class moons
local moons = {}

--- A place where a number of threads wait until all have arrived; then all go on, and the next
--- round may begin.
---@class moons.Barrier
local Barrier = {}

--- What Barrier takes as a table.
---@class moons.BarrierOptions
---@field parties integer how many threads have to arrive
---@field action? function what one of them calls when all have
---@field timeout? number seconds, for waits that are given none

--- Makes a barrier for so many threads, at least 1. Each time all have arrived, one of them calls
--- the action before any goes on. The action is sent when the barrier is made, as an argument to
--- spawn would be: a copy. Like Python's threading.Barrier.
---
--- ```lua
--- local barrier = moons.Barrier(4, function() print("all here") end)
--- local same = moons.Barrier { parties = 4, action = print, timeout = 10 }
--- ```
---@param parties integer|moons.BarrierOptions
---@param action? function
---@return moons.Barrier
function moons.Barrier(parties, action) end

--- Waits until all have arrived. Whose time runs out, or who is cancelled, breaks the barrier for
--- all that wait; an error of the action does, too, and is raised by the call that ran it.
---@param seconds? number how long to wait at most; none: the barrier's timeout, or for ever
---@return integer? index as which the caller arrived, 1 to parties (Python counts from 0)
---@return nil|"timeout"|"broken" word "broken": another one broke the barrier, or it was broken
function Barrier:wait(seconds) end

--- Makes the barrier as new, also a broken one. Those who wait get "broken". Returns nothing.
function Barrier:reset() end

--- Breaks the barrier: those who wait, and who come later, get "broken". Returns nothing.
function Barrier:abort() end

--- Whether the barrier is broken.
---@return boolean
function Barrier:broken() end

--- How many threads have to arrive.
---@return integer
function Barrier:parties() end

--- How many have arrived in this round; a moment ago.
---@return integer
function Barrier:waiting() end

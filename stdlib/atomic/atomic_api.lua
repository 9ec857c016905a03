---@meta
-- luacheck: ignore 241
-- atomic/atomic_api.lua -- declares what is written in C: Atomic. Not built in.

---@class moons
local moons = {}

--- A number that threads share. Every call is one step that no other thread comes between; none
--- waits. It travels as itself.
---@class moons.Atomic
local Atomic = {}

--- Makes an atomic that holds an integer or a float, for good: as `number` is. Like C11's
--- atomic_llong, Java's AtomicLong.
---
--- ```lua
--- local done = moons.Atomic(0)
--- local thread = spawn(function() for _ = 1, 1000 do done:add() end end)
--- for _ = 1, 1000 do done:add() end
--- thread:join()
--- print(done:get())   --> 2000
--- ```
---@param number number
---@return moons.Atomic
function moons.Atomic(number) end

--- The number that it holds.
---@return number
function Atomic:get() end

--- Puts a number in. Here and below an Atomic of integers takes a float that is integral (2.0), and
--- raises for any other; one of floats takes all numbers. Returns nothing.
---@param number number
function Atomic:set(number) end

--- Adds to the number, and gives the new one. Integers wrap around, as Lua's do.
---@param difference? number 1 if left out
---@return number new
function Atomic:add(difference) end

--- Subtracts from the number, and gives the new one.
---@param difference? number 1 if left out
---@return number new
function Atomic:sub(difference) end

--- Puts a number in, and gives the one that was there.
---@param number number
---@return number old
function Atomic:exchange(number) end

--- Compares and swaps: puts `new` in if the number equals `expected`, as by Lua's `==`.
---@param expected number
---@param new number
---@return boolean swapped
---@return number? current if not: what is there instead
function Atomic:cas(expected, new) end

--- Puts the number in if it is greater than the one that is there.
---@param number number
---@return number new the greater one of both
function Atomic:max(number) end

--- Puts the number in if it is smaller than the one that is there.
---@param number number
---@return number new the smaller one of both
function Atomic:min(number) end

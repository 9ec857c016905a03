---@meta
-- luacheck: ignore 241
-- semaphore/semaphore_api.lua -- declares what is written in C: Semaphore and BoundedSemaphore. Not
-- built in.

---@class moons
local moons = {}

--- A number of permits that threads take and give back. Permits have no owner: one thread may give
--- back what another took, and those of a thread that ended stay taken.
---@class moons.Semaphore
local Semaphore = {}

--- A semaphore that never has more permits than at the start.
---@class moons.BoundedSemaphore
local BoundedSemaphore = {}

--- Makes a semaphore with that many permits. Like Python's threading.Semaphore.
---
--- ```lua
--- local tickets = moons.Semaphore(3)
--- local _ <close> = tickets:hold()
--- ```
---@param value? integer at least 0; 1 if none
---@return moons.Semaphore
function moons.Semaphore(value) end

--- Makes a semaphore that can't be released more often than acquired. Like Python's
--- threading.BoundedSemaphore.
---@param value? integer at least 0; 1 if none
---@return moons.BoundedSemaphore
function moons.BoundedSemaphore(value) end

--- Takes a permit, waiting until there is one.
---@param seconds? number how long to wait at most; none: for ever, 0: only try
---@return true? acquired
---@return nil|"timeout" word
function Semaphore:acquire(seconds) end

--- Gives permits back, or adds to them. Raises `semaphore released more often than can be counted`
--- above the largest integer. Returns nothing.
---@param count? integer how many; 1 if none
function Semaphore:release(count) end

--- How many permits can be taken; of a semaphore in use, a moment ago.
---@return integer
function Semaphore:value() end

--- Takes a permit as acquire does, and returns a guard that gives one back at the end of the block.
---@param seconds? number how long to wait at most; none: for ever
---@return moons.Guard? guard nil: not acquired
---@return nil|"timeout" word
function Semaphore:hold(seconds) end

--- Calls `f(...)` with a permit, and gives it back whatever happens. Raises f's error.
---@param f function
---@param ... any arguments of f
---@return any ... f's results
function Semaphore:with(f, ...) end

--- Takes a permit, waiting until there is one.
---@param seconds? number how long to wait at most; none: for ever, 0: only try
---@return true? acquired
---@return nil|"timeout" word
function BoundedSemaphore:acquire(seconds) end

--- Gives permits back. Raises `semaphore released more often than acquired`, and gives none back,
--- if there would be more than at the start. Returns nothing.
---@param count? integer how many; 1 if none
function BoundedSemaphore:release(count) end

--- How many permits can be taken; of a semaphore in use, a moment ago.
---@return integer
function BoundedSemaphore:value() end

--- Takes a permit as acquire does, and returns a guard that gives one back at the end of the block.
---@param seconds? number how long to wait at most; none: for ever
---@return moons.Guard? guard nil: not acquired
---@return nil|"timeout" word
function BoundedSemaphore:hold(seconds) end

--- Calls `f(...)` with a permit, and gives it back whatever happens. Raises f's error.
---@param f function
---@param ... any arguments of f
---@return any ... f's results
function BoundedSemaphore:with(f, ...) end

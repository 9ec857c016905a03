---@meta
-- luacheck: ignore 241
-- condition/condition_api.lua -- declares what is written in C: Condition. Not built in.

---@class moons
local moons = {}

--- Threads that hold a lock wait until another one says that what it protects has changed.
---@class moons.Condition
local Condition = {}

--- Makes a condition of that lock, or of a new RLock. Several conditions may have one lock. Like
--- Python's threading.Condition.
---
--- ```lua
--- local changed = moons.Condition()
--- local _ <close> = changed:hold()
--- changed:wait_for(function() return jobs:qsize() > 0 end)
--- ```
---@param lock? moons.Lock|moons.RLock
---@return moons.Condition
function moons.Condition(lock) end

--- Takes the condition's lock, waiting until it is free.
---@param seconds? number how long to wait at most; none: for ever, 0: only try
---@return true? acquired
---@return nil|"timeout"|"abandoned" word "abandoned" (with true): the last holder's thread ended
---holding it, so what it protects may be half done
function Condition:acquire(seconds) end

--- Gives the lock back. Raises `lock is not held`, or `lock is held by another thread ('NAME')`.
--- Returns nothing.
function Condition:release() end

--- Whether some thread holds the lock: a moment ago, unless that is the caller.
---@return boolean
function Condition:locked() end

--- Takes the lock as acquire does, and returns a guard that releases it at the end of the block.
---@param seconds? number how long to wait at most; none: for ever
---@return moons.Guard? guard nil: not acquired
---@return nil|"timeout"|"abandoned" word as from acquire
function Condition:hold(seconds) end

--- Calls `f(...)` while holding the lock, and releases it whatever happens. Raises f's error, and
--- without calling f when the lock was abandoned; after that it is as good as new.
---@param f function
---@param ... any arguments of f
---@return any ... f's results
function Condition:with(f, ...) end

--- Lets go of the lock, as often as it was acquired, waits to be notified, and takes the lock back
--- as often: always, also when the time has run out, and when the thread was cancelled, which is
--- raised after that. Raises `lock is not held`, or `lock is held by another thread ('NAME')`.
---@param seconds? number how long to wait at most to be notified; none: for ever
---@return true? notified
---@return nil|"timeout"|"abandoned" word "abandoned" (with true): a holder's thread ended meanwhile
function Condition:wait(seconds) end

--- Waits until `predicate()` gives anything but false and nil. It is called with the lock held, at
--- once and each time the condition is notified. Raises its error, and what wait raises.
---@param predicate fun(): any
---@param seconds? number how long to wait at most; none: for ever
---@return any value of the predicate; nil: the time has run out
---@return nil|"timeout"|"abandoned" word
function Condition:wait_for(predicate, seconds) end

--- Ends the wait of the one that has waited longest, or of so many. Who is woken goes on when it
--- has got the lock. Raises when the caller does not hold the lock. Returns nothing.
---@param count? integer how many at most; 1 if none
function Condition:notify(count) end

--- Ends the wait of all. Raises when the caller does not hold the lock. Returns nothing.
function Condition:notify_all() end

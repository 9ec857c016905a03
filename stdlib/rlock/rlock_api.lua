---@meta
-- luacheck: ignore 241
-- rlock/rlock_api.lua -- declares what is written in C: RLock. Not built in.

---@class moons
local moons = {}

--- A lock that its holder may acquire again. It is free when it was released as often.
---@class moons.RLock
local RLock = {}

--- Makes a lock that nobody holds. Like Python's threading.RLock; holders that end are reported as
--- by Lock.
---
--- ```lua
--- local lock = moons.RLock()
--- local function total() return lock:with(function() return #items end) end
--- lock:with(function() print(total()) end)
--- ```
---@return moons.RLock
function moons.RLock() end

--- Takes the lock, waiting until it is free, or takes it once more if the caller holds it. Raises
--- `lock is held too many times by this thread` after a million times.
---@param seconds? number how long to wait at most; none: for ever, 0: only try
---@return true? acquired
---@return nil|"timeout"|"abandoned" word "abandoned" (with true): the last holder's thread ended
---holding it, so what it protects may be half done
function RLock:acquire(seconds) end

--- Undoes the last acquire. Raises `lock is not held`, or `lock is held by another thread
--- ('NAME')`. Returns nothing.
function RLock:release() end

--- Whether some thread holds the lock: a moment ago, unless that is the caller.
---@return boolean
function RLock:locked() end

--- Takes the lock as acquire does, and returns a guard that undoes that at the end of the block.
---@param seconds? number how long to wait at most; none: for ever
---@return moons.Guard? guard nil: not acquired
---@return nil|"timeout"|"abandoned" word as from acquire
function RLock:hold(seconds) end

--- Calls `f(...)` while holding the lock, and releases it whatever happens. Raises f's error, and
--- without calling f when the lock was abandoned; after that it is as good as new.
---@param f function
---@param ... any arguments of f
---@return any ... f's results
function RLock:with(f, ...) end

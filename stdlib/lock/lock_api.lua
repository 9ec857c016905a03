---@meta
-- luacheck: ignore 241
-- lock/lock_api.lua -- declares what is written in C: Lock. Not built in.

---@class moons
local moons = {}

--- A lock that one thread holds at a time. It knows its holder: nobody else can release it, and
--- when a thread ends while it holds a lock, the next one to acquire it is told.
---@class moons.Lock
local Lock = {}

--- Makes a lock that nobody holds. Like Python's threading.Lock, with an owner and robust as a
--- mutex of pthreads can be.
---
--- ```lua
--- local lock = Lock()
--- do
---   local _ <close> = lock:hold()
---   print("alone")
--- end
--- ```
---@return moons.Lock
function moons.Lock() end

--- Takes the lock, waiting until it is free. Raises `lock is already held by this thread` if that
--- would wait for ever.
---@param seconds? number how long to wait at most; none: for ever, 0: only try
---@return true? acquired
---@return nil|"timeout"|"abandoned" word "abandoned" (with true): the last holder's thread ended
---holding it, so what it protects may be half done
function Lock:acquire(seconds) end

--- Gives the lock back. Raises `lock is not held`, `lock is held by another thread ('NAME')`, `by
--- another task`, or, in a task whose thread has it, `by the task's thread, not by the task`.
--- Returns nothing.
function Lock:release() end

--- Whether some thread holds the lock: a moment ago, unless that is the caller.
---@return boolean
function Lock:locked() end

--- Takes the lock as acquire does, and returns a guard that releases it at the end of the block,
--- however that is left: `local _ <close> = lock:hold()`.
---@param seconds? number how long to wait at most; none: for ever
---@return moons.Guard? guard nil: not acquired
---@return nil|"timeout"|"abandoned" word as from acquire
function Lock:hold(seconds) end

--- Calls `f(...)` while holding the lock, and releases it whatever happens. Raises f's error, and
--- without calling f when the lock was abandoned; after that it is as good as new.
---@param f function
---@param ... any arguments of f
---@return any ... f's results
function Lock:with(f, ...) end

---@meta
-- luacheck: ignore 241
-- rwlock/rwlock_api.lua -- declares what is written in C: RWLock. Not built in.

---@class moons
local moons = {}

--- A lock that many threads hold for reading, or one for writing. A writer that waits keeps new
--- readers out; when it is done, the readers that have waited come before the next writer.
---@class moons.RWLock
local RWLock = {}

--- Makes a lock that nobody holds. Python's library has none; like the RWMutex of Go and the RwLock
--- of Rust.
---
--- ```lua
--- local lock = moons.RWLock()
--- local size = lock:with_read(function() return #table_of_all end)
--- ```
---@return moons.RWLock
function moons.RWLock() end

--- Takes the lock for reading, waiting until nobody writes or waits to write. A thread that reads
--- already may do so again and does not wait. Raises `lock is already held for writing by this
--- thread`, or `task`.
---@param seconds? number how long to wait at most; none: for ever, 0: only try
---@return true? acquired
---@return nil|"timeout"|"abandoned" word "abandoned" (with true): a writer's thread ended while it
---wrote, and nobody has written since
function RWLock:acquire_read(seconds) end

--- Undoes the last acquire_read. Raises `lock is not held for reading by this thread`.
--- Returns nothing.
function RWLock:release_read() end

--- Takes the lock for reading, and returns a guard that undoes that at the end of the block.
---@param seconds? number how long to wait at most; none: for ever
---@return moons.Guard? guard nil: not acquired
---@return nil|"timeout"|"abandoned" word as from acquire_read
function RWLock:hold_read(seconds) end

--- Calls `f(...)` while reading. Raises f's error, and without calling f when the lock was
--- abandoned.
---@param f function
---@param ... any arguments of f
---@return any ... f's results
function RWLock:with_read(f, ...) end

--- Takes the lock for writing, waiting until nobody holds it. Raises `lock is already held for
--- reading by this thread`, or `for writing`: there is no way from reading to writing but by
--- releasing.
---@param seconds? number how long to wait at most; none: for ever, 0: only try
---@return true? acquired
---@return nil|"timeout"|"abandoned" word "abandoned" (with true): the last writer's thread ended
---while it wrote
function RWLock:acquire_write(seconds) end

--- Gives the lock back. Raises `lock is not held for writing by this thread`. Returns nothing.
function RWLock:release_write() end

--- Takes the lock for writing, and returns a guard that releases it at the end of the block.
---@param seconds? number how long to wait at most; none: for ever
---@return moons.Guard? guard nil: not acquired
---@return nil|"timeout"|"abandoned" word as from acquire_write
function RWLock:hold_write(seconds) end

--- Calls `f(...)` while writing. Raises f's error, and without calling f when the lock was
--- abandoned; after that it is as good as new.
---@param f function
---@param ... any arguments of f
---@return any ... f's results
function RWLock:with_write(f, ...) end

--- How many threads read; a moment ago.
---@return integer
function RWLock:readers() end

--- Whether some thread writes; a moment ago, unless that is the caller.
---@return boolean
function RWLock:writing() end

--- Whether some thread reads or writes; a moment ago, unless that is the caller.
---@return boolean
function RWLock:locked() end

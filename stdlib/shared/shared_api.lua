---@meta
-- luacheck: ignore 241
-- shared/shared_api.lua -- declares what is written in C: Shared. Not built in.

---@class moons
local moons = {}

--- A table that threads share: it travels as itself, and all see the same. Fields are read and
--- written as those of a table, `#` and `pairs` work; each read and each write is one step. Names
--- of methods can't be used as fields: get and set take any key.
---@class moons.Shared
---@field [any] any
---@operator len: integer
local Shared = {}

--- Makes a shared table with copies of the entries of `entries`, which must be a plain table. Plain
--- tables in it become shared tables too, and so do those that are stored later; all else is
--- copied when it is stored and when it is read. Raises for what can't be stored, by its path.
---
--- ```lua
--- local stock = moons.Shared { apples = 3, prices = { apple = 0.5 } }
--- spawn(function() stock.apples = 2; stock.prices.apple = 0.6 end):join()
--- print(stock.apples, stock.prices.apple)   --> 2  0.6
--- ```
---@param entries? table
---@return moons.Shared
function moons.Shared(entries) end

--- The value of a key, as `s[key]`, but of any key: methods don't get in the way.
---@param key any
---@return any value
function Shared:get(key) end

--- Sets the value of a key, as `s[key] = value`, but of any key. nil takes it away. Like every
--- write it waits while another thread has a transaction open, and raises for a key that is no
--- boolean, number or string, and for a value that can't be sent, by its path. Returns nothing.
---@param key boolean|number|string
---@param value any
function Shared:set(key, value) end

--- Sets the value of a key, and gives the one that was there.
---@param key boolean|number|string
---@param value any
---@return any old
function Shared:swap(key, value) end

--- Compares and swaps: sets the value of a key if it equals `expected`, as by Lua's `==`.
---@param key boolean|number|string
---@param expected nil|boolean|number|string|lightuserdata|userdata simple, or a shared object
---@param new any
---@return boolean swapped
---@return any current if not: what is there instead
function Shared:cas(key, expected, new) end

--- Replaces the value of a key by `f(old, ...)`, as one step: nobody writes in between, and f is
--- called once. If f raises, nothing happened. f can't yield, and can't begin another update or
--- transaction of the same tree. Raises `deadlock: ...` where transactions of several threads
--- would wait for each other for ever.
---@param key boolean|number|string
---@param f fun(old: any, ...: any): any
---@param ... any arguments of f
---@return any new
function Shared:update(key, f, ...) end

--- Calls `f(s, ...)`, whose writes to s, and to all tables of the same tree, are seen by others at
--- once when it has returned; if it raises, nothing happened. Meanwhile others read what there was
--- before, and wait to write. f is called once. It is bound as that of update is.
---@param f fun(s: moons.Shared, ...: any): ...: any
---@param ... any arguments of f
---@return any ... f's results
function Shared:transaction(f, ...) end

--- Waits until the value of a key is one that `predicate` wants. That is called in this thread,
--- with the value, and again when that has changed (or anything in it, for a shared table). Raises
--- within a transaction of the same tree.
---@param key any
---@param predicate? fun(value: any): any none: until there is a value; may be left out
---@param seconds? number how long to wait at most; none: for ever, 0: only look
---@return any value
---@return nil|"timeout" why
function Shared:wait(key, predicate, seconds) end

--- A plain table with all that was in it, and in the shared tables of the same tree that hang on
--- it, at one moment. Cycles and shared references stay. Shared tables of other trees are not
--- copied.
---@return table
function Shared:copy() end

--- Takes all keys away. Returns nothing.
function Shared:clear() end

--- Appends a value: sets it under `#s + 1`, as one step.
---@param value any not nil
---@return integer index where it is
function Shared:insert(value) end

--- Takes the value at an index away, and moves those after it down, as one step; like
--- table.remove. Raises for an index that is not from 1 to `#s + 1`.
---@param index? integer none: the last
---@return any value nil: there was none
function Shared:remove(index) end

---@meta
-- luacheck: ignore 241
-- generator/generator_api.lua -- declares what is written in C: Generator, delegate. Not built in.

---@class moons
local moons = {}

--- A function that runs in steps. In it, `coroutine.yield(v)` hands v to the one who asks for the
--- next value, and returns what that one sends next.
---
--- It can be called, as `next`: so a `for` loop goes over it. `local g <close>` closes it at the
--- end of the block.
---@class moons.Generator
---@overload fun(): any ...
local Generator = {}

--- Makes a generator that will call `f(...)`; nothing of it runs before the first `next`. Like a
--- generator of Python, in a coroutine: f yields in the functions that it calls, too.
---
--- ```lua
--- local function count(n) for i = 1, n do coroutine.yield(i) end end
--- for i in moons.Generator(count, 3) do print(i) end
--- ```
---
--- Left to the collector, or to the end of its thread, it is closed; then an error becomes a
--- warning. It can't be sent to another thread.
---@param f function or what can be called
---@param ... any its arguments
---@return moons.Generator
function moons.Generator(f, ...) end

--- Goes on as another generator, for a function in a generator or in any coroutine: that one's
--- values are yielded, what is sent or thrown goes to it, and when it has returned, so does
--- delegate. When the caller is closed or fails meanwhile, the other one is closed first. Like
--- `yield from` of Python. Raises its error, and when it is running or the caller can't yield.
---
--- ```lua
--- local function twice(f, ...)
---   moons.delegate(moons.Generator(f, ...))
---   return moons.delegate(moons.Generator(f, ...))
--- end
--- for i in moons.Generator(twice, count, 3) do print(i) end
--- ```
---@param g moons.Generator
---@return any ... what its function has returned
function moons.delegate(g) end

--- Runs it up to its next yield. Raises its error, which ends it, and when it is running.
---@return any ... what it yields; `nil, "closed"` when it has ended, now or before
function Generator:next() end

--- The same, and the values are what yield returns in it. At first, before it has yielded, they
--- must be nil.
---@param ... any
---@return any ... as `next`
function Generator:send(...) end

--- Raises an error in it, where it waits in its yield. One that has not begun ends without running,
--- and one that has ended raises the error at once.
---@param e any the error, as for `error(e, 0)`
---@return any ... as `next`, when it catches the error and goes on
function Generator:throw(e) end

--- Ends it where it is: its to-be-closed variables are closed, which can't yield; nothing else of
--- it runs. Does nothing when it has ended. Returns nothing. Raises the error of a variable's
--- closing, and when it is running.
function Generator:close() end

--- What its function has returned; nothing when it was closed or has failed. Raises `the generator
--- has not returned` as long as there is more to come.
---@return any ...
function Generator:result() end

--- How far it is.
---@return "suspended"|"running"|"finished"
function Generator:status() end

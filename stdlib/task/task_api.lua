---@meta
-- luacheck: ignore 241
-- task/task_api.lua -- declares what tasks are: task, yield, gather, timeout. Not built in.

---@class moons
local moons = {}

--- What the table form of task takes: the function at 1, its arguments after it, and options.
---@class moons.TaskCall
---@field [1] function or what can be called
---@field n? integer index of the last argument, if nils end the list
---@field name? string 1 to 63 bytes, for reports
---@field daemon? boolean true: its thread's end cancels it instead of waiting; the default is what
--- the task that calls is

--- Runs `f(...)` as a task: a coroutine of this thread, which its scheduler resumes. It starts when
--- the thread's own script waits, or has ended; then tasks run until all have ended.
---
--- Every call of moons that waits parks only the task when it is made in one, or in a coroutine of
--- one, and the others run meanwhile; the same call blocks the thread elsewhere. Where Lua can't
--- leave a call (a comparator of `table.sort`, a function that `gsub` calls, what `coroutine.close`
--- closes), it blocks the thread there, too. So do the functions of `update` and `transaction` of a
--- Shared, its writes while another thread has a transaction open, the `less` of a PriorityQueue,
--- `os.execute`, files of the io library, and calls of objects that live in another process.
---
--- The future's `result` gives f's results as they are, and raises its error. `cancel` raises
--- `cancelled` in the wait that the task is in, or in its next one, and in every other after that;
--- to-be-closed variables are closed. An error that nobody asks for is printed at the end.
---
--- ```lua
--- local a = moons.task(function() moons.sleep(1) return "a" end)
--- local b = moons.task(function() moons.sleep(1) return "b" end)
--- print(a:result(), b:result()) -- after one second
--- ```
---@param f function|moons.TaskCall what can be called, or the table form
---@param ... any its arguments; they are not copied
---@return moons.Future
function moons.task(f, ...) end

--- Lets all others run that can, once: for a task that computes for long. In the thread's own
--- script it runs the tasks that can run. Returns nothing. Raises when the caller is cancelled.
function moons.yield() end

--- Waits for futures, of tasks or of anything else, and gives the first result of each: as values,
--- or for a list as a list. Raises the error of the first that fails, in time; the others go on.
--- When the caller is cancelled meanwhile, so are they. Like `asyncio.gather` of Python.
---
--- ```lua
--- local a, b = moons.gather(moons.task(fetch, 1), moons.task(fetch, 2))
--- local all = moons.gather { moons.task(fetch, 1), moons.task(fetch, 2) }
--- ```
---@param ... moons.Future or one list of them
---@return any ...
function moons.gather(...) end

--- Calls `f(...)` as a task that has that much time, and gives its results; or `nil, "timeout"`:
--- then it was cancelled, and has ended. Raises its error.
---
--- ```lua
--- local page, why = moons.timeout(2, fetch, "/index")
--- ```
---@param seconds number at least 0
---@param f function or what can be called
---@param ... any its arguments
---@return any ...
function moons.timeout(seconds, f, ...) end

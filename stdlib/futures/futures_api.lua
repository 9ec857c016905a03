---@meta
-- luacheck: ignore 241
-- futures/futures_api.lua -- declares what is written in C. Not built in.

---@class moons
local moons = {}

--- Calls that other threads make, and their results to come. Like Python's concurrent.futures.
---@class moons.futures
---@field FIRST_COMPLETED "FIRST_COMPLETED"
---@field FIRST_EXCEPTION "FIRST_EXCEPTION"
---@field ALL_COMPLETED "ALL_COMPLETED"
local futures = {}
moons.futures = futures

-- ---- Future ----

--- The result of a call that somebody else makes: to come, or there. It travels as itself, so any
--- thread may wait for it, and it may stand in `moons.select`. One that has failed and whose error
--- nobody has seen is printed when nobody holds it any more, and the exit status is 1 then.
---@class moons.Future
local Future = {}

--- Waits for the call's results. Raises its error value, with both tracebacks; raises when the
--- future
--- was cancelled. In a task, a future of the same pool that no worker has started is run on the
--- spot,
--- so tasks may wait for tasks. (With a timeout, and where workers are processes, another worker
--- runs it meanwhile.)
---@param seconds? number none: for ever
---@return any ... f's results; or nil and "timeout"
function Future:result(seconds) end

--- The same as `result`, as Python's pools call it.
---@param seconds? number
---@return any ...
function Future:get(seconds) end

--- Waits for the end. The error value and its traceback, or nil if the call succeeded. Raises when
--- the
--- future was cancelled.
---@param seconds? number none: for ever
---@return any err, string? traceback; or nil and "timeout"
function Future:exception(seconds) end

--- Waits for the end, whatever it is.
---@param seconds? number none: for ever
---@return true?, "timeout"?
function Future:wait(seconds) end

--- Whether it has ended: with results, with an error, or by being cancelled.
---@return boolean
function Future:done() end

--- The same as `done`, as Python's pools call it.
---@return boolean
function Future:ready() end

--- Whether a worker is at it.
---@return boolean
function Future:running() end

--- Whether it was cancelled.
---@return boolean
function Future:cancelled() end

--- Whether the call has given results. Raises while it has not ended.
---@return boolean
function Future:successful() end

--- How far it is.
---@return "pending"|"running"|"done"|"failed"|"cancelled"
function Future:status() end

--- Cancels it, if no worker has started it.
---@return boolean cancelled false: too late
function Future:cancel() end

--- Has `f` called with the future when that has ended: on the thread that adds it, in one of its
--- waits
--- (sleep, get, result, join, shutdown...), never in the middle of other code. Callbacks run in the
--- order in which futures end. An error of `f` is printed, and the exit status is 1 then. The end
--- of
--- the thread waits for the callbacks it has added. Returns nothing.
---@param f fun(future: moons.Future)
function Future:add_done_callback(f) end

-- ---- the executors ----

---@class moons.ThreadPoolExecutorOptions
---@field max_workers? integer workers at most; default: moons.cpu_count()
---@field initializer? function called first by each worker; if it fails, so does all that was
---submitted
---@field initargs? any[] its arguments
---@field name_prefix? string of the workers' names, "PREFIX_1" and so on; 1 to 39 bytes
---@field memory_limit? integer bytes that the state of each worker may use

--- Threads that make calls. Like Python's concurrent.futures.ThreadPoolExecutor, but they run in
--- parallel. A worker keeps its globals from one call to the next; what a function refers to
--- otherwise
--- comes with each call. Travels as itself.
---@class moons.ThreadPoolExecutor
local ThreadPoolExecutor = {}

--- Makes an executor. Its threads are started when they are needed. Raises what is wrong with an
--- option.
---
--- ```lua
--- local ex <close> = futures.ThreadPoolExecutor()
--- local future = ex:submit(math.max, 3, 9)
--- print(future:result())   --> 9
--- ```
---@param options? integer|moons.ThreadPoolExecutorOptions a number: max_workers
---@return moons.ThreadPoolExecutor
function futures.ThreadPoolExecutor(options) end

--- Has a worker call `f(...)`, and does not wait. Raises after shutdown, when the initializer has
--- failed, and what refuses to travel.
---@param f function
---@param ... any
---@return moons.Future
function ThreadPoolExecutor:submit(f, ...) end

--- Calls `f` with each item, and gives the first result of each in the order of the items, to a for
--- loop: `for result in ex:map(f, list) do`. Several lists give several arguments, up to the end of
--- the
--- shortest. An iterator is a function that gives the next item, and nil at the end; it is asked
--- only
--- as far ahead as `buffersize`, or as keeps the workers busy. Leaving the loop cancels the rest.
--- Raises the error of a call when it is its turn; "timeout"; for a nil result, which would end the
--- loop.
---@param f function
---@param list any[]|fun(): any
---@param ... any[]|(fun(): any)|moons.MapOptions more of them; at the end maybe what
---futures.options gave
---@return fun(): any
function ThreadPoolExecutor:map(f, list, ...) end

---@class moons.ShutdownOptions
---@field wait? boolean default true: until all is done and the workers have ended
---@field cancel_futures? boolean default false; true: those that no worker has started
---@field timeout? number seconds to wait at most

--- Takes no more calls; what was submitted is done. At the end of its scope `<close>` does the
--- same, and
--- cancels what was not started if an error ends the scope. Raises when a worker would wait for
--- itself.
---@param options? moons.ShutdownOptions
---@return true?, "timeout"?
function ThreadPoolExecutor:shutdown(options) end

---@class moons.ProcessPoolExecutorOptions: moons.ThreadPoolExecutorOptions
---@field max_tasks_per_child? integer calls after which a process is replaced by a fresh one

--- Processes that make calls, with the methods of a ThreadPoolExecutor. Like Python's
--- concurrent.futures.ProcessPoolExecutor. A process that dies fails the call that it ran, with
--- "worker died" and how, and is replaced; the other calls are made all the same.
---@class moons.ProcessPoolExecutor: moons.ThreadPoolExecutor
local ProcessPoolExecutor = {} -- luacheck: ignore 211

--- Makes an executor. Its processes are started when they are needed. Raises what is wrong with an
--- option.
---
--- ```lua
--- local ex <close> = futures.ProcessPoolExecutor()
--- local future = ex:submit(math.max, 3, 9)
--- print(future:result())   --> 9
--- ```
---@param options? integer|moons.ProcessPoolExecutorOptions a number: max_workers
---@return moons.ProcessPoolExecutor
function futures.ProcessPoolExecutor(options) end

-- ---- the table ----

---@class moons.MapOptions
---@field timeout? number seconds for all of it, from the call on; then "timeout" is raised
---@field chunksize? integer items that go to a worker at once; default: by the measured times
---@field buffersize? integer items that may be ahead of the loop
---@field progress? boolean|moons.ProgressOptions shows a bar

--- Marks a table as options, for the end of a map's arguments. Raises what is wrong with one.
---@param options moons.MapOptions
---@return moons.MapOptions
function futures.options(options) end

---@class moons.WaitOptions
---@field return_when? "FIRST_COMPLETED"|"FIRST_EXCEPTION"|"ALL_COMPLETED" default ALL_COMPLETED
---@field timeout? number seconds

--- Waits until the first future has ended, or one has failed, or all have ended. They may be of
--- several processes; raises how one of these has ended whose future had not.
---@param list moons.Future[]
---@param options? number|moons.WaitOptions a number: timeout
---@return moons.Future[] done, moons.Future[] not_done in the order of the list
function futures.wait(list, options) end

--- Gives the futures to a for loop as they end. Raises "timeout" when they have not all ended in
--- time; and how the process of one has ended, when that had the future and it had not.
---@param list moons.Future[]
---@param seconds? number|{ timeout?: number, progress?: boolean|moons.ProgressOptions }
---@return fun(): moons.Future?
function futures.as_completed(list, seconds) end

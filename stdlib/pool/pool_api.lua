---@meta
-- luacheck: ignore 241
-- pool/pool_api.lua -- declares what is written in C. map_result.lua has the rest. Not built in.

---@class moons
local moons = {}

---@class moons.PoolOptions
---@field processes? integer workers; default: moons.cpu_count()
---@field initializer? function called first by each worker; if it fails, so does all that was
---submitted
---@field initargs? any[] its arguments
---@field engine? "thread"|"process" what the workers are; default: threads
---@field maxtasksperchild? integer calls after which a worker is replaced by a fresh one
---@field name_prefix? string of the workers' names, "PREFIX_1" and so on; 1 to 39 bytes
---@field memory_limit? integer bytes that the state of each worker may use

--- Workers that make calls. Like Python's multiprocessing.pool.Pool, on threads, or on processes if
--- asked for. A worker keeps its
--- globals from one call to the next; what a function refers to otherwise comes with each call.
--- Travels
--- as itself. At the end of its scope `<close>` closes it and waits for all of it; if an error ends
--- the
--- scope, it is terminated.
---@class moons.Pool
local Pool = {}

--- Makes a pool. Its threads are started when they are needed. Raises what is wrong with an option.
---
--- ```lua
--- local pool <close> = Pool(4)
--- print(table.concat(pool:map(function(x) return x * x end, { 1, 2, 3 }), " "))   --> 1 4 9
--- ```
---@param options? integer|moons.PoolOptions a number: processes
---@return moons.Pool
function moons.Pool(options) end

--- How many workers it may have.
---@return integer
function Pool:size() end

--- Has a worker call `f(...)`, and does not wait. Raises when the pool is closed, when the
--- initializer
--- has failed, and what refuses to travel.
---@param f function
---@param ... any
---@return moons.Future
function Pool:submit(f, ...) end

--- Has a worker call `f(...)`, and gives its results, or raises its error.
---@param f function
---@param ... any
---@return any ...
function Pool:apply(f, ...) end

---@class moons.ApplyOptions
---@field callback? function called with the results
---@field error_callback? fun(err: any) called with the error value

--- Has a worker call `f` with the arguments in the list `args`, and does not wait. Like Python's
--- multiprocessing.pool.Pool.apply_async. The callbacks run on the thread that calls this, in one
--- of
--- its waits. Raises when the pool is closed, and what refuses to travel.
---@param f function
---@param args? any[] with its length in `n` where it has holes
---@param options? moons.ApplyOptions
---@return moons.Future
function Pool:apply_async(f, args, options) end

--- Calls `f` with each item, and gives the list of the first results, in the order of the items,
--- and its
--- length (for a nil result is a hole). Raises the error of a call that fails; those that have not
--- been
--- started are cancelled then.
---@param f fun(item: any): any
---@param list any[]|fun(): any a list, or a function that gives the next item, and nil at the end
---@param options? integer|moons.MapOptions a number: chunksize
---@return any[] results, integer count
function Pool:map(f, list, options) end

--- The same, with the elements of each item as arguments.
---@param f function
---@param list any[][]|fun(): any[]
---@param options? integer|moons.MapOptions a number: chunksize
---@return any[] results, integer count
function Pool:starmap(f, list, options) end

---@class moons.MapAsyncOptions
---@field chunksize? integer items that go to a worker at once; default: a quarter of a share
---@field callback? fun(results: any[], count: integer) called when all is done
---@field error_callback? fun(err: any) called when all has ended and a call has failed

--- Like map, but does not wait. The callbacks run on the thread that calls this, in one of its
--- waits.
---@param f fun(item: any): any
---@param list any[]
---@param options? integer|moons.MapAsyncOptions a number: chunksize
---@return moons.MapResult
function Pool:map_async(f, list, options) end

--- Like starmap, but does not wait.
---@param f function
---@param list any[][]
---@param options? integer|moons.MapAsyncOptions a number: chunksize
---@return moons.MapResult
function Pool:starmap_async(f, list, options) end

--- Calls `f` with each item, and gives the first results to a for loop, in the order of the items:
--- `for result in pool:imap(f, list) do`. Items are asked for as far ahead as keeps the workers
--- busy.
--- Leaving the loop cancels the rest. Raises the error of a call when it is its turn; "timeout";
--- for a
--- nil result, which would end the loop.
---@param f fun(item: any): any
---@param list any[]|fun(): any
---@param options? integer|moons.MapOptions a number: chunksize
---@return fun(): any
function Pool:imap(f, list, options) end

--- The same, in the order in which they are ready.
---@param f fun(item: any): any
---@param list any[]|fun(): any
---@param options? integer|moons.MapOptions a number: chunksize
---@return fun(): any
function Pool:imap_unordered(f, list, options) end

--- Takes no more calls; what was submitted is done. Returns nothing.
function Pool:close() end

--- Takes no more calls, cancels those that no worker has started, and the workers with what they
--- run. Returns nothing.
function Pool:terminate() end

--- Waits until the workers of a closed or terminated pool have ended. Raises while it is running.
---@param seconds? number none: for ever
---@return true?, "timeout"?
function Pool:join(seconds) end

---@meta
-- luacheck: ignore 241
-- queue/queue_api.lua -- declares what is written in C. queue.lua has the rest. Not built in.

---@class moons
local moons = {}

--- A closable first-in-first-out queue. What is put is copied, once, when it is put; each value is
--- taken once. Queues travel as themselves: all threads that have one see the same.
---@class moons.Queue
---@operator len: integer
local Queue = {}

--- Makes a queue. Raises if `maxsize` is negative or no integer. Like Python's queue.Queue, with
--- closing (Python 3.13's shutdown, a channel's close in Go).
---
--- ```lua
--- local jobs = Queue(16)
--- spawn(function() for job in jobs:iter() do print(job) end end)
--- jobs:put("first")
--- jobs:close()
--- ```
---@param maxsize? integer how many values it holds at most; none or 0: any number
---@return moons.Queue
function moons.Queue(maxsize) end

--- A queue that hands out last what was put first; all else is as with Queue.
---@class moons.LifoQueue: moons.Queue

--- Makes a queue of which the last value that was put is taken first. Raises what Queue raises.
--- Like Python's queue.LifoQueue.
---@param maxsize? integer how many values it holds at most; none or 0: any number
---@return moons.LifoQueue
function moons.LifoQueue(maxsize) end

--- A queue that hands out the least value first, of equal ones the one that was put first; all else
--- is as with Queue.
---@class moons.PriorityQueue: moons.Queue

--- What the table form of PriorityQueue takes.
---@class moons.PriorityQueueOptions
---@field maxsize? integer how many values it holds at most; none or 0: any number
---@field key? string|fun(value: any): number|string|any[] the name of the field to order by, or
---what gives the key of a value; runs in the thread that puts
---@field less? fun(value: any, other: any): boolean whether the first is to be taken before the
---second; runs in the thread that puts, about log2(#q) times a put

--- Makes a queue of which the least value is taken first. Its values, or their keys, are numbers or
--- strings, not both in one queue, or lists that begin so: those are compared element by element,
--- as far as there are numbers and strings. Equal ones are taken in the order of putting.
---
--- `key` and `less` are sent to where they are needed, as functions are: once, with copies of their
--- upvalues. An error in them is raised by put, and nothing is put. Raises what is wrong with an
--- option. Like Python's queue.PriorityQueue, but for values that don't compare.
---
--- ```lua
--- local jobs = moons.PriorityQueue()
--- jobs:put { 2, "sweep" }
--- jobs:put { 1, "cook" }
--- print(jobs:get()[2])   --> cook
--- local later = moons.PriorityQueue { key = "due", maxsize = 100 }
--- ```
---@param maxsize? integer|moons.PriorityQueueOptions
---@return moons.PriorityQueue
function moons.PriorityQueue(maxsize) end

--- Puts a value in, waiting for room. Raises for nil and for what can't be sent, by its path, and
--- for what a PriorityQueue can't compare: the queue is then as it was.
---@param value any not nil
---@param seconds? number how long to wait at most; none: for ever, 0: only try
---@return true? put nil: it was not put
---@return nil|"timeout"|"closed" why
function Queue:put(value, seconds) end

--- Takes the next value, waiting for one. Of a closed queue what is left can still be taken.
---@param seconds? number how long to wait at most; none: for ever, 0: only try
---@return any value nil: there was none
---@return nil|"timeout"|"closed" why "closed": closed and empty
function Queue:get(seconds) end

--- Puts a value in if there is room now. Raises what put raises. Like Python's put_nowait.
---@param value any not nil
---@return true? put
---@return nil|"full"|"closed" why
function Queue:try_put(value) end

--- Takes the next value if there is one now. Like Python's get_nowait.
---@return any value nil: there was none
---@return nil|"empty"|"closed" why
function Queue:try_get() end

--- A copy of the value that get would take next; takes nothing, and never waits.
---@return any value nil: there is none
---@return nil|"empty"|"closed" why
function Queue:peek() end

--- Puts the elements of a list in, in order, waiting for room; other threads' values may come
--- between them. Raises, before anything is put, for an element that can't be sent. An error in a
--- PriorityQueue's `less` is raised when the elements before are put.
---@param list any[]
---@param seconds? number how long to wait at most in all
---@return integer count how many were put
---@return nil|"timeout"|"closed" why if fewer than #list
function Queue:put_many(list, seconds) end

--- Takes what is there, waiting for the first value. If one can't be decoded here (a module is
--- missing, or its rebuilding function fails): raises when it is the first, else returns those
--- before it and the error; those after it stay in the queue.
---@param max? integer how many to take at most, from 1; none: all that are there
---@param seconds? number how long to wait at most for the first
---@return any[]? list of 1 to max values; nil: there was none
---@return nil|"timeout"|"closed"|any why the word, or the error that ended the list
function Queue:get_many(max, seconds) end

--- Says that one value that was taken has been dealt with; see join. Raises if that was said of
--- more values than were put. Returns nothing. Like Python's.
function Queue:task_done() end

--- Waits until every value that was put has been dealt with: task_done was called for each, or
--- close(true) dropped it. Like Python's.
---@param seconds? number how long to wait at most; none: for ever
---@return true? done
---@return nil|"timeout" why
function Queue:join(seconds) end

--- Closes the queue: nothing can be put any more, those who wait for room get nil, "closed"; what
--- is left can be taken, then takers get nil, "closed". Closing twice is fine. Returns nothing.
---@param now? boolean true: what is left is dropped, and counts as dealt with
function Queue:close(now) end

--- Whether the queue was closed.
---@return boolean
function Queue:closed() end

--- How many values are in it, as does `#queue`: of a queue in use, a moment ago.
---@return integer
function Queue:qsize() end

--- How many values it holds at most; 0: any number.
---@return integer
function Queue:maxsize() end

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

--- Appends a value, waiting for room. Raises for nil and for what can't be sent, by its path: the
--- queue is then as it was.
---@param value any not nil
---@param seconds? number how long to wait at most; none: for ever, 0: only try
---@return true? put nil: it was not put
---@return nil|"timeout"|"closed" why
function Queue:put(value, seconds) end

--- Takes the first value, waiting for one. Of a closed queue what is left can still be taken.
---@param seconds? number how long to wait at most; none: for ever, 0: only try
---@return any value nil: there was none
---@return nil|"timeout"|"closed" why "closed": closed and empty
function Queue:get(seconds) end

--- Appends a value if there is room now. Raises what put raises. Like Python's put_nowait.
---@param value any not nil
---@return true? put
---@return nil|"full"|"closed" why
function Queue:try_put(value) end

--- Takes the first value if there is one now. Like Python's get_nowait.
---@return any value nil: there was none
---@return nil|"empty"|"closed" why
function Queue:try_get() end

--- Appends the elements of a list in order, waiting for room; other threads' values may come
--- between them. Raises, before anything is put, for an element that can't be sent.
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

---@meta
-- luacheck: ignore 241
-- select/select_api.lua -- declares what is written in C: select. Not built in.

---@class moons
local moons = {}

--- What select waits for: a list of objects, and how long.
---
--- - a queue of any kind: takes a value
--- - `{queue, put = value}`: puts the value
--- - a lock or semaphore: acquires it
--- - an event: until it is set
--- - a thread, a process or a future: until it has ended
---
--- All objects must live in one process, this one or another.
---@class moons.SelectCases
---@field timeout? number seconds to wait at most; none: for ever, 0: only try
---@field [integer] any

--- Waits for the first of several things. At most one of the cases happens, and nothing is left of
--- the others; of those that are ready, each has its turn. Like select in Go.
---
--- Raises, by its number, for what is no case, and for a case that would wait for the caller
--- itself: a Lock that it holds, its own thread. Raises for a value to be put that can't be sent.
---
--- ```lua
--- local jobs, stop = Queue(), moons.Event()
--- jobs:put("first")
--- local which, value = moons.select{jobs, stop, timeout = 1}
--- if which == jobs then print("a job:", value) end
--- ```
---@param cases moons.SelectCases
---@return any? which the case that happened, as it stands in the list; nil: none in time
---@return any value of a queue: the value, or nil when it is closed and empty, of a thread or a
---process: its status, of a future: its results, or its error is raised; otherwise true; "timeout"
---when nothing happened in time
---@return string? word "closed" after a queue's nil, "abandoned" as `acquire` says it
function moons.select(cases) end

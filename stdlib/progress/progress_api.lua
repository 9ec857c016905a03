---@meta
-- luacheck: ignore 241
-- progress/progress_api.lua -- declares what has its door in C: progress. Not built in.

---@class moons
local moons = {}

--- How a progress bar looks.
---@class moons.ProgressOptions
---@field desc? string what is done, in front of the bar
---@field unit? string what is counted, otherwise "it"
---@field total? integer how many items there will be; otherwise the list's length, the number

--- Shows a bar on standard error's terminal while a loop runs: how much is done, how fast, how long
--- it will take. The loop gets what it would get otherwise. Where standard error is no terminal
--- nothing is shown. Like tqdm in Python.
---
--- Goes over the elements of a list, the numbers from 1 on, what a queue gives until it is closed,
--- or an iterator's values. With an iterator the options come first, since `pairs` and the like
--- give several values. An item is counted when the next one is asked for. The bar is closed when
--- the loop ends, also by break or an error; what the iterator has to be closed is closed as well.
---
--- Raises for anything else to go over, and for options that it doesn't know.
---
--- ```lua
--- for file in moons.progress({ "a", "b" }, { desc = "read", unit = "files" }) do work(file) end
--- for i in moons.progress(1000) do work(i) end
--- for key, value in moons.progress(pairs(t)) do work(key, value) end
--- for line in moons.progress({ unit = "lines" }, io.lines("big.txt")) do work(line) end
--- ```
---@param iterable any a list, a number, a queue, or an iterator with what belongs to it
---@param options? moons.ProgressOptions
---@return function iterate
---@return any state
---@return any control
---@return any closing
---@overload fun(iterate: function, ...): function, any, any, any
---@overload fun(options: moons.ProgressOptions, iterate: function, ...): function, any, any, any
function moons.progress(iterable, options) end

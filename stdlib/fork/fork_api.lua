---@meta
-- luacheck: ignore 121 241
-- fork/fork_api.lua -- declares what is written in C: fork and what belongs to it. Not built in.

---@class moons
local moons = {}

--- Copies the process. Both go on behind the call: in the child, which has all variables as they
--- are now, it gives 0, in the parent the child's number. Only for the main thread, while no other
--- thread runs, daemons and workers of a pool included; else it raises. It also raises when the
--- system refuses. Like Python's os.fork; so math.random gets a new seed in the child. Unlike
--- there, what files have not written yet is written first.
---
--- ```lua
--- local pid = moons.fork()
--- if pid == 0 then os.exit(work()) end
--- print(moons.waitpid(pid))
--- ```
---@return integer pid 0 in the child
function moons.fork() end

--- Waits for the end of a child that `fork` has made. A child can be waited for once, by any
--- thread; raises for what is no child, or was waited for. Until then the system keeps its number.
--- Like Python's os.waitpid with os.waitstatus_to_exitcode.
---
--- ```lua
--- local code, why = moons.waitpid(pid, 5)
--- ```
---@param pid integer
---@param seconds? number how long to wait at most; 0 tries once; none: for ever
---@return integer? code exit status, or the number of the signal that ended it, negative
---@return "timeout"? why
function moons.waitpid(pid, seconds) end

--- The number of this process. Like Python's os.getpid.
---@return integer pid
function moons.getpid() end

--- The number of the process that started this one; when that has ended, of the one that has taken
--- its place. Like Python's os.getppid.
---@return integer pid
function moons.getppid() end

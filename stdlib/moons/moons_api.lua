---@meta moons
-- luacheck: ignore 121 241
-- moons/moons_api.lua -- declares what is written in C: the table `moons` itself. Not built in.

--- All of moons; `require "moons"` gives the same table, in any thread.
---@class moons
---@field version string of this moons, such as "0.1.0"
---@field futures moons.futures
---@field subprocess moons.subprocess
---@field net moons.net
---@field remote moons.remote
---@field stdin moons.stdin
local moons = {}

--- How many processors this process may use: at least 1, at most what its affinity and the quota of
--- its control group (a container's, rounded up) allow.
--- Like Python's os.process_cpu_count.
---
--- ```lua
--- for i = 1, moons.cpu_count() do spawn(work, i) end
--- ```
---@return integer count
function moons.cpu_count() end

-- Predefined in scripts run by the command, and in each of their threads.
spawn = moons.spawn
Queue = moons.Queue
Lock = moons.Lock
Pool = moons.Pool
futures = moons.futures
threadlocal = moons.threadlocal
subprocess = moons.subprocess

return moons

---@meta
-- luacheck: ignore 241
-- threadlocal/threadlocal_api.lua -- declares what is written in C: threadlocal. Not built in.

---@class moons
local moons = {}

--- An object in which each thread finds fields of its own; `pairs` walks those of the caller.
---@class moons.Threadlocal
---@field [any] any

--- Makes an object whose fields each thread has for itself: empty at first, gone with the thread.
--- The object travels as itself; its fields stay, so they may hold what can't be sent.
--- Like Python's threading.local.
---
--- ```lua
--- local session = threadlocal()
--- session.user = "Alice"
--- print(spawn(function() return session.user end):join())   --> nil
--- ```
---@return moons.Threadlocal
function moons.threadlocal() end

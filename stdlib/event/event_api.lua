---@meta
-- luacheck: ignore 241
-- event/event_api.lua -- declares what is written in C: Event. Not built in.

---@class moons
local moons = {}

--- A flag that threads wait for.
---@class moons.Event
local Event = {}

--- Makes an event that is not set. Like Python's threading.Event.
---
--- ```lua
--- local ready = moons.Event()
--- spawn(function() ready:wait() print("go") end)
--- ready:set()
--- ```
---@return moons.Event
function moons.Event() end

--- Sets the event, which lets go all who wait: those who wait now even if it is cleared at once.
--- Returns nothing.
function Event:set() end

--- Makes it not set again. Returns nothing.
function Event:clear() end

--- Whether it is set; a moment ago, if other threads use it.
---@return boolean
function Event:is_set() end

--- Waits until the event is set, not at all if it is.
---@param seconds? number how long to wait at most; none: for ever, 0: only look
---@return true? set
---@return nil|"timeout" word
function Event:wait(seconds) end

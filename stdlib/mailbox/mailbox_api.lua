---@meta
-- luacheck: ignore 241
-- mailbox/mailbox_api.lua -- declares what is written in C: sending to threads. Not built in.

---@class moons
local moons = {}

---@class moons.Thread
local Thread = {}

--- Puts a value into the thread's mailbox, from which it takes it by moons.receive. Never waits: a
--- mailbox has no bound. What a thread has not received when it ends is dropped. Raises for nil and
--- for what can't be sent, by its path. Like Erlang's `!`; Python's threads have nothing like it.
---
--- ```lua
--- local thread = spawn(function() return moons.receive() * 2 end)
--- thread:send(21)
--- print(thread:join())   --> 42
--- ```
---@param value any not nil
---@param seconds? number as of other calls that put; of no effect
---@return true? sent
---@return nil|"closed" why "closed": the thread has ended
function Thread:send(value, seconds) end

--- Takes the next value that was sent to the calling thread, waiting for one; in the order in which
--- they were sent. Like Erlang's receive.
---@param seconds? number how long to wait at most; none: for ever, 0: only try
---@return any value nil: there was none
---@return nil|"timeout" why
function moons.receive(seconds) end

--- Takes the next value that was sent to the calling thread, if there is one now.
---@return any value nil: there was none
---@return nil|"empty" why
function moons.try_receive() end

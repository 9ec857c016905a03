-- queue/queue.lua -- the parts of Queue that are Lua; queue_api.lua declares those in C.

---@class moons.Queue
local Queue = ...

--- Takes values until the queue is closed and empty, waiting for each: `for v in q:iter() do`.
--- Raises what `get` raises. Like the for loop over a channel in Go.
---@return fun(): any
function Queue:iter()
  return function() return (self:get()) end
end

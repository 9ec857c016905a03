-- net/listener.lua -- the parts of Listener that are Lua; net_api.lua declares those in C.

---@class moons.Listener
local Listener = ...

local sleep = require "moons".sleep

-- No descriptor or memory is left, which passes: ENOMEM, ENFILE, EMFILE, ENOBUFS.
local passes = { [12] = true, [23] = true, [24] = true, [105] = true }
local PAUSE = 0.1

--- Accepts until the listener is closed: `for connection in listener:iter() do`. When no
--- descriptor or memory is left it waits until there is; every other failure is raised.
---@return fun(): moons.Connection?
function Listener:iter()
  return function()
    while true do
      local connection, why, number = self:accept()
      if connection or why == "closed" then return connection end
      if not passes[number] then error(why, 2) end
      sleep(PAUSE)
    end
  end
end

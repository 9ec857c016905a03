---@meta
-- luacheck: ignore 241
-- scope/scope_api.lua -- declares Scope, which C calls; scope.lua has its methods. Not built in.

---@class moons
local moons = {}

---@class moons.ScopeOptions
---@field deadline? number seconds from now that the children have; none: for ever

--- Makes a scope, for a variable of a block: `local s <close> = moons.Scope()`.
---
--- Leaving the block waits for all children. The first child that fails cancels all others, and
--- each wait of the block raises `cancelled: another part of its scope has failed`; when they have
--- ended, its error is raised there, with its traceback. When the block is left by an error, or its
--- thread or task is cancelled, all children are cancelled and waited for. After its deadline all
--- are cancelled, the block's waits raise `cancelled: the deadline of its scope has passed`, and
--- leaving raises that.
---
--- A failure is noticed while the thread of the scope waits for anything. The block is that of the
--- task, or of the thread's own script, which calls this.
---
--- ```lua
--- do
---   local s <close> = moons.Scope { deadline = 10 }
---   local a = s:task(function() return 1 end)
---   local b = s:spawn(function() return 2 end)
---   print(a:result() + b:join())
--- end
--- ```
---@param options? moons.ScopeOptions
---@return moons.Scope
function moons.Scope(options) end

---@meta
-- luacheck: ignore 241
-- once/once_api.lua -- declares what is written in C: Once. Not built in.

---@class moons
local moons = {}

--- Something that one thread does, once, for all.
---@class moons.Once
local Once = {}

--- Makes one of which nothing has been done. Like OnceValues of Go.
---
--- ```lua
--- local config = moons.Once()
--- local function get() return config:call(load_config, "app.conf") end
--- ```
---@return moons.Once
function moons.Once() end

--- Calls `f(...)` if that has not been done, by whatever thread; another one that is at it is
--- waited for. What f returned is sent, as results of a thread are, and every call gets a copy of
--- it, the first one too. Raises f's error, or that a result can't be sent; then it is not done,
--- and the next call runs its function, as it does when a thread ends or is cancelled in f. Raises
--- `call() from within the function that it runs`.
---@param f function
---@param ... any arguments of f
---@return any ... the results
function Once:call(f, ...) end

--- Whether it has been done.
---@return boolean
function Once:done() end

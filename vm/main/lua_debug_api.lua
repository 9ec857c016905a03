---@meta
-- luacheck: ignore
-- main/lua_debug_api.lua -- what 'help' says of Lua's debug library. It is never run.

--- Looking into running code, and changing it. No check keeps the rest of a script sane.
---@class debug
local debug = {}

--- Reads lines from standard input and runs them, until "cont".
---
--- ```lua
--- debug.debug()
--- ```
function debug.debug() end

--- The hook that is set.
---
--- ```lua
--- print(debug.gethook())
--- ```
---@param thread? thread
---@return function?
---@return string its mask
---@return integer its count
function debug.gethook(thread) end

--- A table about a function, or the one at a level: 0 getinfo itself, 1 its caller. Letters
--- choose fields: n name, S source and lines, l current line, t tail call, u upvalues, f the
--- function, r transferred values, L lines with code. nil for a level that there isn't. Raises
--- for another letter.
---
--- ```lua
--- print(debug.getinfo(1, "l").currentline)
--- ```
---@param thread? thread
---@param f function|integer
---@param what? string all but L by default
---@return table?
function debug.getinfo(thread, f, what) end

--- Name and value of a local variable at a level, negative: of an argument of "..."; of a
--- function only names of parameters. Raises for a level that there isn't.
---
--- ```lua
--- print(debug.getlocal(1, 1))
--- ```
---@param thread? thread
---@param f integer|function
---@param locindex integer
---@return string? nil: there is none
---@return any
function debug.getlocal(thread, f, locindex) end

--- The metatable, whatever `__metatable` says.
---
--- ```lua
--- print(debug.getmetatable("").__index == string)
--- ```
---@param value any
---@return table?
function debug.getmetatable(value) end

--- The table in which C code keeps things.
---
--- ```lua
--- local registry = debug.getregistry()
--- ```
---@return table
function debug.getregistry() end

--- Name and value of an upvalue of a function.
---
--- ```lua
--- print(debug.getupvalue(f, 1))
--- ```
---@param f function
---@param up integer
---@return string?
---@return any
function debug.getupvalue(f, up) end

--- A value that hangs on a userdata.
---
--- ```lua
--- local value = debug.getuservalue(u)
--- ```
---@param u userdata
---@param n? integer 1 by default
---@return any
---@return boolean? whether it has such a one
function debug.getuservalue(u, n) end

--- Has a function called: "c" at calls, "r" at returns, "l" at new lines, and after every
--- `count` instructions. Without arguments no more.
---
--- ```lua
--- debug.sethook(function(_, line) print(line) end, "l")
--- ```
---@param thread? thread
---@param hook? function gets the event and the line
---@param mask? string
---@param count? integer
function debug.sethook(thread, hook, mask, count) end

--- Does nothing any more; from Lua 5.4.3 on the depth of C calls is fixed.
---
--- ```lua
--- debug.setcstacklimit(200)
--- ```
---@param limit integer
---@return integer 0: it can't be set
function debug.setcstacklimit(limit) end

--- Sets a local variable. Raises for a level that there isn't.
---
--- ```lua
--- debug.setlocal(1, 1, "new")
--- ```
---@param thread? thread
---@param level integer
---@param locindex integer
---@param value any
---@return string? its name
function debug.setlocal(thread, level, locindex, value) end

--- Gives any value a metatable; those of numbers, functions and such are of the whole type.
---
--- ```lua
--- debug.setmetatable(0, { __len = math.abs })
--- ```
---@param value any
---@param table table?
---@return any the value
function debug.setmetatable(value, table) end

--- Sets an upvalue.
---
--- ```lua
--- debug.setupvalue(f, 1, "new")
--- ```
---@param f function
---@param up integer
---@param value any
---@return string? its name
function debug.setupvalue(f, up, value) end

--- Hangs a value on a userdata.
---
--- ```lua
--- debug.setuservalue(u, {})
--- ```
---@param udata userdata
---@param value any
---@param n? integer
---@return userdata? nil: there is no such place
function debug.setuservalue(udata, value, n) end

--- The stack as a text, after the message. A message that is no text is given back as it is.
---
--- ```lua
--- print(debug.traceback("here"))
--- ```
---@param thread? thread
---@param message? any
---@param level? integer where it begins
---@return string
function debug.traceback(thread, message, level) end

--- What tells upvalues apart: functions that share one give the same.
---
--- ```lua
--- print(debug.upvalueid(f, 1) == debug.upvalueid(g, 1))
--- ```
---@param f function
---@param n integer
---@return userdata?
function debug.upvalueid(f, n) end

--- Has a function share an upvalue of another one. Raises for C functions.
---
--- ```lua
--- debug.upvaluejoin(f, 1, g, 1)
--- ```
---@param f1 function
---@param n1 integer
---@param f2 function
---@param n2 integer
function debug.upvaluejoin(f1, n1, f2, n2) end

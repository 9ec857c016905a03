---@meta
-- luacheck: ignore
-- main/lua_api.lua -- what 'help' says of Lua's basic functions, coroutine and package. Never run.

--- The basic functions, which every script has as globals.
---@class _G
local _G = {}

--- Gives back its arguments if the first is neither nil nor false. Raises `message` else, as it
--- is.
---
--- ```lua
--- local file = assert(io.open("notes.txt"))
--- ```
---@param v any
---@param message? any what is raised, "assertion failed!" by default
---@return any all arguments
function assert(v, message, ...) end

--- Steers the garbage collector of this state: "collect" runs it to the end, "count" gives the
--- kilobytes in use, "stop", "restart", "isrunning", "step", and "incremental" and
--- "generational" choose how it works. Raises for another word.
---
--- ```lua
--- print(collectgarbage("count"))
--- ```
---@param opt? string "collect" by default
---@param arg? integer of "step" and the modes
---@return any depends on the option: 0, a number, a boolean or the mode before
function collectgarbage(opt, arg) end

--- Runs a file, or standard input, as a chunk, with no arguments. Raises what is wrong with the
--- file, and the errors of its code.
---
--- ```lua
--- local config = dofile("config.lua")
--- ```
---@param filename? string none: standard input
---@return any what the chunk returns
function dofile(filename) end

--- Raises an error; does not return. A text gets the line in front where the function stands
--- that called `error` (level 1), or its caller (level 2).
---
--- ```lua
--- error("size must be positive", 2)
--- ```
---@param message any of any type
---@param level? integer 1 by default; 0: no line is added
function error(message, level) end

--- Gives the metatable, or what its field `__metatable` has; nil if there is none.
---
--- ```lua
--- print(getmetatable("").__index == string)
--- ```
---@param object any
---@return any
function getmetatable(object) end

--- Explains a name, or what a value is; without an argument lists the commands. Only in the
--- REPL.
---
--- ```lua
--- help(string.rep)
--- ```
---@param what? any
function help(what) end

--- For loops over `t[1]`, `t[2]`, ... up to the first that is nil. Obeys `__index`.
---
--- ```lua
--- for i, name in ipairs { "a", "b" } do print(i, name) end
--- ```
---@param t any with elements
---@return function
---@return any
---@return integer three values for the loop
function ipairs(t) end

--- Compiles a text, or what a function gives piece by piece, without running it. Errors of the
--- syntax are returned, not raised.
---
--- ```lua
--- local f = assert(load("return 1 + 1")) print(f())
--- ```
---@param chunk string|function a function is called until it returns nil or ""
---@param chunkname? string for messages; "=name" is taken as it is
---@param mode? string "b", "t" or "bt": whether binary or text is allowed
---@param env? any in place of the globals
---@return function? nil: it does not compile
---@return string? why
function load(chunk, chunkname, mode, env) end

--- As `load`, of a file or standard input.
---
--- ```lua
--- local f, why = loadfile("job.lua")
--- ```
---@param filename? string none: standard input
---@param mode? string "b", "t" or "bt"
---@param env? any in place of the globals
---@return function?
---@return string? why not
function loadfile(filename, mode, env) end

--- Gives the key after `index`, and its value, in no order; nil after the last. While a table is
--- walked so its fields may be changed and cleared, but none may be added. Raises for a key that
--- is not there.
---
--- ```lua
--- print(next({}) == nil) -- is it empty?
--- ```
---@param table table
---@param index? any nil: the first
---@return any key
---@return any value
function next(table, index) end

--- For loops over all keys and values, in no order; or what `__pairs` gives.
---
--- ```lua
--- for key, value in pairs { a = 1 } do print(key, value) end
--- ```
---@param t any
---@return function
---@return any
---@return any three values for the loop
function pairs(t) end

--- Calls `f` so that its error is returned, not raised.
---
--- ```lua
--- local ok, why = pcall(error, "no")
--- ```
---@param f any what can be called
---@param ... any its arguments
---@return boolean false: it failed
---@return any its results, or the error
function pcall(f, ...) end

--- Writes its arguments to standard output, each as `tostring` gives it, with tabs between them
--- and a newline after.
---
--- ```lua
--- print("x", 1, nil)
--- ```
---@param ... any
function print(...) end

--- Whether the two are the same, without `__eq`.
---
--- ```lua
--- print(rawequal({}, {}))
--- ```
---@param v1 any
---@param v2 any
---@return boolean
function rawequal(v1, v2) end

--- The field, without `__index`.
---
--- ```lua
--- local own = rawget(object, "name")
--- ```
---@param table table
---@param index any
---@return any
function rawget(table, index) end

--- The length of a table or text, without `__len`.
---
--- ```lua
--- print(rawlen { 1, 2 })
--- ```
---@param v table|string
---@return integer
function rawlen(v) end

--- Sets the field, without `__newindex`. Raises for nil and NaN as an index.
---
--- ```lua
--- rawset(object, "cached", true)
--- ```
---@param table table
---@param index any
---@param value any
---@return table the table
function rawset(table, index, value) end

--- Loads a module once: runs its file, or C function, and keeps what that returns in
--- `package.loaded`. Raises where no searcher finds it, with all places.
---
--- ```lua
--- local re = require "re"
--- ```
---@param modname string dots stand for folders
---@return any the module
---@return any where it was found
function require(modname) end

--- All arguments from number `index` on; or how many there are, for "#". Raises for an index out
--- of range.
---
--- ```lua
--- print(select("#", nil, nil), select(2, "a", "b"))
--- ```
---@param index integer|"#" negative: from the end
---@param ... any
---@return any
function select(index, ...) end

--- Gives the table another metatable, or none. Raises where the old one has `__metatable`.
---
--- ```lua
--- local v = setmetatable({}, { __index = { x = 1 } })
--- ```
---@param table table
---@param metatable table? nil: none
---@return table the table
function setmetatable(table, metatable) end

--- The number that a text stands for; nil if it stands for none. With a base only integers are
--- read. Raises for a base out of range.
---
--- ```lua
--- print(tonumber("0x10"), tonumber("zz", 36))
--- ```
---@param e any a number is given back
---@param base? integer 2 to 36; then `e` must be a text
---@return number?
function tonumber(e, base) end

--- The value as a text: what `__tostring` says, or its kind and address. Raises where
--- `__tostring` gives no text.
---
--- ```lua
--- print(tostring(1.0) .. "!")
--- ```
---@param v any
---@return string
function tostring(v) end

--- The type as a word: "nil", "number", "string", "boolean", "table", "function", "thread" or
--- "userdata". Raises if there is no argument.
---
--- ```lua
--- print(type(print))
--- ```
---@param v any
---@return string
function type(v) end

--- Writes a warning to standard error: all texts side by side. Off until `warn "@on"` or `-W`.
---
--- ```lua
--- warn("disk ", "is nearly full")
--- ```
---@param msg1 string "@on" and "@off" switch
---@param ... string
function warn(msg1, ...) end

--- As `pcall`, but the error goes through a function first, which still sees the stack.
---
--- ```lua
--- print(xpcall(job, debug.traceback))
--- ```
---@param f any what can be called
---@param msgh function gets the error, and gives what is returned
---@param ... any arguments of f
---@return boolean
---@return any
function xpcall(f, msgh, ...) end

--- Functions that can pause and go on later, in turns with who resumes them.
---@class coroutine
local coroutine = {}

--- Ends a coroutine that is suspended or dead: its variables to be closed are closed. Raises for
--- one that runs.
---
--- ```lua
--- coroutine.close(co)
--- ```
---@param co thread
---@return boolean false: it had failed, or closing did
---@return any? the error
function coroutine.close(co) end

--- Makes a coroutine with the function as its body. It has not begun.
---
--- ```lua
--- local co = coroutine.create(function(x) return x + 1 end)
--- ```
---@param f function
---@return thread
function coroutine.create(f) end

--- Whether the coroutine, the running one by default, can yield.
---
--- ```lua
--- print(coroutine.isyieldable())
--- ```
---@param co? thread
---@return boolean
function coroutine.isyieldable(co) end

--- Begins it, or lets it go on, until it yields or ends. Its errors are returned, not raised.
---
--- ```lua
--- print(coroutine.resume(co, 41))
--- ```
---@param co thread
---@param ... any arguments of the body, or results of its `yield`
---@return boolean false: it failed
---@return any what it yields or returns, or the error
function coroutine.resume(co, ...) end

--- The coroutine that runs.
---
--- ```lua
--- local co, is_main = coroutine.running()
--- ```
---@return thread
---@return boolean whether it is the main one
function coroutine.running() end

--- "running", "suspended", "normal" (it has resumed another one) or "dead".
---
--- ```lua
--- print(coroutine.status(co))
--- ```
---@param co thread
---@return string
function coroutine.status(co) end

--- Makes a coroutine, and a function that resumes it at each call and raises its errors.
---
--- ```lua
--- local next_one = coroutine.wrap(function() coroutine.yield(1) end) print(next_one())
--- ```
---@param f function
---@return function
function coroutine.wrap(f) end

--- Pauses the coroutine that runs. Raises outside of one.
---
--- ```lua
--- local answer = coroutine.yield("question")
--- ```
---@param ... any results of `resume`
---@return any what the next `resume` brings
function coroutine.yield(...) end

--- How `require` finds modules.
---@class package
---@field config string the system's separators and marks, a line each
---@field cpath string templates for C modules, between semicolons
---@field loaded table<string, any> the modules that were loaded, by name
---@field path string templates for modules in Lua, between semicolons
---@field preload table<string, function> functions that make modules, asked first
---@field searchers function[] what `require` asks, in that order
local package = {}

--- Loads a C library, and gives a function of it as a Lua function; "*" only loads it.
---
--- ```lua
--- local f = assert(package.loadlib("./my.so", "luaopen_my"))
--- ```
---@param libname string its path
---@param funcname string
---@return function|boolean|nil nil: it failed
---@return string? why
---@return string? "open" or "init"
function package.loadlib(libname, funcname) end

--- The first file of a path with "?" that can be read.
---
--- ```lua
--- print(package.searchpath("re", package.path))
--- ```
---@param name string
---@param path string templates between semicolons
---@param sep? string what is replaced in the name, "." by default
---@param rep? string by that, the system's "/"
---@return string? nil: none
---@return string? all that were tried
function package.searchpath(name, path, sep, rep) end

---@meta
-- luacheck: ignore
-- main/lua_io_api.lua -- what 'help' says of Lua's io and os. It is never run.

--- Files, and the standard streams. What fails returns nil, a message and the system's number,
--- unless it says that it raises.
---@class io
---@field stderr file* standard error
---@field stdin file* standard input
---@field stdout file* standard output
local io = {}

--- Closes the file, standard output by default.
---
--- ```lua
--- io.close(file)
--- ```
---@param file? file*
---@return boolean? true
---@return "exit"|"signal" and of a command how it ended
---@return integer
function io.close(file) end

--- Writes out what the default output holds back.
---
--- ```lua
--- io.flush()
--- ```
---@return file*?
function io.flush() end

--- Sets the default input, a file or the name of one, or tells it. Raises where the file can't
--- be opened.
---
--- ```lua
--- io.input("data.txt")
--- ```
---@param file? file*|string
---@return file*
function io.input(file) end

--- For loops over what is read, lines by default; the file is closed at its end. Raises where it
--- can't be opened or read.
---
--- ```lua
--- for line in io.lines("data.txt") do print(line) end
--- ```
---@param filename? string none: the default input, which stays open
---@param ... string|integer as for `read`
---@return function
---@return nil
---@return nil
---@return file* to be closed
function io.lines(filename, ...) end

--- Opens a file: "r" reads, "w" begins anew, "a" appends; "r+", "w+" and "a+" do both; a "b" may
--- follow. Raises for another mode.
---
--- ```lua
--- local file <close> = assert(io.open("notes.txt", "w"))
--- ```
---@param filename string
---@param mode? string "r" by default
---@return file*?
---@return string? why not
---@return integer?
function io.open(filename, mode) end

--- Sets the default output, or tells it; as `io.input`.
---
--- ```lua
--- io.output("result.txt")
--- ```
---@param file? file*|string
---@return file*
function io.output(file) end

--- Starts a command of the shell, and gives a file to read from it or write to it; `close` waits
--- for it. Without a shell there is `subprocess`.
---
--- ```lua
--- local pipe <close> = io.popen("ls") print(pipe:read("a"))
--- ```
---@param prog string
---@param mode? string "r" or "w"
---@return file*?
---@return string? why not
---@return integer?
function io.popen(prog, mode) end

--- Reads from the default input, as `file:read`.
---
--- ```lua
--- local line = io.read()
--- ```
---@param ... string|integer
---@return any
function io.read(...) end

--- A file without a name that goes when it is closed.
---
--- ```lua
--- local file = assert(io.tmpfile())
--- ```
---@return file*?
function io.tmpfile() end

--- "file", "closed file", or nil for what is no file.
---
--- ```lua
--- print(io.type(io.stdout))
--- ```
---@param obj any
---@return string?
function io.type(obj) end

--- Writes texts and numbers to the default output, as `file:write`.
---
--- ```lua
--- io.write("x = ", 1, "\n")
--- ```
---@param ... string|number
---@return file*?
---@return string? why not
---@return integer?
function io.write(...) end

--- An open file, or a pipe of `io.popen`. A `<close>` variable closes it.
---@class file
local file = {}

--- Closes it. Of a command: waits for its end, and tells how it was. Raises for one that is
--- closed.
---
--- ```lua
--- file:close()
--- ```
---@return boolean?
---@return "exit"|"signal"
---@return integer
function file:close() end

--- Writes out what is held back.
---
--- ```lua
--- file:flush()
--- ```
---@return file*?
function file:flush() end

--- For loops over what is read, lines by default; the file stays open. Raises where it can't be
--- read.
---
--- ```lua
--- for line in file:lines("L") do io.write(line) end
--- ```
---@param ... string|integer as for `read`
---@return function
function file:lines(...) end

--- Reads, for each argument: "n" a number, "a" the rest, "l" a line, "L" with its newline, or so
--- many bytes. nil: there was nothing of the kind. Raises for another format.
---
--- ```lua
--- local head, rest = file:read("l", "a")
--- ```
---@param ... string|integer "l" by default
---@return any one for each
function file:read(...) end

--- Moves to a byte, from "set" the begin, "cur" here, or "end", and tells where that is.
---
--- ```lua
--- print(file:seek("end"))
--- ```
---@param whence? string "cur" by default
---@param offset? integer 0 by default
---@return integer?
---@return string? why not
function file:seek(whence, offset) end

--- How output is held back: "no", "full" or "line".
---
--- ```lua
--- file:setvbuf("no")
--- ```
---@param mode string
---@param size? integer bytes
---@return boolean?
function file:setvbuf(mode, size) end

--- Writes texts and numbers. Raises for other values.
---
--- ```lua
--- file:write("a", 1, "\n"):flush()
--- ```
---@param ... string|number
---@return file*? the file
---@return string? why not
---@return integer?
function file:write(...) end

--- The system: time, files, other programs.
---@class os
local os = {}

--- How long a processor has worked for this process, in seconds. For times that pass there is
--- `moons.clock`.
---
--- ```lua
--- local began = os.clock()
--- ```
---@return number
function os.clock() end

--- A time as a text, by the rules of C's strftime, or with "*t" as a table; "!" in front: in
--- UTC. Raises for a conversion that there isn't.
---
--- ```lua
--- print(os.date("%Y-%m-%d %H:%M"))
--- ```
---@param format? string "%c" by default
---@param time? integer now by default
---@return string|table
function os.date(format, time) end

--- The seconds from t1 to t2.
---
--- ```lua
--- print(os.difftime(os.time(), before))
--- ```
---@param t2 integer
---@param t1 integer
---@return number
function os.difftime(t2, t1) end

--- Runs a command of the shell and waits for it. Without a shell there is `subprocess`.
---
--- ```lua
--- os.execute("ls")
--- ```
---@param command? string none: is there a shell?
---@return boolean? true: all went well
---@return "exit"|"signal"
---@return integer its status, or the signal
function os.execute(command) end

--- Ends the process, for main alone: in another thread it raises.
---
--- ```lua
--- os.exit(false)
--- ```
---@param code? boolean|integer true, success, by default
---@param close? boolean closes the state first
function os.exit(code, close) end

--- The environment variable; nil: it is not set.
---
--- ```lua
--- print(os.getenv("HOME"))
--- ```
---@param varname string
---@return string?
function os.getenv(varname) end

--- Deletes a file, or an empty folder.
---
--- ```lua
--- os.remove("old.txt")
--- ```
---@param filename string
---@return boolean?
---@return string? why not
---@return integer?
function os.remove(filename) end

--- Gives a file another name or place in the same file system.
---
--- ```lua
--- assert(os.rename("a", "b"))
--- ```
---@param oldname string
---@param newname string
---@return boolean?
---@return string? why not
---@return integer?
function os.rename(oldname, newname) end

--- Sets the locale of the process, or tells it; refused while other threads run.
---
--- ```lua
--- print(os.setlocale())
--- ```
---@param locale? string "": the environment's
---@param category? string "all" by default, "collate", "ctype", "monetary", "numeric" or "time"
---@return string? nil: there is no such locale
function os.setlocale(locale, category) end

--- The time in seconds, now or of a table with year, month, day, hour (12), min, sec and isdst,
--- which it puts in order. Raises for a field that is missing or out of range.
---
--- ```lua
--- print(os.time { year = 2026, month = 1, day = 1 })
--- ```
---@param table? table
---@return integer
function os.time(table) end

--- A name for a file that may be made for a while. Raises where there is none.
---
--- ```lua
--- local name = os.tmpname()
--- ```
---@return string
function os.tmpname() end

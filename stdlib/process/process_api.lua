---@meta
-- luacheck: ignore 241
-- process/process_api.lua -- declares what is written in C: process. Not built in.

---@class moons
local moons = {}

--- A process that moons.process started. Its handle may be sent to other threads and kept after
--- its end. Select takes it, as a thread: until it has ended.
---
--- `local p <close> = moons.process(f)` waits for the process at the end of the block and raises
--- its error; when the block is left by an error, it is cancelled and waited for.
---@class moons.Process
local Process = {}

--- What the table form of process takes: as that of spawn.
---@class moons.ProcessCall: moons.SpawnCall
---@field name? string 1 to 63 bytes; the default is Process-1, Process-2, ...
---@field daemon? boolean true: cancelled when the script ends, not waited for; the default is
--- what the calling thread is
---@field memory_limit? integer bytes that its main thread's Lua state may use

--- Runs `f(...)` in an operating system's process of its own and returns at once: the same program,
--- started anew. Function and arguments travel as those of spawn. Objects that threads share stay
--- here; the process calls them from where it is, and this one those that come from there.
---
--- It has this one's standard output and error, environment and folder; its standard input is
--- empty. It ends at once when this process does.
---
--- Raises, at the caller's line, what is wrong with an option, what can't be sent (by its path),
--- that the system can start no process, and that the program is not the command moons, which alone
--- can be started so. Like Python's multiprocessing.Process with the context spawn, and started.
---
--- ```lua
--- local process = moons.process(function(a, b) return a + b end, 1, 2)
--- print(process:join())   --> 3
--- moons.process { serve, 8080, name = "server", daemon = true }
--- ```
---@param f function|moons.ProcessCall a function of Lua or C, or the table form
---@param ... any arguments of f
---@return moons.Process
function moons.process(f, ...) end

--- Waits for the process's end and returns what its function returned, nils included. May be called
--- again, by any thread; each call gets copies. What the function returned is known when it has
--- returned, but the process ends, and join returns, when its threads have.
---
--- Raises the error of its function as it is, with the tracebacks of both sides; `process 'NAME'
--- (pid N) was killed by signal 9 (SIGKILL)` if one did; `... ended with exit status N before it
--- was done` if it called os.exit; that it was cancelled, or reached its memory limit, as join of
--- a thread does. Unlike Python's Process.join it hands on results and errors.
---@param seconds? number how long to wait at most; none: for ever, 0: only look
---@return any ... f's results; nil, "timeout"
function Process:join(seconds) end

--- What has become of it: "running", "done" (its function returned), "failed" (by an error, a
--- signal, os.exit) or "cancelled".
---@return "running"|"done"|"failed"|"cancelled"
function Process:status() end

--- Asks it to stop: true when this call asked, false when it had ended or was asked before.
---
--- Its main thread is cancelled, as a thread is, and its other threads with it. If it has not
--- ended within two seconds, it is killed.
---@param why? string told to those who join it; cut to 127 bytes
---@return boolean asked
function Process:cancel(why) end

--- Raises the error "interrupted" in its main thread, once: in a wait, or in running Lua code.
--- Raises for a value, which a thread could be interrupted with.
---@return boolean asked false: it has ended, or is cancelled
function Process:interrupt() end

--- The name, for people: given to process or made up. It is that of its main thread, too.
---@return string
function Process:name() end

--- The traceback of a failed process, message first, that of threads it joined included.
---@return string? traceback nil: it has not failed
function Process:traceback() end

--- The operating system's number for it. Another process may have that afterwards.
---@return integer
function Process:pid() end

--- How it ended: its exit status, or the number of the signal that killed it, negative. Like
--- Python's Process.exitcode; but 0 also when f failed by an error that join gives.
---@return integer? code nil: it has not ended
function Process:exitcode() end

--- Kills it at once, by SIGKILL: nothing of it is closed, and its locks are abandoned. Raises if
--- the system does not let this process signal that one.
---@return boolean killed false: it had ended
function Process:kill() end

--- Sends it SIGTERM, which ends it at once, too, unless it runs a program that thinks otherwise.
---@return boolean signalled false: it had ended
function Process:terminate() end

--- Puts a value into the mailbox of its main thread, which takes it by moons.receive. Waits until
--- the process is there. Raises for nil, and for what can't be sent, by its path.
---@param value any
---@param seconds? number how long to wait at most for the process to be there; none: for ever
---@return true? sent
---@return nil|"timeout"|"closed" why "closed": it has ended
function Process:send(value, seconds) end

---@meta
-- luacheck: ignore 241
-- spawn/spawn_api.lua -- declares what is written in C: spawn and threads. Not built in.

---@class moons
local moons = {}

--- A thread that spawn started, or the main one. The handle may be sent to other threads and kept
--- after the thread's end; two handles of one thread are equal.
---
--- `local t <close> = spawn(f)` waits for the thread at the end of the block and raises its error;
--- when the block is left by an error, the thread is cancelled and waited for.
---@class moons.Thread
local Thread = {}

--- What the table form of spawn takes: the function at 1, its arguments after it, and options.
---@class moons.SpawnCall
---@field [1] function what to run
---@field n? integer index of the last argument, if nils end the list
---@field name? string 1 to 63 bytes; the default is Thread-1, Thread-2, ...
---@field daemon? boolean true: cancelled when the script ends, not waited for; the default is
--- what the calling thread is, as in Python
---@field nice? integer from -20 (first served) to 19; below the starter's needs a privilege
---@field affinity? integer|integer[] the processors it may run on, counted from 0
---@field memory_limit? integer bytes that its Lua state may use; beyond: not enough memory

--- Runs `f(...)` in a thread of its own and returns at once.
---
--- The function travels with its upvalues, the globals that it names and the modules that it uses,
--- all of them copies, as its arguments are; queues, locks, threads and threadlocals are shared.
--- Raises, at the caller's line, what is wrong with an option, what can't be sent (by its path),
--- and that the system has no more threads. Like Python's threading.Thread, and started.
---
--- ```lua
--- local thread = spawn(function(a, b) return a + b end, 1, 2)
--- print(thread:join())   --> 3
--- spawn { serve, 8080, name = "server", daemon = true }
--- ```
---@param f function|moons.SpawnCall a function of Lua or C, or the table form
---@param ... any arguments of f
---@return moons.Thread
function moons.spawn(f, ...) end

--- The thread that calls.
---@return moons.Thread
function moons.current() end

--- The threads that live now, main first, then by age. Like Python's threading.enumerate.
---@return moons.Thread[]
function moons.threads() end

--- Waits for the thread's end and returns what its function returned, nils included. May be called
--- again, by any thread; each call gets copies.
---
--- Raises the thread's error as it is, with the tracebacks of both sides; `thread 'NAME' was
--- cancelled` (and `: why`) if it was; `thread 'NAME' reached its memory limit of N bytes`. Raises
--- for the calling thread itself and for main, which would wait for ever. Unlike Python's
--- Thread.join it hands on results and errors, as concurrent.futures does.
---@param seconds? number how long to wait at most; none: for ever, 0: only look
---@return any ... f's results; nil, "timeout"
function Thread:join(seconds) end

--- What has become of the thread: "running", "done" (its function returned), "failed" (by an error)
--- or "cancelled".
---@return "running"|"done"|"failed"|"cancelled"
function Thread:status() end

--- Asks the thread to stop: true when this call asked, false when it had ended or was asked before.
---
--- In the thread every wait raises the string "cancelled" ("cancelled: why"), and so does running
--- Lua code, within 50 ms. A pcall may catch that to clean up; the next wait raises again and, when
--- a second has passed, every instruction does. Python's threads have nothing like it.
---@param why? string told to the thread and to those who join it; cut to 127 bytes
---@return boolean asked
function Thread:cancel(why) end

--- Raises an error in the thread, once: in the wait that it is blocked in, or in its running Lua
--- code, within 50 ms. It is an error like any other: a pcall may catch it, and what is not caught
--- ends the thread as failed. Several are raised one after the other. Like Ruby's Thread#raise.
--- Raises what can't be sent, by its path.
---@param value? any the error value, of which the thread gets a copy; none: the string
---"interrupted", after the file and line where it is raised
---@return boolean asked false: the thread has ended, or is cancelled
function Thread:interrupt(value) end

--- The name, for people: given to spawn or made up; MainThread for main. Need not be unique.
---@return string
function Thread:name() end

--- The number of the thread, unique in the process; 1 for main.
---@return integer
function Thread:id() end

--- What the thread is blocked on, where and for how long, in words for people:
--- `get of Queue (0/3) at job.lua:12 for 1.25 s`.
---@return string? wait nil: it is not blocked
function Thread:waiting() end

--- What Thread:tasks gives.
---@class moons.ThreadTasks
---@field count integer how many have not ended
---@field ready integer how many of them only wait for their turn; no sleeper is, however late
---@field waited? number seconds for which the first could have run that waits; none: there is none
---@field running? number seconds that the current one has not given way, or less exactly, at the
--- first look, the round of turns that it is part of; none: none runs
---@field at? string the script's line that runs, of a turn of 10 ms or more

--- How a thread's tasks get along: one that computes for long keeps the others waiting. Asking for
--- the line may take 50 ms, when the thread is in C code.
---
--- ```lua
--- local t = thread:tasks()
--- if t and (t.waited or 0) > 1 then print("busy at " .. tostring(t.at)) end
--- ```
---@return moons.ThreadTasks? tasks nil: it has none
function Thread:tasks() end

--- The traceback of a failed thread, message first, that of threads it joined included.
---@return string? traceback nil: it has not failed
function Thread:traceback() end

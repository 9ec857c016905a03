---@meta
-- luacheck: ignore 241
-- subprocess/subprocess_api.lua -- declares the module: what is in C, and what subprocess.lua does.
-- Not built in.

---@class moons
local moons = {}

--- Other programs: running them, and talking to them. Like Python's subprocess.
---@class moons.subprocess
---@field PIPE "pipe" a stream that this side reads or writes
---@field DEVNULL "devnull" swallows all, gives nothing
---@field STDOUT "stdout" for stderr: where standard output goes
local subprocess = {}
moons.subprocess = subprocess

--- What to run, and how. Nothing goes through a shell unless `shell` is true. Whatever is not said
--- is the child's as it is this process's, but it gets no descriptors besides the three streams.
---@class moons.PopenCall
---@field [integer] string|number the program and its arguments; a program without a slash is looked
---for in PATH
---@field stdin? "pipe"|"devnull"|file*|integer a file is flushed first; a number is a descriptor
---@field stdout? "pipe"|"devnull"|file*|integer
---@field stderr? "pipe"|"devnull"|"stdout"|file*|integer
---@field cwd? string the folder that it runs in
---@field env? table<string, string|number> all of its environment
---@field shell? boolean the first word is a command of /bin/sh; the others are its $0, $1 and so on
---@field executable? string the program, where its first argument is to be something else
---@field timeout? number seconds from its start; past them a wait kills it and its group
---@field umask? integer
---@field start_new_session? boolean
---@field close_fds? true always so

--- The same, for what waits for the end.
---@class moons.RunCall: moons.PopenCall
---@field input? string what it reads
---@field check? boolean whether to raise when it fails
---@field capture_output? boolean stdout and stderr are pipes

--- Commands, each the next one's input. What is said for all goes for each.
---@class moons.PipelineCall: moons.RunCall
---@field [integer] moons.PopenCall words, stderr, cwd, env, shell, executable, umask

--- Runs a program and waits for its end, reading and writing at once whatever there is. Raises
--- "cannot start ...", where it can't be started; an error table of name "TimeoutExpired" (cmd,
--- timeout, stdout, stderr) after `timeout`, when the program and its group were killed; with
--- `check` one of name "CalledProcessError" (cmd, returncode, signal, stdout, stderr). Both have a
--- text.
---
--- ```lua
--- print(subprocess.run { "sort", input = "b\na\n", stdout = subprocess.PIPE }.stdout)
--- ```
---@param command moons.RunCall
---@return moons.CompletedProcess
function subprocess.run(command) end

--- The same, but gives the exit status, or the number of the signal that ended it, negative.
---@param command moons.RunCall
---@return integer returncode
function subprocess.call(command) end

--- The same, but raises a CalledProcessError unless that is 0.
---@param command moons.RunCall
---@return integer returncode 0
function subprocess.check_call(command) end

--- Runs a program, and gives what it wrote to its standard output. Raises a CalledProcessError when
--- it fails.
---@param command moons.RunCall
---@return string
function subprocess.check_output(command) end

--- Starts a program, and does not wait. Raises "cannot start ...", when it can't be started: no
--- such program, no permission, no such folder; no child is left then.
---
--- ```lua
--- local p <close> = subprocess.Popen { "cat", stdin = subprocess.PIPE, stdout = subprocess.PIPE }
--- print(p:communicate("hello"))   --> hello  nil  0
--- ```
---@param command moons.PopenCall
---@return moons.Popen
function subprocess.Popen(command) end

--- Runs commands at the same time, each with the output of the one before as its input, and waits
--- for all. `input`, `stdin` are the first one's, `stdout` the last one's. The result has the exit
--- status of the last one in `returncode`, and all of them in `returncodes`. With `check` the first
--- that failed counts; a command that SIGPIPE ended, as its reader had enough, has not failed.
---
--- ```lua
--- local most = subprocess.pipeline { { "du", "-a" }, { "sort", "-n" }, { "tail", "-1" },
---                                    stdout = subprocess.PIPE }.stdout
--- ```
---@param commands moons.PipelineCall
---@return moons.CompletedProcess
function subprocess.pipeline(commands) end

--- A new table of this process's environment, to be changed and given as `env`.
---@return table<string, string>
function subprocess.environ() end

-- ---- what run gives ----

--- How a program ended.
---@class moons.CompletedProcess
---@field args string[]|string[][]
---@field returncode integer its exit status, or the number of the signal that ended it, negative
---@field returncodes? integer[] of all commands of a pipeline
---@field stdout? string what it wrote, where that was a pipe
---@field stderr? string
local CompletedProcess = {}

--- Raises a CalledProcessError if it failed. Returns nothing.
function CompletedProcess:check_returncode() end

-- ---- Popen ----

--- A program that was started. It travels as itself; its streams and `args` stay with the thread
--- that started it. At the end of its scope `<close>` closes the streams, and ends it if it still
--- runs: SIGTERM, and SIGKILL after a second. One that nobody closes or waits for is left alone,
--- and no zombie when it ends; if the thread that started it was cancelled, it is asked to end.
---@class moons.Popen
---@field pid integer
---@field returncode? integer once poll, wait or communicate has found it
---@field args string[]
---@field stdin? file* to write to, where it is a pipe
---@field stdout? file* to read from, where it is a pipe
---@field stderr? file*
local Popen = {}

--- Looks whether it has ended: its exit status, or the number of the signal that ended it,
--- negative; nil while it runs.
---@return integer?
function Popen:poll() end

--- Waits for its end. What it writes meanwhile is kept for its streams, so that it never stands
--- still for a pipe that is full. Without `seconds`: as long as its `timeout` says, past which it
--- is killed.
---@param seconds? number
---@return integer? returncode, "timeout"?
function Popen:wait(seconds) end

--- Writes `input`, closes its standard input, reads all that it writes and waits for its end, any
--- amount in all directions at once. After `seconds` nil and "timeout"; nothing is lost then, and
--- the call can be made again, without the input. Without `seconds` as wait.
---@param input? string
---@param seconds? number
---@return string? stdout, string? stderr, integer? returncode nil: "timeout"
function Popen:communicate(input, seconds) end

--- Sends it SIGTERM; nothing if its end was found. True, or nil and what was wrong.
---@return true?, string?, integer?
function Popen:terminate() end

--- Sends it SIGKILL.
---@return true?, string?, integer?
function Popen:kill() end

--- Sends it a signal: "SIGINT", "INT" or 2.
---@param signal string|integer
---@return true?, string?, integer?
function Popen:send_signal(signal) end

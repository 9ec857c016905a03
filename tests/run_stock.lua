-- Runs busted in stock Lua 5.4 with moons.so, on a spec that the command runs as well:
--   LUA_INIT=@tests/stock.lua lua5.4 tests/run_stock.lua tests/lua/X_spec.lua
-- What can't be the same in a host's Lua is left out, by name, and the reason is said here.

-- Why a test is left out.
local status = "the exit status is the host's: it knows nothing of errors that nobody has collected"
local traceback = "the host prints its own traceback, without what other threads had to do with it"
local stop = "the host does not stop the threads when its script fails or is interrupted"
local names = "in a thread nothing is predefined; the command predefines moons and seven names"
local lpeg = "the host's threads find the LPeg of the system, if there is one"
local library = "the host's functions are Lua's own in main, with their faults"
local program = "processes run the command, and not the host"
local closing = "the host closes the state, and so waits for what runs; the command cancels it"

local left_out = {
  actor = {
    ["actors raise with the lines of both sides"] = traceback,
    ["actors that nobody joins do not die in silence"] = status,
  },
  fork = {
    ["fork lets each read on where the other has come"] = library,
    ["the child of a fork is interrupted as any script"] = stop,
    ["the child of a fork leaves programs and errors"] = status,
    ["the child of a fork takes no program of its parent"] = stop,
    ["the child of a fork has no descriptors more"] = library,
    ["fork refuses in another thread than main"] = names,
  },
  futures = {
    ["that fail are printed, and the exit status is 1"] = status,
    ["prints a failure that nobody looked at"] = status,
    ["cancels all when main fails"] = stop,
    ["cancels all after Ctrl%-C"] = stop,
  },
  generator_within = {
    ["tracebacks show the generator's lines"] = traceback,
  },
  pool = {
    ["Pool %(%w+%) applies"] = traceback,
    ["prints a failure for which there is no error_callback"] = status,
  },
  process = {
    ["process is a process of its own, of this program"] = program,
    ["an error of a process is told when nobody asks"] = status,
  },
  process_faults = {
    ["processes end with their parent when that ends"] = stop,
    ["processes end with their parent by Ctrl%-C"] = stop,
    ["processes get the environment as it is"] = program,
    ["processes can't be started as a command"] = program,
  },
  process_pool = {
    ["errors with the tracebacks of both sides"] = traceback,
    ["tells of a failure that nobody looked at"] = status,
  },
  progress = {
    ["a terminal with a bar [^sm]"] = library,
    ["a terminal with a bar stacks the bars of nested"] = library,
    ["a terminal with a bar shows no more bars"] = library,
    ["a terminal with a bar makes room"] = library,
    ["leaves room for the error of the script"] = traceback,
    ["leaves the terminal clean"] = stop,
    ["what an interactive moons writes"] = program,
  },
  scope = {
    ["a scope raises with the lines of both sides"] = traceback,
  },
  scripts_net = {
    ["serves until Ctrl%-C"] = stop,
    ["says what is wrong with a request"] = stop,
    ["takes several requests that come at once"] = stop,
  },
  subprocess = {
    ["Popen has streams with all manners of a file"] = library,
    ["Popen tells a writer that nobody reads"] = library,
    ["moons itself ends what it waits for"] = stop,
  },
  task = {
    ["a task raises its error, with the lines"] = traceback,
    ["a task whose error nobody asks for"] = status,
    ["a task may not use coroutine.yield of its own"] = library,
    ["reaches the tasks of a script that has failed"] = stop,
  },
  task_attack = {
    ["the coroutine of a task is its scheduler's"] = library,
    ["os.exit that closes the state ends the tasks before"] = closing,
  },
  task_daemon = {
    ["a daemon task that fails is reported"] = status,
  },
  thread = {
    ["join of itself or of main is refused"] = names,
    ["a block that owns a thread keeps the error"] = status,
    ["a thread that is stuck is left behind"] = status,
    ["an error of main cancels them all"] = stop,
  },
  thread_errors = {
    ["the traceback of a thread's error"] = traceback,
    ["an error that nobody collects"] = status,
  },
  thread_interrupt = {
    ["ends a script with a message"] = traceback,
  },
  spawn = {
    ["the state of a thread has all that main has"] = names,
    ["the state of a thread has LPeg and re"] = lpeg,
  },
}

-- Specs that are of the command, or of what its main has in place of Lua's functions:
--   check, command, install, repl, repl_edit, signals, stdin   the command itself
--   coroutine    a task that waits within coroutine.wrap: Lua's own function blocks the thread
--   execute      os.execute and io.popen: Lua's own are not cancelled
--   libraries    the C libraries of the command
--   scope_break  Lua before 5.4.6 leaves a for loop by break without closing the variable

local subject = arg[1]:match("([%w_]+)_spec%.lua$")
local options = {}
for name in pairs(left_out[subject] or {}) do options[#options + 1] = "--filter-out=" .. name end
table.move(arg, 1, #arg, #options + 1, options)
arg = { [0] = "tests/run_busted.lua", table.unpack(options) }
dofile "tests/run_busted.lua"

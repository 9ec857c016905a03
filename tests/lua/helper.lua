-- What the specs share: running the command and looking at what it did, and errors by their line.
--
-- busted gives each function of a spec an environment of its own. A function sent to a thread would
-- take that along, so a spec that starts threads begins with
--   local describe, it, assert = helper.outside(describe, it, assert)
-- and its functions name the globals of the interpreter, as those of a script do.

local helper = {}

local function first_line(command)
  local pipe <close> = assert(io.popen(command))
  return pipe:read("l")
end

--- The command under test and the root of the sources, as absolute paths.
helper.root = first_line("pwd")
helper.moons = first_line('readlink -f "${MOONS:-/proc/$PPID/exe}"')

--- Long enough for the slowest build on a busy machine: only a hang takes longer.
helper.patience = 100

-- busted's describe or it, for functions that keep the environment they were written in: busted
-- sets that of the function it is given.
local function untouched(block)
  return function(name, body) return block(name, function() body() end) end
end

--- Gives the calling chunk the interpreter's globals in place of busted's; what it still needs of
--- those comes back.
function helper.outside(describe, it, assert)
  local chunk, index = debug.getinfo(2, "f").func, 1
  while debug.getupvalue(chunk, index) ~= "_ENV" do index = index + 1 end
  debug.setupvalue(chunk, index, _G)
  return untouched(describe), untouched(it), assert
end

--- The text of a file; nil when there is none.
function helper.read(name)
  local file <close> = io.open(name, "rb")
  return file and file:read("a")
end

function helper.write(name, text)
  local file <close> = assert(io.open(name, "wb"))
  assert(file:write(text))
end

--- A new empty folder, removed with all that is in it at the end of the block.
---@return string path, table closer
function helper.folder()
  local path = assert(first_line("mktemp -d"))
  local remove = function() os.execute(("rm -rf '%s'"):format(path)) end
  return path, setmetatable({}, { __close = remove })
end

---@class Outcome
---@field status integer exit status; 9 or 137: it hung and was killed, with all that it started
---@field out string standard output
---@field err string standard error

--- Runs a shell script in a new folder that holds the given files. It finds the command as "$MOONS"
--- and the sources in "$ROOT".
---@param script string
---@param files? table<string, string> text by name
---@return Outcome
function helper.shell(script, files)
  local path <const>, closer <close> = helper.folder()
  for name, text in pairs(files or {}) do helper.write(path .. "/" .. name, text) end
  helper.write(path .. "/.script", script)
  local _, _, status = os.execute(([[
    cd '%s' && MOONS='%s' ROOT='%s' timeout -s KILL %d sh .script >.out 2>.err </dev/null]]):format(
    path, helper.moons, helper.root, helper.patience))
  local outcome = { status = status, out = helper.read(path .. "/.out"),
                    err = helper.read(path .. "/.err") }
  return outcome, closer
end

--- Runs `source` as main.lua by the command, `arguments` as they stand in a shell.
---@param source string
---@param arguments? string
---@return Outcome
function helper.run(source, arguments)
  return helper.shell('exec "$MOONS" main.lua ' .. (arguments or ""), { ["main.lua"] = source })
end

-- In front of a script's first line: there Pool makes pools of processes.
local pools_of_processes = [[
local function Pool(options)
  if type(options) ~= "table" then options = { processes = options } end
  options.engine = "process"
  return moons.Pool(options)
end ]]

---@class Engine
---@field name string "thread" or "process"
---@field Pool fun(options): Pool makes pools of that engine, with other options as ever
---@field executor string the name of its executor
---@field Executor fun(options): Executor
---@field source fun(source: string): string a script that uses such pools, and such executors where
--- it says ThreadPoolExecutor
---@field run fun(source: string): Outcome runs that

local function engine_of(name, executor, prelude)
  prelude = prelude:gsub("\n%s*", " ")
  local function made_for(source)
    return prelude .. source:gsub("ThreadPoolExecutor", executor)
  end
  return {
    name = name, executor = executor, Executor = futures[executor],
    Pool = load(prelude .. "return Pool")(),
    source = made_for, run = function(source) return helper.run(made_for(source)) end,
  }
end

--- Makes `describe` one whose blocks are called for each engine of pools, with that Engine.
function helper.for_engines(describe)
  return function(name, block)
    for _, engine in ipairs {
      engine_of("thread", "ThreadPoolExecutor", ""),
      engine_of("process", "ProcessPoolExecutor", pools_of_processes),
    } do
      describe(("%s (%s)"):format(name, engine.name), function() block(engine) end)
    end
  end
end

--- Runs a script of scripts/ by the command.
---@return Outcome
function helper.script(name, arguments)
  return helper.shell(('cd "$ROOT" && exec "$MOONS" scripts/%s %s'):format(name, arguments or ""))
end

--- The output of an example, which must end well and say nothing on standard error.
function helper.output(name, arguments)
  local outcome = helper.script(name, arguments)
  if outcome.err ~= "" or outcome.status ~= 0 then
    error(("%s ended with %d: %s"):format(name, outcome.status, outcome.err), 2)
  end
  return outcome.out
end

--- The lines of a text that match, in their order.
function helper.matching(text, pattern)
  local kept = {}
  for _, line in ipairs(helper.lines(text)) do
    if line:find(pattern) then kept[#kept + 1] = line end
  end
  return kept
end

--- The lines of a text.
function helper.lines(text)
  local lines = {}
  for line in text:gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
  return lines
end

--- Runs `source`, a chunk called "here", with the arguments; returns the error that it raises.
--- So "here:1: ..." says that the error is told of the line that made the call.
function helper.error_of(source, ...)
  local _, _ = moons, futures -- the source may name them: so they travel along
  local ok, message = pcall(assert(load(source, "=here")), ...)
  if ok then error("no error from: " .. source, 2) end
  return message
end

--- Waits for a thing that nobody announces, such as a mark in /proc; false when it never comes.
---@param condition fun(): any
function helper.eventually(condition)
  local latest = moons.clock() + helper.patience
  repeat
    local value = condition()
    if value then return value end
    moons.sleep(0.001)
  until moons.clock() > latest
  return false
end

--- True as soon as the thread waits in that call, such as "get of Queue"; false if it never does.
function helper.waits(thread, verb)
  return helper.eventually(function()
    local what = thread:waiting()
    return what and what:find(verb, 1, true) == 1
  end)
end

--- A thread that waits in get(queue); returns it and the queue. Put a value, and it returns it.
function helper.waiting(options)
  local started, queue = Queue(), Queue()
  local call = { function(from, to) to:put(true) return from:get() end, queue, started }
  for name, value in pairs(options or {}) do call[name] = value end
  local thread = spawn(call)
  started:get()
  return thread, queue
end

--- The list of what a for loop would get.
function helper.collect(...)
  local list = {}
  for value in ... do list[#list + 1] = value end
  return list
end

--- An executor of `engine` (helper.for_engines) with one worker, which is busy until the queue gets
--- a value; the queue; the future of what keeps it busy.
function helper.busy_executor(engine)
  local executor, started, go = engine.Executor(1), Queue(), Queue()
  local first = executor:submit(function(s, g) s:put(true) return g:get(20) end, started, go)
  started:get()
  return executor, go, first
end

--- The values after a way through a queue, out of which this same state takes them.
function helper.through(...)
  local queue, count = Queue(), select("#", ...)
  queue:put({ n = count, ... })
  return table.unpack(queue:get(), 1, count)
end

--- The values after a way to another thread and back.
function helper.there(...)
  return spawn(function(...) return ... end, ...):join()
end

--- What f(...) gives in another thread.
function helper.run_there(f, ...)
  return spawn(f, ...):join()
end

return helper

-- main/repl_commands.lua -- what lines that begin with a colon do.

local core = ...

local find, match, format = string.find, string.match, string.format
local clock = moons.clock

local commands = {}

---@class Command
---@field arguments string as the list of commands shows them
---@field does string in one line
---@field run? fun(argument: string) does it
---@field wrap? fun(chunk: function, argument: string): function, function?, function? what to run
--- in place of the input, what shows its results, and what is called just before
--- the input, what shows its results, and what is called just before
---@field takes? "words" wrap's argument is no Lua
---@field alone? true it needs no argument
---@type table<string, Command>
local list = {}
local order = { "help", "doc", "p", "tb", "time", "bench", "trace", "jobs", "top", "kill", "wait" }

local function say(text) core.write(text .. "\n") end

-- ---- values ----------------------------------------------------------------

list.p = {
  arguments = "expression", does = "shows its values in full",
  wrap = function(chunk)
    return chunk, function(results) say(core.face("repl_print").line(results, true)) end
  end,
}

list.tb = {
  arguments = "[number]", does = "shows the last error, or a thread's, with all of its traceback",
  run = function(label)
    local report = core.face("repl_errors").all(label ~= "" and label or nil)
    if not report and label ~= "" then
      return core.complain(format("there was no error of '%s'", label))
    end
    say(report or "there was no error")
  end,
}

-- ---- time ------------------------------------------------------------------

-- With three digits, in the unit that fits.
local function duration(seconds)
  for _, unit in ipairs { { 1, "s" }, { 1e-3, "ms" }, { 1e-6, "us" } } do
    if seconds >= unit[1] then return format("%.3g %s", seconds / unit[1], unit[2]) end
  end
  return format("%.3g ns", seconds * 1e9)
end

list.time = {
  arguments = "expression", does = "shows its values, and how long it took",
  wrap = function(chunk)
    local began, worked
    return chunk, function(results)
      local took, processor = clock() - began, os.clock() - worked
      if results.n > 0 then say(core.face("repl_print").line(results)) end
      say(format("%s (processor: %s)", duration(took), duration(processor)))
    end, function() began, worked = clock(), os.clock() end
  end,
}

list.trace = {
  arguments = "expression", does = "shows the calls that it makes, their times, and its values",
  wrap = function(chunk)
    return core.face("repl_trace").wrap(chunk), function(results)
      if results.n > 0 then say(core.face("repl_print").line(results)) end
    end
  end,
}

local bench_seconds, bench_samples = 1, 100

-- How often the chunk is to run for one sample: for a millisecond.
local function runs_per_sample(chunk)
  local runs = 1
  while true do
    local began = clock()
    for _ = 1, runs do chunk() end
    local took = clock() - began
    if took >= 1e-3 or runs >= 1e7 then return runs end
    runs = took < 1e-4 and runs * 10 or math.ceil(runs * 1.2e-3 / took)
  end
end

local function bench(chunk)
  local runs, samples, began = runs_per_sample(chunk), {}, clock()
  repeat
    local start = clock()
    for _ = 1, runs do chunk() end
    samples[#samples + 1] = (clock() - start) / runs
  until #samples == bench_samples or clock() - began > bench_seconds and #samples >= 5
  table.sort(samples)
  local function at(part) return samples[math.max(1, math.ceil(part * #samples))] end
  return format("median %s, half of them within %s to %s, least %s (%d samples of %d runs)",
    duration(at(0.5)), duration(at(0.25)), duration(at(0.75)), duration(samples[1]), #samples, runs)
end

list.bench = {
  arguments = "expression", does = "runs it many times, and shows median and spread",
  wrap = function(chunk)
    return function() return bench(chunk) end, function(results) say(results[1]) end
  end,
}

-- ---- the list --------------------------------------------------------------

list.help = {
  arguments = "[name]", does = "explains a name of moons or of Lua, or shows this list",
  run = function(name)
    if name ~= "" then return core.face("repl_help").explain(name) end
    local lines = {}
    for _, command in ipairs(order) do
      local entry = list[command]
      if entry then
        local call = ":" .. command .. " " .. entry.arguments
        lines[#lines + 1] = format("  %-20s %s", call, entry.does)
      end
    end
    say(table.concat(lines, "\n"))
  end,
}

-- ---- what goes on beside the prompt ----------------------------------------

list.jobs = {
  arguments = "", does = "lists threads, tasks and child processes",
  run = function() core.face("repl_jobs").show() end,
}

-- These wait, so they run as inputs do: Ctrl-C ends them.
list.top = {
  arguments = "", does = "shows what threads do, and how much of a processor they have, until 'q'",
  takes = "words", alone = true,
  wrap = function() return core.face("repl_top").show end,
}

list.kill = {
  arguments = "number", does = "cancels a thread or a task ('task 2'), or has a process end",
  takes = "words",
  wrap = function(_, label) return function() core.face("repl_jobs").kill(label) end end,
}

list.wait = {
  arguments = "[number]", does = "waits for the end of one of them, or of all; tasks run meanwhile",
  takes = "words",
  wrap = function(_, label) return function() core.face("repl_jobs").wait(label) end end,
}

list.doc = {
  arguments = "words", does = "searches for them in all that 'help' knows",
  run = function(words) core.face("repl_help").search(words) end,
}

commands.duration = duration

--- The names, for completion.
---@return string[]
function commands.names() return order end

--- Does what a line says, if it is a command.
---@param line string
---@return boolean is_done
---@return string? code for a command that runs Lua: that
---@return Command? command that one
function commands.run(line)
  local name, argument = match(line, "^:(%a+)%s*(.-)%s*$")
  local command = list[name]
  if not command then
    core.complain(format("there is no command ':%s'; ':help' shows those that there are", name))
  elseif argument == "" and find(command.arguments, "^%a") and not command.alone then
    core.complain(format("':%s' needs an argument: %s", name, command.arguments))
  elseif command.run then
    command.run(argument)
  else
    return false, argument, command
  end
  return true
end

return commands

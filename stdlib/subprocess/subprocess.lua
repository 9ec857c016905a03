-- subprocess/subprocess.lua -- the functions of `subprocess`, above what is in C (popen_lua.c).
-- subprocess_api.lua declares them.
--
-- Each is called by a C function that the script has called, so that level 3 is the script's line.

local core = ...

local SHELL = "/bin/sh"

-- ---- errors and results ----

-- A list of words as a shell would take it, so that what is told can be tried.
local function quoted(args)
  local words = {}
  for i, word in ipairs(args) do
    if type(word) == "table" then
      words[i] = quoted(word)
    elseif word:find("^[%w_@%%+=:,./-]+$") then
      words[i] = word
    else
      words[i] = "'" .. word:gsub("'", "'\\''") .. "'"
    end
  end
  return table.concat(words, type(args[1]) == "table" and " | " or " ")
end

local function how_it_ended(code, signal)
  if code >= 0 then return "returned exit status " .. code end
  return ("was ended by signal %d%s"):format(-code, signal and (" (%s)"):format(signal) or "")
end

-- Their functions have no upvalues but functions like themselves, so that the objects travel.
local CalledProcessError = { __name = "CalledProcessError" }
CalledProcessError.__index = { name = "CalledProcessError" }
CalledProcessError.__tostring = function(self)
  return ("%scommand '%s' %s"):format(self.where, quoted(self.cmd),
    how_it_ended(self.returncode, self.signal))
end

local TimeoutExpired = { __name = "TimeoutExpired" }
TimeoutExpired.__index = { name = "TimeoutExpired" }
TimeoutExpired.__tostring = function(self)
  return ("%scommand '%s' timed out after %s seconds"):format(self.where, quoted(self.cmd),
    self.timeout)
end

local CompletedProcess = { __name = "CompletedProcess" }
CompletedProcess.__index = {}
CompletedProcess.__tostring = function(self)
  return ("command '%s' %s"):format(quoted(self.args), how_it_ended(self.returncode))
end

-- The script's line at `level` of the caller, as error() puts it in front of a message.
local function line_of(level)
  local info = debug.getinfo(level + 1, "Sl")
  if not info or info.currentline <= 0 then return "" end
  return ("%s:%d: "):format(info.short_src, info.currentline)
end

-- The code that counts: of a chain, the first that failed, but for those whose reader left early.
local function failed_code(result)
  local codes = result.returncodes or { result.returncode }
  for i, code in ipairs(codes) do
    local was_left = i < #codes and code < 0 and core.signal_name(-code) == "SIGPIPE"
    if code ~= 0 and not was_left then return code end
  end
end

local function check(result, level)
  local code = failed_code(result)
  if not code then return end
  error(setmetatable({
    cmd = result.args, returncode = code, signal = code < 0 and core.signal_name(-code) or nil,
    stdout = result.stdout, stderr = result.stderr, where = line_of(level + 1),
  }, CalledProcessError), 0)
end

CompletedProcess.__index.check_returncode = function(self)
  -- A method of an object that travels knows no `core`.
  for i, code in ipairs(self.returncodes or { self.returncode }) do
    local was_left = self.returncodes and i < #self.returncodes and code == -13
    if code ~= 0 and not was_left then
      error(setmetatable({
        cmd = self.args, returncode = code, stdout = self.stdout, stderr = self.stderr,
        where = line_of(2),
      }, CalledProcessError), 0)
    end
  end
end

-- ---- options ----

local function is_count(value)
  return math.type(value) == "integer" and value >= 0
end

local function is_flag(value)
  return type(value) == "boolean"
end

local function is_text(value)
  return type(value) == "string"
end

local function is_path(value)
  return is_text(value) and value ~= "" and not value:find("\0", 1, true)
end

local function is_seconds(value)
  return type(value) == "number" and value >= 0
end

local function is_stream(value)
  return value == "pipe" or value == "devnull" or is_count(value) or io.type(value) == "file"
end

local function is_error_stream(value)
  return value == "stdout" or is_stream(value)
end

local function is_mask(value)
  return is_count(value) and value <= 511
end

local function is_always(value)
  return value == true
end

-- Option: what it has to be, in words and as a function.
local starting = {
  stdin = { "PIPE, DEVNULL, an open file or a descriptor", is_stream },
  stdout = { "PIPE, DEVNULL, an open file or a descriptor", is_stream },
  stderr = { "PIPE, DEVNULL, STDOUT, an open file or a descriptor", is_error_stream },
  cwd = { "path", is_path },
  env = { "table of names and values", function(value) return type(value) == "table" end },
  shell = { "boolean", is_flag },
  executable = { "path", is_path },
  timeout = { "number of seconds", is_seconds },
  umask = { "number from 0 to 511", is_mask },
  start_new_session = { "boolean", is_flag },
  close_fds = { "true, as it always is so", is_always },
}

local function with(known, more)
  return setmetatable(more, { __index = known })
end

local running = with(starting, {
  input = { "string", is_text },
  check = { "boolean", is_flag },
  capture_output = { "boolean", is_flag },
})

local function bad(name, message, level)
  error(("bad argument #1 to '%s' (%s)"):format(name, message), level + 1)
end

-- The words of a command: a new list.
local function read_words(name, options, level)
  local args = {}
  for i = 1, #options do
    local word = options[i]
    if type(word) == "number" then word = tostring(word) end
    if type(word) ~= "string" then
      bad(name, ("word #%d: string expected, got %s"):format(i, type(word)), level + 1)
    end
    if word:find("\0", 1, true) then
      bad(name, ("word #%d has a zero byte"):format(i), level + 1)
    end
    args[i] = word
  end
  if #args == 0 then bad(name, "no program named", level + 1) end
  return args
end

local function check_options(name, options, known, level)
  if type(options) ~= "table" then
    bad(name, ("table of words and options expected, got %s"):format(type(options)), level + 1)
  end
  local count = #options
  for key, value in pairs(options) do
    if math.type(key) ~= "integer" or key < 1 or key > count then
      local rule = type(key) == "string" and known[key]
      if not rule then bad(name, ("unknown option '%s'"):format(tostring(key)), level + 1) end
      if not rule[2](value) then
        bad(name, ("option '%s': %s expected, got %s"):format(key, rule[1],
          io.type(value) or type(value)), level + 1)
      end
    end
  end
end

-- "NAME=value" of each, in the order of the names.
local function read_environment(name, env, level)
  if not env then return nil end
  local list = {}
  for key, value in pairs(env) do
    if type(key) ~= "string" or key == "" or key:find("[=%z]") then
      bad(name, ("option 'env': '%s' is no name of a variable"):format(tostring(key)), level + 1)
    end
    if type(value) == "number" then value = tostring(value) end
    if type(value) ~= "string" or value:find("\0", 1, true) then
      bad(name, ("option 'env': value of '%s' is no string without zero bytes"):format(key),
        level + 1)
    end
    list[#list + 1] = key .. "=" .. value
  end
  table.sort(list)
  return list
end

-- ---- starting ----

-- What the process's group is for: a signal of the terminal's goes to all that the user started, so
-- a child that may read from the terminal stays in our group.
local function needs_group(options)
  return options.timeout ~= nil
    and not (options.stdin == nil and core.is_terminal(0))
end

local function start(name, options, level)
  local args = read_words(name, options, level + 1)
  local words, file = args, args[1]
  if options.shell then
    file = SHELL
    words = table.move(args, 1, #args, 4, { "sh", "-c", "--" })
  end
  local given = {
    executable = options.executable or file, args = args, cwd = options.cwd,
    env = read_environment(name, options.env, level + 1), umask = options.umask,
    start_new_session = options.start_new_session, group = needs_group(options),
    timeout = options.timeout,
    stdin = options.stdin, stdout = options.stdout, stderr = options.stderr,
  }
  local popen, message, _, is_folder = core.start(words, given)
  if popen then return popen end
  local where = is_folder and (" in '%s'"):format(options.cwd) or ""
  error(("cannot start '%s'%s: %s"):format(given.executable, where, message), level + 1)
end

-- ---- running ----

local function expire(result, timeout, level)
  error(setmetatable({
    cmd = result.args, timeout = timeout, stdout = result.stdout, stderr = result.stderr,
    where = line_of(level + 1),
  }, TimeoutExpired), 0)
end

local function copy_of(options)
  local copy = {}
  for key, value in pairs(options) do copy[key] = value end
  return copy
end

-- A copy of the options in which `input` and `capture_output` are streams.
local function with_streams(name, options, level)
  local all = copy_of(options)
  if options.input then
    if options.stdin then bad(name, "options 'stdin' and 'input' exclude each other", level + 1) end
    all.stdin = "pipe"
  end
  if options.capture_output then
    if options.stdout or options.stderr then
      bad(name, "option 'capture_output' excludes 'stdout' and 'stderr'", level + 1)
    end
    all.stdout, all.stderr = "pipe", "pipe"
  end
  return all
end

local function execute(name, options, level)
  local all = with_streams(name, options, level + 1)
  local popen <close> = start(name, all, level + 1)
  local result = setmetatable({ args = popen.args }, CompletedProcess)
  result.stdout, result.stderr, result.returncode = core.communicate(popen, options.input)
  if not result.returncode then
    result.stdout, result.stderr = core.rest(popen)
    expire(result, options.timeout, level + 1)
  end
  if options.check then check(result, level + 1) end
  return result
end

local face = {}

face.Popen = function(options)
  check_options("Popen", options, starting, 3)
  return (start("Popen", options, 3))
end

face.run = function(options)
  check_options("run", options, running, 3)
  return (execute("run", options, 3))
end

face.call = function(options)
  check_options("call", options, running, 3)
  return execute("call", options, 3).returncode
end

face.check_call = function(options)
  check_options("check_call", options, running, 3)
  local result = execute("check_call", options, 3)
  check(result, 3)
  return result.returncode
end

face.check_output = function(options)
  check_options("check_output", options, running, 3)
  if options.stdout or options.capture_output then
    bad("check_output", "standard output is what it returns", 3)
  end
  local all = copy_of(options)
  all.stdout = "pipe"
  local result = execute("check_output", all, 3)
  check(result, 3)
  return result.stdout
end

-- ---- pipelines ----

local joining = {}
for _, key in ipairs { "stdin", "stdout", "stderr", "cwd", "env", "timeout", "umask", "input",
                       "check", "capture_output", "close_fds", "start_new_session" } do
  joining[key] = running[key]
end

local of_one = {}
for _, key in ipairs { "stderr", "cwd", "env", "shell", "executable", "umask" } do
  of_one[key] = starting[key]
end

local function check_commands(options, level)
  check_options("pipeline", options, joining, level + 1)
  if #options == 0 then bad("pipeline", "no commands", level + 1) end
  for i, command in ipairs(options) do
    check_options("pipeline", command, of_one, level + 1)
    if command.stderr == "pipe" and i < #options then
      bad("pipeline", ("option 'stderr': nobody would read that of command #%d"):format(i),
        level + 1)
    end
  end
end

-- The options of command `i` of `count`, whose input is `source`.
local function options_of(command, all, i, count, source)
  local own = {}
  for _, key in ipairs { "cwd", "env", "timeout", "umask", "start_new_session" } do
    own[key] = all[key]
  end
  if all.stderr ~= "pipe" or i == count then own.stderr = all.stderr end
  for key, value in pairs(command) do own[key] = value end
  own.stdin = source
  own.stdout = i < count and "pipe" or all.stdout
  return own
end

-- Starts them all, and appends each to `list`, which closes them.
local function start_all(all, list, level)
  local source = all.stdin
  for i, command in ipairs(all) do
    local popen = start("pipeline", options_of(command, all, i, #all, source), level + 1)
    list[i] = popen
    if i > 1 then source:close() end
    source = popen.stdout
  end
end

local closing = {
  __close = function(list)
    for _, popen in ipairs(list) do
      local one <close> = popen -- luacheck: ignore 211
    end
  end,
}

face.pipeline = function(options)
  check_commands(options, 3)
  local all = with_streams("pipeline", options, 3)
  local list <close> = setmetatable({}, closing)
  start_all(all, list, 3)
  local first, last = list[1], list[#list]
  local result = setmetatable({ args = {}, returncodes = {} }, CompletedProcess)
  for i, popen in ipairs(list) do result.args[i] = popen.args end
  result.stdout, result.stderr, result.returncode =
    core.communicate(last, options.input, nil, first)
  local in_time = result.returncode ~= nil
  for i, popen in ipairs(list) do
    result.returncodes[i] = in_time and popen:wait() or nil
    in_time = result.returncodes[i] ~= nil
  end
  if not in_time then
    if not result.returncode then result.stdout, result.stderr = core.rest(last) end
    expire(result, options.timeout, 3)
  end
  if options.check then check(result, 3) end
  return result
end

return face

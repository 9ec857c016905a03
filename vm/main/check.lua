-- main/check.lua -- `moons check`: the options, the files, and how findings are shown.
--
-- Lua itself says whether a file is Lua; our own parser reads only what is.

local native = ...

local parser = native.face "main/check_parser"
local rules = native.face "main/check_rules"
local next_line, next_token = native.next_line, native.next_token
local io, ipairs, pairs, pcall, load, tonumber = io, ipairs, pairs, pcall, load, tonumber
local error, type, setmetatable, table = error, type, setmetatable, table

local CLEAN <const>, FOUND <const>, USAGE <const> = 0, 1, 2

local usage = [[
usage: moons check [-g name]... file...
Looks for mistakes in Lua files without running them. '-' is standard input.
  -g name    'name' is a global, or a library's field, that is defined elsewhere
  --         stop handling options
  --help     show this text and leave
Exit status: 0 nothing found, 1 something found, 2 wrong usage or a file that can't be read.
]]

-- ---- findings ----

local File = {}
File.__index = File

--- Notes a finding about what stands from `at` to before `after`; that is nil for one token.
function File:report(at, message, after)
  if not after then
    local _, _, after_token = next_token(self.text, at)
    after = after_token
  end
  self.findings[#self.findings + 1] = { at = at, after = after, message = message }
end

function File:start_of(line)
  local start = 1
  for _ = 2, line do start = next_line(self.text, start) end
  return start
end

-- The start of the line is meant where Lua's message can't be traced to a token.
function File:report_syntax(message)
  local line, rest = message:match("^%?:(%d+): (.*)$")
  local at, after = native.error_place(self.text, tonumber(line), rest or message)
  if not at then
    at = self.text:match("^[ \t]*()", self:start_of(tonumber(line) or 1))
    after = at
  end
  self:report(at, rest or message, after)
end

--- Writes the findings in the order of their places; true: there were some.
function File:show()
  local text, line, start = self.text, 1, 1
  local stop = next_line(text, start)
  table.sort(self.findings, function(a, b)
    return a.at < b.at or a.at == b.at and a.message < b.message
  end)
  for _, finding in ipairs(self.findings) do
    while stop <= finding.at and stop <= #text do
      line, start, stop = line + 1, stop, next_line(text, stop)
    end
    io.write(("%s:%d:%d: %s\n"):format(self.name, line, finding.at - start + 1, finding.message),
      native.draw(text, line, start, stop, finding.at, finding.after) or "")
  end
  return #self.findings > 0
end

-- ---- a file ----

-- `-- moons: globals a b` names globals, as -g does.
local function read_comment(text, allowed)
  local names = text:match("^%s*moons:%s*globals%s+(.*)$") or ""
  for name in names:gmatch("[%w_.]+") do allowed[name] = true end
end

local modules = { lpeg = true, re = true }
for name in pairs(package.loaded) do modules[name] = true end

function File:check(globals)
  local allowed = setmetatable({}, { __index = globals })
  local listener, finish = rules.new(_G, modules, allowed, function(at, format, ...)
    self:report(at, format:format(...))
  end)
  local chunk, message = load(self.text, "=?", "t")
  if not chunk then return self:report_syntax(message) end
  local ok, wrong = pcall(parser.read, self.text, listener,
    function(text) read_comment(text, allowed) end)
  if not ok and type(wrong) == "table" then wrong = ("%s: %s"):format(self.name, wrong.message) end
  if not ok then error(wrong, 0) end
  finish()
end

local function read(name)
  if name == "-" then return io.read("a") end
  local file <close>, message = io.open(name, "rb")
  if not file then return nil, message end
  local text
  text, message = file:read("a")
  return text, message and name .. ": " .. message
end

-- What Lua skips at the start of a file becomes blank, or goes.
local function cleaned(text)
  text = text:gsub("^\xEF\xBB\xBF", "")
  return (text:gsub("^#[^\n]*", function(line) return (" "):rep(#line) end))
end

-- False: it can't be read, and that was said. Compiled chunks are let pass.
local function check_file(name, globals)
  local text, message = read(name)
  if not text then
    io.stderr:write("moons: cannot read ", message, "\n")
    return false
  end
  local file = setmetatable({ name = name == "-" and "stdin" or name, text = cleaned(text),
                              findings = {} }, File)
  if text:sub(1, 1) ~= "\27" then file:check(globals) end
  return true, file:show()
end

-- ---- the command ----

local function complain(message)
  io.stderr:write("moons: ", message, "\n", usage)
  return USAGE
end

-- The files and the globals that the arguments name; or nil and the exit status.
local function parse(arguments)
  local globals, i = {}, 1
  while i <= #arguments do
    local argument = arguments[i]
    if argument == "--help" then
      io.write(usage)
      return nil, CLEAN
    elseif argument == "--" or argument == "-" or argument:sub(1, 1) ~= "-" then
      break
    elseif argument:sub(1, 2) ~= "-g" then
      return nil, complain(("unrecognized option '%s'"):format(argument))
    end
    local name = argument:sub(3)
    if name == "" then
      i = i + 1
      name = arguments[i]
    end
    if not name then return nil, complain "'-g' needs argument" end
    globals[name] = true
    i = i + 1
  end
  if arguments[i] == "--" then i = i + 1 end
  if i > #arguments then return nil, complain "no file to check" end
  return { table.unpack(arguments, i) }, globals
end

--- Does what the list of arguments asks for; the exit status.
return function(arguments)
  local files, globals = parse(arguments)
  if not files then return globals end
  local status = CLEAN
  for _, name in ipairs(files) do
    local was_read, found = check_file(name, globals)
    if not was_read then
      status = USAGE
    elseif found and status == CLEAN then
      status = FOUND
    end
  end
  return status
end

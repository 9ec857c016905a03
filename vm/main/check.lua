-- main/check.lua -- `moons check`: the options, the files, and how findings are shown.
--
-- Lua itself says whether a file is Lua. Where it is not, our own parser only gives the column.

local native = ...

local parser = native.face "main/check_parser"
local rules = native.face "main/check_rules"
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

-- ---- places ----

local File = {}
File.__index = File

-- The line of a place, the column, and the places where the line begins and ends.
function File:locate(at)
  local line, start = 1, 1
  for stop in self.text:gmatch("()\n") do
    if stop >= at then break end
    line, start = line + 1, stop + 1
  end
  return line, at - start + 1, start
end

function File:start_of(line)
  local start = 1
  for _ = 2, line do start = (self.text:find("\n", start, true) or #self.text) + 1 end
  return start
end

-- The line with a mark under the column; nothing where there is no line.
local function marked(line, column)
  if not line:find("%S") then return "" end
  local before = line:sub(1, column - 1):gsub("[\x80-\xBF]", ""):gsub("[^\t]", " ")
  return ("  %s\n  %s^\n"):format(line, before)
end

function File:report(at, message)
  local line, column, start = self:locate(at)
  local text = self.text:match("^[^\n]*", start)
  self.findings[#self.findings + 1] = {
    at = at,
    text = ("%s:%d:%d: %s\n%s"):format(self.name, line, column, message, marked(text, column)),
  }
end

-- ---- syntax errors ----

-- The place of what the message is about, on its line.
function File:place_of(message, line, wrong)
  local start = self:start_of(line)
  if wrong and (self:locate(wrong.at)) == line then return wrong.at end
  local text = self.text:match("^[^\n]*", start)
  if message:find("near <eof>$") then return start + #text end
  local near = message:match("near '(.*)'$") or message:match("'([^']*)'")
  local column = near and near ~= "" and text:find(near, 1, true) or text:find("%S") or 1
  return start + column - 1
end

-- Errors of goto and break name their line themselves.
function File:report_syntax(message, wrong)
  local line, rest = message:match("^%?:(%d+): (.*)$")
  line = rest:match("^no visible label .* at line (%d+)$")
    or rest:match("^break outside a loop at line (%d+)") or line
  self:report(self:place_of(rest, tonumber(line), wrong), rest)
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
  local ok, wrong = pcall(parser.read, self.text, listener,
    function(text) read_comment(text, allowed) end)
  if not ok and type(wrong) ~= "table" then error(wrong, 0) end
  if not chunk then
    self.findings = {}
    self:report_syntax(message, wrong)
  elseif not ok then
    error(("%s: %s"):format(self.name, wrong.message), 0)
  else
    finish()
  end
end

function File:show()
  table.sort(self.findings, function(a, b)
    return a.at < b.at or a.at == b.at and a.text < b.text
  end)
  for _, finding in ipairs(self.findings) do io.write(finding.text) end
  return #self.findings > 0
end

local function read(name)
  if name == "-" then return io.read("a") end
  local file <close>, message = io.open(name, "rb")
  if not file then return nil, message end
  local text
  text, message = file:read("a")
  return text, message and name .. ": " .. message
end

-- Line ends become "\n"; what Lua skips at the start of a file becomes blank.
local function cleaned(text)
  text = text:gsub("\r\n", "\n"):gsub("\r", "\n"):gsub("^\xEF\xBB\xBF", "")
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

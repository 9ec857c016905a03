-- main/repl_edit.lua -- what the line editor asks: whether an input is whole, how it looks, and
-- what a word may become. No metamethod is ever called.

local core = ...

local lexer, repl = core.face "lexer", core.face "repl"
local sub, find, match, gmatch = string.sub, string.find, string.match, string.gmatch

local edit = {}

-- ---- how it looks ----------------------------------------------------------

-- The numbers of mn_style (main/editor_hooks.h).
local styles = { keyword = 1, name = 2, string = 3, number = 4, comment = 5, operator = 6,
                 other = 7 }

--- The parts of a text that are not plain.
---@param text string
---@return integer[] list from (0 is the first byte), size, style, from, size, style, ...
function edit.spans(text)
  local tokens, spans = lexer.cut(text), {}
  for i = 1, #tokens, 3 do
    local kind, from, after = tokens[i], tokens[i + 1], tokens[i + 2]
    local is_plain = kind == "name" and rawget(core.globals, sub(text, from, after - 1)) == nil
    if not is_plain then
      local n = #spans
      spans[n + 1], spans[n + 2], spans[n + 3] = from - 1, after - from, styles[kind]
    end
  end
  return spans
end

--- Whether Enter ends the input.
---@param text string
---@return boolean
function edit.is_complete(text)
  if find(text, "^:%a") then return true end
  if repl.is_open(text) then return false end
  local _, _, incomplete = repl.compile(text)
  return not incomplete
end

-- ---- what a word may become ------------------------------------------------

-- The table in which a value's fields are looked up next; nil: there is none that is known.
local function index_of(value)
  local metatable = debug.getmetatable(value)
  local index = type(metatable) == "table" and rawget(metatable, "__index") or nil
  if type(index) == "function" then
    local _, methods = debug.getupvalue(index, 1) -- of an object with elements
    index = methods
  end
  return type(index) == "table" and index or nil
end

-- The tables in which a field of the value may be, the first first.
local function tables_of(value)
  local list, seen = {}, {}
  local at = type(value) == "table" and value or index_of(value)
  while at and not seen[at] and #list < 16 do
    list[#list + 1], seen[at] = at, true
    at = index_of(at)
  end
  return list
end

local function field_of(value, name)
  for _, of in ipairs(tables_of(value)) do
    local field = rawget(of, name)
    if field ~= nil then return field end
  end
end

local function local_of(wanted)
  for name, value in repl.locals() do
    if name == wanted then return value end
  end
end

-- The value at the end of a path such as "moons.net"; nil: there is none.
local function value_at(path)
  local value
  for name in gmatch(path, "[^.]+") do
    if value == nil then
      value = local_of(name)
      if value == nil then value = rawget(core.globals, name) end
    else
      value = field_of(value, name)
    end
    if value == nil then return nil end
  end
  return value
end

local function names(word, to)
  local list = {}
  core.add_names(to, core.globals, word)
  core.add_names(to, lexer.keywords, word)
  for name in repl.locals() do
    if sub(name, 1, #word) == word then list[#list + 1] = name end
  end
  return list
end

-- Whether the string that is the last token is the argument of require.
local function is_required(before, tokens)
  local function word(at)
    return at > 0 and sub(before, tokens[at + 1], tokens[at + 2] - 1) or ""
  end
  local at = #tokens - 5
  if word(at) == "(" then at = at - 3 end
  return word(at) == "require" and not find(word(at - 3), "^[.:]$")
end

-- What the string may become that is the last token, as `edit.candidates` gives it.
local function within_string(before, after, tokens)
  local strings = core.face "repl_strings"
  local open = strings.open(before, tokens[#tokens - 1])
  if not open then return {}, #before, false end
  local begin = #before - #open.raw
  if is_required(before, tokens) then return strings.modules(open, after), begin, false end
  local list, kept, is_part = strings.files(open, after)
  return list, begin + kept, is_part
end

local function add_fields(path, mark, word, to)
  for _, of in ipairs(tables_of(value_at(path))) do core.add_names(to, of, word, mark == ":") end
end

--- What the word before the cursor may become.
---@param text string
---@param cursor integer bytes before it
---@param to lightuserdata where names of tables go (mn_candidates); the list has the others
---@return string[] candidates
---@return integer begin bytes before the word
---@return boolean? is_part there are more candidates
function edit.candidates(text, cursor, to)
  local before = sub(text, 1, cursor)
  local tokens = lexer.cut(before)
  local kind, ended = tokens[#tokens - 2], tokens[#tokens] == #before + 1
  if kind == "comment" and ended then return {}, cursor end
  if kind == "string" and ended then return within_string(before, sub(text, cursor + 1), tokens) end
  local path, mark, word = match(before, "([%a_][%w_.]*)([.:])([%w_]*)$")
  if path then
    add_fields(path, mark, word, to)
    return {}, cursor - #word
  end
  word = match(before, "[%a_][%w_]*$") or ""
  return names(word, to), cursor - #word
end

return edit

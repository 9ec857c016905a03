-- main/repl_edit.lua -- what the line editor asks: whether an input is whole, how it looks, and
-- what a word may become. No metamethod is ever called.

local core = ...

local lexer, repl = core.face "lexer", core.face "repl"
local sub, find, match, byte = string.sub, string.find, string.match, string.byte

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
  for name in path:gmatch("[^.]+") do
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

-- Adds the names of the table that begin so. No string is made for each key: there may be many.
local function add_keys(list, of, word, only_functions)
  local first, n = byte(word), #list
  for key, value in next, of do
    if type(key) == "string" and (not first or byte(key) == first) and
      find(key, word, 1, true) == 1 and find(key, "^[%a_][%w_]*$") and
      (not only_functions or type(value) == "function") then
      n = n + 1
      list[n] = key
    end
  end
end

local function names(word)
  local list = {}
  add_keys(list, core.globals, word)
  add_keys(list, lexer.keywords, word)
  for name in repl.locals() do
    if sub(name, 1, #word) == word then list[#list + 1] = name end
  end
  return list
end

-- Whether the text ends within a string or a comment, where no word is a name.
local function is_quoted(before)
  local tokens = lexer.cut(before)
  local kind, after = tokens[#tokens - 2], tokens[#tokens]
  return (kind == "string" or kind == "comment") and after == #before + 1
end

--- What the word before the cursor may become.
---@param text string
---@param cursor integer bytes before it
---@return string[] candidates
---@return integer begin bytes before the word
function edit.candidates(text, cursor)
  local before = sub(text, 1, cursor)
  if is_quoted(before) then return {}, cursor end
  local path, mark, word = match(before, "([%a_][%w_.]*)([.:])([%w_]*)$")
  if not path then
    word = match(before, "[%a_][%w_]*$") or ""
    return names(word), cursor - #word
  end
  local list = {}
  for _, of in ipairs(tables_of(value_at(path))) do add_keys(list, of, word, mark == ":") end
  return list, cursor - #word
end

return edit

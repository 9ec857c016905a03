-- main/repl_print.lua -- values as the REPL shows them.
--
-- Of metamethods only __tostring is called, protected; tables are read raw. What is shown is
-- bounded in depth, number and length, unless all is asked for.

local core = ...

local lexer = core.face "lexer"
local concat, rep, sub, gsub, find, match, format = table.concat, string.rep, string.sub,
  string.gsub, string.find, string.match, string.format
local byte, insert_at = string.byte, table.insert
local type, tostring, rawget, next, getmetatable = type, tostring, rawget, next, debug.getmetatable

local printer = {}

---@class Limits
---@field site? boolean of shared objects it is told where they were made
---@field depth integer tables within tables
---@field items integer elements of a table
---@field text integer bytes of a string in a table
---@field whole integer bytes of a string that is the value itself
local brief = { depth = 4, items = 50, text = 120, whole = 2000 }
local full = { depth = 100, items = math.huge, text = math.huge, whole = math.huge,
               site = true }

local colours = { string = "32", number = "33", boolean = "35", ["nil"] = "35", ["function"] = "36",
                  userdata = "36", thread = "36", note = "2", error = "31" }

local function paint(kind, text)
  local colour = core.colour() and colours[kind]
  return colour and format("\27[%sm%s\27[m", colour, text) or text
end

-- ---- strings ---------------------------------------------------------------

local escapes = { ["\a"] = "\\a", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r",
                  ["\t"] = "\\t", ["\v"] = "\\v", ["\\"] = "\\\\", ['"'] = '\\"' }

local function escape(text)
  local function number(c) return format("\\x%02X", byte(c)) end
  text = gsub(text, '[%c\\"]', function(c) return escapes[c] or number(c) end)
  return utf8.len(text) and text or (gsub(text, "[\x80-\xFF]", number))
end

-- The first bytes of it, no character cut in two; and how many are left out.
local function cut(text, most)
  if #text <= most then return text, 0 end
  local last = most
  while last > most - 4 and find(text, "^[\x80-\xBF]", last + 1) do last = last - 1 end
  return sub(text, 1, last), #text - last
end

local function note(text) return paint("note", text) end

local function quote(text, limits)
  local shown, left = cut(text, limits.text)
  shown = paint("string", '"' .. escape(shown) .. '"')
  return left > 0 and shown .. note(format("... %d more bytes", left)) or shown
end

-- ---- what is no table ------------------------------------------------------

local function name_of(value)
  local meta = getmetatable(value)
  local name = type(meta) == "table" and rawget(meta, "__name")
  return type(name) == "string" and name or nil
end

-- What the value's __tostring says; nil: it has none.
local function own_text(value)
  local meta = getmetatable(value)
  if type(meta) ~= "table" or rawget(meta, "__tostring") == nil then return nil end
  local ok, text = pcall(tostring, value)
  if ok then return text end
  return format("<error in __tostring: %s>", type(text) == "string" and text or type(text))
end

local function address(value) return format("%p", value) end

local function function_text(value)
  local info = debug.getinfo(value, "S")
  if info.what == "C" then return "function: builtin: " .. address(value) end
  return format("function: %s:%d", info.short_src, info.linedefined)
end

local rank = { number = 1, string = 2, boolean = 3 } -- of keys in the order; the others come last

-- The variables that have shared objects, by those; nil: nobody has looked yet.
local variable_of

local function find_variables()
  local names = {}
  local function note_variable(name, value)
    if type(value) ~= "userdata" or type(name) ~= "string" then return end
    if find(name, "^_%d*$") or not find(name, "^[%a_][%w_]*$") then return end
    if not names[value] or name < names[value] then names[value] = name end
  end
  for name, value in core.face("repl").locals() do note_variable(name, value) end
  local locals = names
  names = {}
  for name, value in next, core.globals do
    if not locals[value] then note_variable(name, value) end
  end
  for value, name in next, locals do names[value] = name end
  return names
end

-- What a shared object says of itself, with the name of the variable that has it, unless it has one
-- of its own: "Queue 'jobs' (1/3)".
local function with_variable(value, text)
  variable_of = variable_of or find_variables()
  local name, kind, rest = variable_of[value], match(text, "^(%a+)(:? [(0].*)$")
  return name and kind and format("%s '%s'%s", kind, name, rest) or text
end

-- Of any value that isn't looked into, and no string.
local function plain(value, limits)
  local kind = type(value)
  if rank[kind] or kind == "nil" then return paint(kind, tostring(value)) end
  local text = own_text(value)
  local site = kind == "userdata" and core.made_at(value)
  if text and site then
    text = with_variable(value, text)
    if limits.site and site ~= "" then text = text .. ", made at " .. site end
  end
  if text then return paint(kind, text) end
  if kind == "function" then return paint(kind, function_text(value)) end
  return paint(kind, format("%s: %s", name_of(value) or kind, address(value)))
end

-- ---- tables ----------------------------------------------------------------

local function before(a, b)
  local kind, other = type(a), type(b)
  if kind ~= other then
    local first, second = rank[kind] or 9, rank[other] or 9
    if first ~= second then return first < second end
    return kind < other
  end
  if kind == "number" or kind == "string" then return a < b end
  if kind == "boolean" then return not a and b end
  return address(a) < address(b)
end

-- How many elements the list has that the table begins with.
local function list_length(t)
  local length = 0
  while rawget(t, length + 1) ~= nil do length = length + 1 end
  return length
end

local function is_in_list(key, length)
  return math.type(key) == "integer" and key >= 1 and key <= length
end

-- Puts the key where it belongs among the sorted ones; the last of them goes if there are too many.
local function insert(keys, key, most)
  local low, high = 1, #keys + 1
  while low < high do
    local middle = (low + high) // 2
    if before(key, keys[middle]) then high = middle else low = middle + 1 end
  end
  insert_at(keys, low, key)
  keys[most + 1] = nil
end

-- The first keys beside the list, sorted; and how many there are in all. Not all are sorted for the
-- sake of a few.
local function other_keys(t, length, most)
  local keys, count = {}, 0
  for key in next, t do
    if not is_in_list(key, length) then
      count = count + 1
      if most == math.huge then
        keys[count] = key
      elseif most > 0 and (#keys < most or before(key, keys[most])) then
        insert(keys, key, most)
      end
    end
  end
  if most == math.huge then table.sort(keys, before) end
  return keys, count
end

local show

local function show_key(key, limits)
  if type(key) == "string" then
    if find(key, "^[%a_][%w_]*$") and not lexer.keywords[key] then return key end
    return "[" .. quote(key, limits) .. "]"
  end
  return "[" .. plain(key, limits) .. "]"
end

-- How much of the terminal the text takes; colours take nothing.
local function width(text)
  text = gsub(text, "\27%[[%d;]*m", "")
  return utf8.len(text) or #text
end

local function show_table(t, limits, depth, above)
  if above[t] then return note "<cycle>" end
  if next(t) == nil then return "{}" end
  if depth >= limits.depth then return note "{...}" end
  above[t] = true
  local length = list_length(t)
  local items, used, most = {}, 2 * depth, limits.items
  local keys, others = other_keys(t, length, math.max(most - length, 0))
  for i = 1, math.min(length, most) do items[i] = show(rawget(t, i), limits, depth + 1, above) end
  for i = 1, #keys do
    items[#items + 1] = show_key(keys[i], limits) .. " = "
      .. show(rawget(t, keys[i]), limits, depth + 1, above)
  end
  local left = length + others - #items
  if left > 0 then items[#items + 1] = note(format("... %d more", left)) end
  above[t] = nil
  local several = false
  for _, item in ipairs(items) do
    used = used + width(item) + 2
    several = several or find(item, "\n", 1, true) ~= nil
  end
  if used <= core.columns() - 4 and not several then return "{ " .. concat(items, ", ") .. " }" end
  local indent = rep("  ", depth + 1)
  return "{\n" .. indent .. concat(items, ",\n" .. indent) .. "\n" .. rep("  ", depth) .. "}"
end

show = function(value, limits, depth, above)
  if type(value) == "string" then return quote(value, limits) end
  if type(value) ~= "table" then return plain(value, limits) end
  local text = own_text(value)
  if text then return (cut(text, limits.text)) end
  local name = name_of(value)
  return (name and name .. " " or "") .. show_table(value, limits, depth, above)
end

local function show_whole(value, limits)
  if type(value) == "string" then
    local shown, left = cut(value, limits.whole)
    if left == 0 then return shown end
    return shown .. note(format("\n... %d more bytes; ':p _' shows all", left))
  end
  local text = type(value) == "table" and own_text(value)
  if text then return (cut(text, limits.whole)) end
  return show(value, limits, 0, {})
end

-- ---- results ---------------------------------------------------------------

--- The values, side by side.
---@param values table with the field n
---@param all? boolean without limits
---@return string
function printer.line(values, all)
  local texts = {}
  variable_of = nil
  for i = 1, values.n do texts[i] = show_whole(values[i], all and full or brief) end
  return concat(texts, "\t")
end

--- One value as it is shown within a table.
function printer.short(value)
  variable_of = {}
  return show(value, { depth = 1, items = 5, text = 40, whole = 40 }, 0, {})
end

printer.paint = paint

return printer

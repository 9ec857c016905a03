-- remote/json.lua -- reads the JSON that a NATS server answers.

local DEEPEST = 32

local literals = { ["true"] = true, ["false"] = false, null = false }
local escapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

local read -- (text, position, depth): a value, and where it ends; or nil

local function unescape(kind, digits)
  if kind ~= "u" or #digits < 4 then return (escapes[kind] or kind) .. digits end
  return utf8.char(tonumber(digits, 16))
end

local function read_string(text, at)
  local from = at
  while true do
    local mark = text:find('["\\]', at)
    if not mark then return nil end
    if text:byte(mark) == 34 then
      local raw = text:sub(from, mark - 1)
      if not raw:find("\\", 1, true) then return raw, mark + 1 end
      raw = raw:gsub("\\(.)(%x?%x?%x?%x?)", unescape)
      return raw, mark + 1
    end
    at = mark + 2
  end
end

local function read_list(text, at, depth)
  local list = {}
  if text:find("^%s*%]", at) then return list, text:match("^%s*%]()", at) end
  repeat
    local value, next_at = read(text, at, depth)
    if value == nil then return nil end
    list[#list + 1] = value
    local mark
    mark, at = text:match("^%s*([,%]])()", next_at)
    if mark == "]" then return list, at end
  until not mark
end

local function read_object(text, at, depth)
  local object = {}
  if text:find("^%s*}", at) then return object, text:match("^%s*}()", at) end
  repeat
    local key, value, mark
    at = text:match('^%s*"()', at)
    if not at then return nil end
    key, at = read_string(text, at)
    at = key and text:match("^%s*:()", at)
    if not at then return nil end
    value, at = read(text, at, depth)
    if value == nil then return nil end
    object[key] = value
    mark, at = text:match("^%s*([,}])()", at)
    if mark == "}" then return object, at end
  until not mark
end

function read(text, at, depth)
  if depth == 0 then return nil end
  at = text:match("^%s*()", at)
  local first = text:sub(at, at)
  if first == '"' then return read_string(text, at + 1) end
  if first == "{" then return read_object(text, at + 1, depth - 1) end
  if first == "[" then return read_list(text, at + 1, depth - 1) end
  local word, word_end = text:match("^(%l+)()", at)
  if word then return literals[word], word_end end
  local number, number_end = text:match("^(-?%d[%d.eE+-]*)()", at)
  number = tonumber(number)
  if number then return number, number_end end
end

-- The value of a text; nil: it is none, or too deep. null is false here.
return function(text)
  local value, at = read(text, 1, DEEPEST)
  if value ~= nil and text:find("^%s*$", at) then return value end
end

-- main/check_lexer.lua -- Lua 5.4's tokens, with the places where they stand.
--
-- A token is { type =, value =, at =, stop = }: `at` and `stop` are the places of its first and of
-- its last byte. The type of a keyword or an operator is its text; the others are "name", "string",
-- "number" and "end of file". What is no token throws a table { at =, message = }.

local setmetatable, load, error, tonumber = setmetatable, load, error, tonumber
local string_find, string_match, string_sub = string.find, string.match, string.sub

local keywords = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch("%a+") do keywords[word] = true end

-- The longest come first.
local operators = { "...", "<<", ">>", "//", "==", "~=", "<=", ">=", "::", ".." }

local function fail(at, message)
  error({ at = at, message = message }, 0)
end

-- The place after a long bracket that begins at `at`, or nil when none does.
local function after_long(text, at)
  local level = string_match(text, "^%[(=*)%[", at)
  if not level then return nil end
  local _, stop = string_find(text, "]" .. level .. "]", at, true)
  return stop and stop + 1 or fail(at, "unfinished long bracket")
end

-- The place of the next token: after white space and comments.
local function skip(text, at, comment)
  while true do
    at = string_find(text, "%S", at) or #text + 1
    if string_sub(text, at, at + 1) ~= "--" then return at end
    local stop = after_long(text, at + 2)
    if not stop then
      stop = string_find(text, "\n", at, true) or #text + 1
      comment(string_sub(text, at + 2, stop - 1))
    end
    at = stop
  end
end

local function after_string(text, at)
  local quote, place = string_sub(text, at, at), at + 1
  while true do
    place = string_find(text, "[\\\n" .. quote .. "]", place)
    local found = place and string_sub(text, place, place)
    if found == quote then return place + 1 end
    if found ~= "\\" then fail(at, "unfinished string") end
    place = string_sub(text, place, place + 1) == "\\z" and string_find(text, "%S", place + 2)
      or place + 2
  end
end

-- As upstream reads numbers: all that looks like one, and then it has to be one.
local function after_number(text, at)
  local exponent = string_find(text, "^0[xX]", at) and "[pP]" or "[eE]"
  local place = at
  while true do
    local _, stop = string_find(text, "^" .. exponent .. "[+-]", place)
    if not stop then _, stop = string_find(text, "^[%x%a_.]", place) end
    if not stop then break end
    place = stop + 1
  end
  if not tonumber(string_sub(text, at, place - 1)) then fail(at, "malformed number") end
  return place
end

local function operator_at(text, at)
  for i = 1, #operators do
    local operator = operators[i]
    if string_sub(text, at, at + #operator - 1) == operator then return operator end
  end
  return string_match(text, "^[-+*/%%^#&~|<>=(){}%[%];:,.]", at) or fail(at, "unexpected symbol")
end

local function constant(text)
  local made = load("return " .. text, "=constant", "t", {})
  return made and made()
end

-- The type of the token at that place, the place after it, and its value.
local function read(text, at)
  local word = string_match(text, "^[%a_][%w_]*", at)
  if word then return keywords[word] and word or "name", at + #word, word end
  if string_find(text, "^%.?%d", at) then
    local stop = after_number(text, at)
    return "number", stop, tonumber(string_sub(text, at, stop - 1))
  end
  local stop = after_long(text, at) or string_find(text, "^[\"']", at) and after_string(text, at)
  if stop then return "string", stop, constant(string_sub(text, at, stop - 1)) end
  if at > #text then return "end of file", at end
  local operator = operator_at(text, at)
  return operator, at + #operator, operator
end

local Lexer = {}
Lexer.__index = Lexer

--- Goes on to the next token, which is then `token`.
function Lexer:advance()
  local at = skip(self.text, self.place, self.comment)
  local type, stop, value = read(self.text, at)
  self.token = { type = type, value = value, at = at, stop = stop - 1 }
  self.place = stop
end

--- The type of the token after `token`.
function Lexer:peek()
  local at = skip(self.text, self.place, function() end)
  return (read(self.text, at))
end

local lexer = { fail = fail }

--- Stands before the first token. `comment` is called with the text of each comment of one line.
function lexer.new(text, comment)
  local new = setmetatable({ text = text, place = 1, comment = comment }, Lexer)
  new:advance()
  return new
end

return lexer

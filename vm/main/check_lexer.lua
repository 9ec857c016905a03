-- main/check_lexer.lua -- the tokens of a chunk that is Lua, one after the other, for the parser.
--
-- A token is { type =, value =, at = }. The type of a keyword or an operator is its text; there are
-- "name", "string", "number" and "end of file" beside these.

local native = ...

local next_token = native.next_token
local setmetatable, load, error, tonumber = setmetatable, load, error, tonumber
local string_find, string_sub = string.find, string.sub

-- What a literal stands for.
local function constant(literal)
  local is_plain = string_find(literal, "^[\"']") and not string_find(literal, "\\", 1, true)
  if is_plain then return string_sub(literal, 2, -2) end
  local made = load("return " .. literal, "=constant", "t", {})
  return made and made()
end

-- What makes type and value of a token, by its kind; the others are what they are called.
local readers = {
  name = function(text) return "name", text end,
  number = function(text) return "number", tonumber(text) end,
  string = function(text) return "string", constant(text) end,
  ["end"] = function() return "end of file" end,
}

local Lexer = {}
Lexer.__index = Lexer

-- The next token that is no comment: kind and place, and the place after it.
function Lexer:find(comment)
  local text = self.text
  local kind, from, after = next_token(text, self.place)
  while kind == "comment" do
    if comment then comment(string_sub(text, from + 2, after - 1)) end
    kind, from, after = next_token(text, after)
  end
  return kind, from, after
end

--- Goes on to the next token, which is then `token`.
function Lexer:advance()
  local kind, from, after = self:find(self.comment)
  local type = string_sub(self.text, from, after - 1)
  local value = type
  local reader = readers[kind]
  if reader then type, value = reader(type) end
  self.token = { type = type, value = value, at = from }
  self.place = after
end

--- Whether the token after `token` has that text.
function Lexer:is_before(text)
  local _, from, after = self:find()
  return string_sub(self.text, from, after - 1) == text
end

local lexer = {}

--- Throws, for a place where the parser finds no Lua.
function lexer.fail(at, message)
  error({ at = at, message = message }, 0)
end

--- Stands before the first token. `comment` is called with what each comment has after "--".
function lexer.new(text, comment)
  local new = setmetatable({ text = text, place = 1, comment = comment }, Lexer)
  new:advance()
  return new
end

return lexer

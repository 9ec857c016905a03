-- main/lexer.lua -- cuts Lua into its tokens, for the REPL: what an input declares, and colours.
--
-- Any text is cut, an unfinished one too: what is open goes on to the end, and what is no token at
-- all is one of the kind "other".

local core = ...
local lpeg = core.lpeg()
local P, R, S = lpeg.P, lpeg.R, lpeg.S
local C, Cc, Cp, Ct, Cmt = lpeg.C, lpeg.Cc, lpeg.Cp, lpeg.Ct, lpeg.Cmt
local find = string.find

local lexer = {}

---@type table<string, true>
lexer.keywords = {}
for word in string.gmatch([[and break do else elseif end false for function goto if in local nil
  not or repeat return then true until while]], "%a+") do lexer.keywords[word] = true end

local digit, hex = R "09", R("09", "af", "AF")
local letter = R("az", "AZ") + "_"
local word = letter * (letter + digit)^0

local function exponent(marks) return (S(marks) * S "+-"^-1 * digit^0)^-1 end
local number = "0" * S "xX" * (hex + ".")^0 * exponent "pP"
  + (digit^1 * ("." * digit^0)^-1 + "." * digit^1) * exponent "eE"

local function quoted(mark)
  return mark * ("\\z" * S " \t\r\n"^0 + "\\" * P(1) + (1 - S("\n" .. mark)))^0 * P(mark)^-1
end

-- Up to the bracket that closes it.
local long = Cmt("[" * C(P "="^0) * "[", function(text, at, equals)
  local _, last = find(text, "]" .. equals .. "]", at, true)
  return (last or #text) + 1
end) / 0

local comment = "--" * (long + (1 - P "\n")^0)
local operator = P "..." + ".." + "::" + "//" + "<<" + ">>" + "==" + "~=" + "<=" + ">="
  + S "+-*/%^#&~|<>=(){}[];:,."

local function token(kind, pattern) return Cc(kind) * Cp() * pattern * Cp() end

local is_keyword = Cmt(word, function(text, at, found)
  return lexer.keywords[found] and at
end)

local tokens = Ct((S " \t\r\n\v\f"^1 + token("comment", comment)
  + token("string", quoted '"' + quoted "'" + long) + token("number", number)
  + token("keyword", is_keyword) + token("name", word)
  + token("operator", operator) + token("other", P(1)))^0)

--- Cuts a text into a flat list: of each token its kind, where it begins, and where it has ended.
---@param text string
---@return any[] list kind, from, after, kind, from, after, ...
function lexer.cut(text)
  return tokens:match(text)
end

return lexer

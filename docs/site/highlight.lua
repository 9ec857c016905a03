-- docs/site/highlight.lua -- colours for the code of the pages: HTML out of Lua, C or shell.

local lpeg = require "lpeg"
local P, R, S, C, Cc, Ct = lpeg.P, lpeg.R, lpeg.S, lpeg.C, lpeg.Cc, lpeg.Ct

local highlight = {}

local ESCAPED <const> = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

function highlight.escape(text) return (text:gsub('[&<>"]', ESCAPED)) end

local function words(text)
  local set = {}
  for word in text:gmatch "%S+" do set[word] = true end
  return set
end

local letter = R("az", "AZ") + "_"
local name = letter * (letter + R "09") ^ 0
local number = R "09" * (R("09", "az", "AZ") + "." + S "eEpP" * S "+-") ^ 0
local line = (1 - P "\n") ^ 0
local function quoted(mark)
  return P(mark) * (P "\\" * 1 + (1 - S(mark .. "\n"))) ^ 0 * P(mark) ^ -1
end

local equals = P "=" ^ 0
local long = P "[" * lpeg.Cmt(C(equals) * "[", function(text, at, level)
  local _, last = text:find("]" .. level .. "]", at, true)
  return last and last + 1 or #text + 1
end)

-- A list of kinds and texts; "name" is looked at afterwards.
local function lexer(comment, text)
  local token = Cc "comment" * C(comment) + Cc "string" * C(text) + Cc "number" * C(number)
    + Cc "name" * C(name) + Cc "" * C(1)
  return Ct(token ^ 0)
end

local languages = {
  lua = {
    lexer = lexer(P "--" * (long + line), quoted '"' + quoted "'" + long),
    keywords = words [[and break do else elseif end false for function goto if in local nil not or
      repeat return then true until while]],
  },
  c = {
    lexer = lexer(P "/*" * (1 - P "*/") ^ 0 * P "*/" + P "//" * line, quoted '"' + quoted "'"),
    keywords = words [[auto break case catch char class const continue default define do double else
      enum extern float for if include int int64_t long new nullptr public return short signed
      size_t sizeof static struct switch template throw try typedef uint64_t union unsigned using
      void volatile while NULL]],
  },
  sh = {
    lexer = lexer(P "#" * line, quoted '"' + quoted "'"),
    keywords = words "do done if then else fi for in while case esac cd export",
  },
  cmake = { lexer = lexer(P "#" * line, quoted '"'), keywords = words "foreach endforeach" },
}
languages.cpp = languages.c

--- Colours a text; without a language that is known it is only escaped.
---@param text string
---@param language? string
---@param link? fun(name: string): string? where a name leads
---@return string html
function highlight.html(text, language, link)
  local known = languages[language]
  if not known then return highlight.escape(text) end
  local tokens, out = known.lexer:match(text), {}
  for i = 1, #tokens, 2 do
    local kind, shown = tokens[i], highlight.escape(tokens[i + 1])
    if kind == "name" then
      local target = link and link(tokens[i + 1])
      if known.keywords[tokens[i + 1]] then kind = "keyword" else kind = "" end
      if target then shown = ('<a href="%s">%s</a>'):format(target, shown) end
    end
    out[#out + 1] = kind == "" and shown or ('<span class="%s">%s</span>'):format(kind, shown)
  end
  return table.concat(out)
end

return highlight

---@meta
-- luacheck: ignore
-- main/lua_lpeg_api.lua -- what 'help' says of LPeg and re. It is never run.

--- Patterns as values: `local lpeg = require "lpeg"`. Texts, numbers, tables, booleans and
--- functions are taken for patterns where one is expected. `a * b` is one after the other, `a +
--- b` the first or else the second, `a - b` a where b doesn't match, `a^n` at least n times,
--- `a^-n` at most, `-a` not a, `#a` a ahead, `a / x` what a captures, by x.
---@class lpeg
local lpeg = {}

--- Matches at one place, the begin. Raises where a pattern may loop for ever, or the stack
--- overflows.
---
--- ```lua
--- print(lpeg.match(lpeg.R("09")^1, "42 moons"))
--- ```
---@param pattern any
---@param subject string
---@param init? integer
---@param ... any for `Carg`
---@return any captures, or where the match ends
---@return nil: there is none
function lpeg.match(pattern, subject, init, ...) end

--- A pattern: a text matches itself, n any n bytes, -n where fewer than n are left, true always,
--- false never, a table is a grammar, a function decides by subject and position.
---
--- ```lua
--- local any = lpeg.P(1)
--- ```
---@param value any
---@return pattern
function lpeg.P(value) end

--- Matches where the pattern does that ends here, and takes nothing. Raises for one of no fixed
--- length, or with captures.
---
--- ```lua
--- local after_a = lpeg.B("a")
--- ```
---@param patt any
---@return pattern
function lpeg.B(patt) end

--- One byte within a range, each of two letters.
---
--- ```lua
--- local letter = lpeg.R("az", "AZ")
--- ```
---@param ... string
---@return pattern
function lpeg.R(...) end

--- One byte of those.
---
--- ```lua
--- local sign = lpeg.S("+-")
--- ```
---@param string string
---@return pattern
function lpeg.S(string) end

--- A rule of the grammar by its name.
---
--- ```lua
--- local list = lpeg.P { "(" * lpeg.V(1)^0 * ")" }
--- ```
---@param v any
---@return pattern
function lpeg.V(v) end

--- Captures what is matched, then the pattern's own captures.
---
--- ```lua
--- print(lpeg.match(lpeg.C(lpeg.R("az")^1), "ab1"))
--- ```
---@param patt any
---@return pattern
function lpeg.C(patt) end

--- Captures the n-th extra argument of `match`.
---
--- ```lua
--- local first = lpeg.Carg(1)
--- ```
---@param n integer
---@return pattern
function lpeg.Carg(n) end

--- Captures again what the last group of that name has.
---
--- ```lua
--- local again = lpeg.Cb("open")
--- ```
---@param name any
---@return pattern
function lpeg.Cb(name) end

--- Captures these values, and takes nothing.
---
--- ```lua
--- local null = lpeg.P("null") * lpeg.Cc(false)
--- ```
---@param ... any
---@return pattern
function lpeg.Cc(...) end

--- Folds the captures of a pattern by a function of two, from the left.
---
--- ```lua
--- local sum = lpeg.Cf(numbers, function(a, b) return a + b end)
--- ```
---@param patt any
---@param func function
---@return pattern
function lpeg.Cf(patt, func) end

--- A group of captures; with a name a field of `Ct`, or for `Cb`.
---
--- ```lua
--- local field = lpeg.Cg(lpeg.R("az")^1, "key")
--- ```
---@param patt any
---@param name? any
---@return pattern
function lpeg.Cg(patt, name) end

--- Captures the position.
---
--- ```lua
--- local here = lpeg.Cp()
--- ```
---@return pattern
function lpeg.Cp() end

--- Captures what is matched, with captures within it put in their places.
---
--- ```lua
--- local tidy = lpeg.Cs((lpeg.P("\t") / " " + 1)^0)
--- ```
---@param patt any
---@return pattern
function lpeg.Cs(patt) end

--- A table of the captures; named groups are its fields.
---
--- ```lua
--- local list = lpeg.Ct((lpeg.C(lpeg.R("az")) * lpeg.P(",")^-1)^0)
--- ```
---@param patt any
---@return pattern
function lpeg.Ct(patt) end

--- Asks a function at once whether the match counts, where it ends, and what it captures.
---
--- ```lua
--- local even = lpeg.Cmt(digits, function(_, at) return at % 2 == 1 end)
--- ```
---@param patt any
---@param func function gets subject, position and captures
---@return pattern
function lpeg.Cmt(patt, func) end

--- Patterns for kinds of bytes: alnum, alpha, cntrl, digit, graph, lower, print, punct, space,
--- upper, xdigit.
---
--- ```lua
--- local space = lpeg.locale().space
--- ```
---@param tab? table that gets them
---@return table
function lpeg.locale(tab) end

--- How deep matching may go back, 400 by default.
---
--- ```lua
--- lpeg.setmaxstack(1000)
--- ```
---@param max integer
function lpeg.setmaxstack(max) end

--- "pattern", or nil for another value.
---
--- ```lua
--- print(lpeg.type(lpeg.P(1)))
--- ```
---@param value any
---@return string?
function lpeg.type(value) end

--- LPeg's patterns as texts, in the manner of regular expressions and grammars: `local re =
--- require "re"`.
---@class re
local re = {}

--- The text as a pattern of LPeg. Raises where it is malformed.
---
--- ```lua
--- local number = re.compile("{ [0-9]+ } -> tonumber", { tonumber = tonumber })
--- ```
---@param string string
---@param defs? table names that it may use
---@return pattern
function re.compile(string, defs) end

--- Looks for the first match.
---
--- ```lua
--- print(re.find("the year 2026", "[0-9]+"))
--- ```
---@param subject string
---@param pattern string|pattern
---@param init? integer
---@return integer? where it begins, nil: there is none
---@return integer? where it ends
function re.find(subject, pattern, init) end

--- Replaces all matches.
---
--- ```lua
--- print(re.gsub("hello", "l+", "L"))
--- ```
---@param subject string
---@param pattern string|pattern
---@param replacement any as after LPeg's `/`
---@return string
function re.gsub(subject, pattern, replacement) end

--- Matches at the begin.
---
--- ```lua
--- print(re.match("x=1", "{[a-z]} '=' {[0-9]}"))
--- ```
---@param subject string
---@param pattern string|pattern
---@param init? integer
---@return any captures, or where the match ends
---@return nil: there is none
function re.match(subject, pattern, init) end

--- Has the classes of names such as %a follow the locale that is set now.
---
--- ```lua
--- re.updatelocale()
--- ```
function re.updatelocale() end

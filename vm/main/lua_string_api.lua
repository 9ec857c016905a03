---@meta
-- luacheck: ignore
-- main/lua_string_api.lua -- what 'help' says of Lua's string and utf8. It is never run.

--- Texts, which may hold any bytes. All functions are methods, too: `s:upper()`. Positions begin
--- at 1; negative ones count from the end.
---@class string
local string = {}

--- The bytes from `i` to `j` as numbers. Raises where they are too many for the stack.
---
--- ```lua
--- print(("A"):byte())
--- ```
---@param s string
---@param i? integer 1 by default
---@param j? integer i by default
---@return integer one for each
function string.byte(s, i, j) end

--- The text of these bytes. Raises for one that is not in 0 to 255.
---
--- ```lua
--- print(string.char(72, 105))
--- ```
---@param ... integer
---@return string
function string.char(...) end

--- The function as a binary chunk for `load`; upvalues come as fresh variables. Raises for a C
--- function.
---
--- ```lua
--- local twin = load(string.dump(f), "twin", "b")
--- ```
---@param f function
---@param strip? boolean without names and lines
---@return string
function string.dump(f, strip) end

--- Looks for the first match. Raises for a malformed pattern.
---
--- ```lua
--- print(("moon"):find("o+"))
--- ```
---@param s string
---@param pattern string
---@param init? integer where it begins, 1 by default
---@param plain? boolean true: the pattern is no pattern but a text
---@return integer? where the match begins, nil: there is none
---@return integer? where it ends
---@return any its captures
function string.find(s, pattern, init, plain) end

--- Fills values in a text: %d %i integers; %f %e %g %a numbers; %x %X %o; %c a byte; %s any
--- value by `tostring`; %q a constant that Lua can read; %p an address; %% itself. Width and
--- precision have two digits at most. Raises where a value doesn't fit, or is missing: `bad
--- argument #2 to 'format' (number expected, got no value)`.
---
--- ```lua
--- print(string.format("%-5s|%05.1f|%q", "ab", 3.14159, "x\ny"))
--- ```
---@param formatstring string
---@param ... any
---@return string
function string.format(formatstring, ...) end

--- For loops over all matches: their captures, or the whole. A "^" has no meaning here but
--- itself.
---
--- ```lua
--- for word in ("a bc"):gmatch("%a+") do print(word) end
--- ```
---@param s string
---@param pattern string
---@param init? integer
---@return function the iterator
function string.gmatch(s, pattern, init) end

--- Replaces matches, all or the first `n`: by a text, in which %1 is a capture and %0 the whole;
--- by a table's field of that name; or by what a function gives. False or nil there leaves the
--- match as it is. Raises for another kind of replacement.
---
--- ```lua
--- print(("hello"):gsub("l+", "<%0>"))
--- ```
---@param s string
---@param pattern string
---@param repl string|table|function
---@param n? integer
---@return string
---@return integer how many there were
function string.gsub(s, pattern, repl, n) end

--- How many bytes it has, as `#s`.
---
--- ```lua
--- print(("é"):len())
--- ```
---@param s string
---@return integer
function string.len(s) end

--- With small letters, as the locale has them.
---
--- ```lua
--- print(("ABC"):lower())
--- ```
---@param s string
---@return string
function string.lower(s) end

--- The captures of the first match, or the whole of it. Raises for a malformed pattern.
---
--- ```lua
--- print(("key = 7"):match("(%w+)%s*=%s*(%d+)"))
--- ```
---@param s string
---@param pattern string
---@param init? integer
---@return any nil: there is none
function string.match(s, pattern, init) end

--- Values as bytes: b h i l j n f d and such are numbers of given sizes, s and z texts; < > =
--- choose the order, ! the alignment. Raises where a value doesn't fit.
---
--- ```lua
--- print(#string.pack("<i4z", 7, "abc"))
--- ```
---@param fmt string
---@param ... any
---@return string
function string.pack(fmt, ...) end

--- How long the result of `pack` is. Raises for a format with texts of any length.
---
--- ```lua
--- print(string.packsize("<i4d"))
--- ```
---@param fmt string
---@return integer
function string.packsize(fmt) end

--- The text `n` times in a row, with `sep` in between. None for a number below 1. Raises
--- `resulting string too large`.
---
--- ```lua
--- print(("ab"):rep(3, "-"))
--- ```
---@param s string
---@param n integer
---@param sep? string
---@return string
function string.rep(s, n, sep) end

--- Its bytes from the last to the first.
---
--- ```lua
--- print(("abc"):reverse())
--- ```
---@param s string
---@return string
function string.reverse(s) end

--- The part from `i` to `j`; what is out of range is left out.
---
--- ```lua
--- print(("moons"):sub(-3))
--- ```
---@param s string
---@param i integer
---@param j? integer -1, the end, by default
---@return string
function string.sub(s, i, j) end

--- Reads what `pack` has written. Raises where the bytes are too few.
---
--- ```lua
--- print(string.unpack("<i2", "\1\0"))
--- ```
---@param fmt string
---@param s string
---@param pos? integer
---@return any the values
---@return integer where the rest begins
function string.unpack(fmt, s, pos) end

--- With capital letters, as the locale has them.
---
--- ```lua
--- print(("abc"):upper())
--- ```
---@param s string
---@return string
function string.upper(s) end

--- Texts in UTF-8.
---@class utf8
---@field charpattern string a pattern that matches one character of a valid text
local utf8 = {}

--- The text of these code points. Raises for a number that is none.
---
--- ```lua
--- print(utf8.char(228, 0x1F319))
--- ```
---@param ... integer
---@return string
function utf8.char(...) end

--- The code points of the characters that begin from `i` to `j`. Raises for invalid bytes.
---
--- ```lua
--- print(utf8.codepoint("é"))
--- ```
---@param s string
---@param i? integer a byte, 1 by default
---@param j? integer i by default
---@param lax? boolean up to 2^31, surrogates too
---@return integer one for each
function utf8.codepoint(s, i, j, lax) end

--- For loops over the characters. Raises for invalid bytes.
---
--- ```lua
--- for at, code in utf8.codes("aé") do print(at, code) end
--- ```
---@param s string
---@param lax? boolean
---@return function gives position and code point
---@return string
---@return integer
function utf8.codes(s, lax) end

--- How many characters begin between two bytes.
---
--- ```lua
--- print(utf8.len("é"))
--- ```
---@param s string
---@param i? integer 1 by default
---@param j? integer -1 by default
---@param lax? boolean
---@return integer? nil: a byte is invalid
---@return integer? which one
function utf8.len(s, i, j, lax) end

--- Where the n-th character from `i` on begins, in bytes; for 0 the one that has byte `i`.
--- Raises if `i` is within a character.
---
--- ```lua
--- print(("aéb"):sub(utf8.offset("aéb", 3)))
--- ```
---@param s string
---@param n integer negative: before `i`
---@param i? integer the begin, or the end for a negative n
---@return integer? nil: there is none
function utf8.offset(s, n, i) end

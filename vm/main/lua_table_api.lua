---@meta
-- luacheck: ignore
-- main/lua_table_api.lua -- what 'help' says of Lua's table and math. It is never run.

--- Lists in tables. All obey metamethods.
---@class table
local table = {}

--- The texts and numbers of a list as one text. Raises for another kind of element.
---
--- ```lua
--- print(table.concat({ 1, 2, 3 }, ", "))
--- ```
---@param list table
---@param sep? string in between, none by default
---@param i? integer 1 by default
---@param j? integer #list by default
---@return string
function table.concat(list, sep, i, j) end

--- Puts a value at the end, or at a place, and moves up what is there. Raises for a place out of
--- range.
---
--- ```lua
--- table.insert(list, 1, "first")
--- ```
---@param list table
---@param pos? integer #list + 1 by default
---@param value any
function table.insert(list, pos, value) end

--- Copies elements f to e to the places from `t` on, in the same table or another. They may
--- overlap. Raises where they are too many.
---
--- ```lua
--- local copy = table.move(list, 1, #list, 1, {})
--- ```
---@param a1 table
---@param f integer
---@param e integer
---@param t integer
---@param a2? table
---@return table the one that they went to
function table.move(a1, f, e, t, a2) end

--- A table of all arguments, with their number as field `n`.
---
--- ```lua
--- print(table.pack(nil, nil).n)
--- ```
---@param ... any
---@return table
function table.pack(...) end

--- Takes out the last element, or one at a place, and moves down those behind it. Raises for a
--- place out of range.
---
--- ```lua
--- local last = table.remove(stack)
--- ```
---@param list table
---@param pos? integer #list by default
---@return any the element
function table.remove(list, pos) end

--- Sorts in place, by `<` or by a function that says whether its first argument comes first.
--- Equal ones change places. Raises `invalid order function for sorting` for some that
--- contradict themselves.
---
--- ```lua
--- table.sort(list, function(a, b) return a.size > b.size end)
--- ```
---@param list table
---@param comp? function
function table.sort(list, comp) end

--- The elements as values. Raises `too many results to unpack`.
---
--- ```lua
--- print(table.unpack { 1, 2, 3 })
--- ```
---@param list table
---@param i? integer 1 by default
---@param j? integer #list by default
---@return any
function table.unpack(list, i, j) end

--- Numbers. What gives an integer does so where the result is one.
---@class math
---@field huge number what is greater than any other number
---@field maxinteger integer the greatest
---@field mininteger integer the least
---@field pi number
local math = {}

--- Without its sign. The least integer stays as it is.
---
--- ```lua
--- print(math.abs(-3))
--- ```
---@param x number
---@return number
function math.abs(x) end

--- The arc cosine, in radians.
---
--- ```lua
--- print(math.acos(0))
--- ```
---@param x number
---@return number
function math.acos(x) end

--- The arc sine, in radians.
---
--- ```lua
--- print(math.asin(1))
--- ```
---@param x number
---@return number
function math.asin(x) end

--- The arc tangent of y/x, in the right quadrant.
---
--- ```lua
--- print(math.atan(1, -1))
--- ```
---@param y number
---@param x? number 1 by default
---@return number
function math.atan(y, x) end

--- The least integer that is not below.
---
--- ```lua
--- print(math.ceil(1.2))
--- ```
---@param x number
---@return integer a float where none fits
function math.ceil(x) end

--- The cosine of an angle in radians.
---
--- ```lua
--- print(math.cos(math.pi))
--- ```
---@param x number
---@return number
function math.cos(x) end

--- An angle in degrees, of radians.
---
--- ```lua
--- print(math.deg(math.pi))
--- ```
---@param x number
---@return number
function math.deg(x) end

--- e to the power of x.
---
--- ```lua
--- print(math.exp(1))
--- ```
---@param x number
---@return number
function math.exp(x) end

--- The greatest integer that is not above.
---
--- ```lua
--- print(math.floor(-1.2))
--- ```
---@param x number
---@return integer a float where none fits
function math.floor(x) end

--- The rest of a division that rounds towards zero, with the sign of x. Raises for the integer 0
--- as y.
---
--- ```lua
--- print(math.fmod(-7, 3), -7 % 3)
--- ```
---@param x number
---@param y number
---@return number
function math.fmod(x, y) end

--- The logarithm, natural by default.
---
--- ```lua
--- print(math.log(8, 2))
--- ```
---@param x number
---@param base? number
---@return number
function math.log(x, base) end

--- The greatest of them. Raises without an argument.
---
--- ```lua
--- print(math.max(1, 3, 2))
--- ```
---@param x number
---@param ... number
---@return number
function math.max(x, ...) end

--- The least of them. Raises without an argument.
---
--- ```lua
--- print(math.min(1, 3, 2))
--- ```
---@param x number
---@param ... number
---@return number
function math.min(x, ...) end

--- The integral part as a float, and the rest.
---
--- ```lua
--- print(math.modf(3.7))
--- ```
---@param x number
---@return number
---@return number
function math.modf(x) end

--- An angle in radians, of degrees.
---
--- ```lua
--- print(math.rad(180))
--- ```
---@param x number
---@return number
function math.rad(x) end

--- A number from 0 up to 1, below it; with `n` alone an integer from 1 to n; with two from m to
--- n; random bits for 0. Each thread has a seed of its own. Raises where the interval is empty.
---
--- ```lua
--- print(math.random(6))
--- ```
---@param m? integer
---@param n? integer
---@return number
function math.random(m, n) end

--- Begins the same row of numbers for the same seed; without one, a row that nobody foresees.
---
--- ```lua
--- math.randomseed(42)
--- ```
---@param x? number
---@param y? integer
---@return integer the seed's parts
---@return integer
function math.randomseed(x, y) end

--- The sine of an angle in radians.
---
--- ```lua
--- print(math.sin(math.pi / 2))
--- ```
---@param x number
---@return number
function math.sin(x) end

--- The square root; NaN below zero.
---
--- ```lua
--- print(math.sqrt(2))
--- ```
---@param x number
---@return number
function math.sqrt(x) end

--- The tangent of an angle in radians.
---
--- ```lua
--- print(math.tan(0))
--- ```
---@param x number
---@return number
function math.tan(x) end

--- The integer that has the same value; nil if there is none.
---
--- ```lua
--- print(math.tointeger(3.0))
--- ```
---@param x any
---@return integer?
function math.tointeger(x) end

--- "integer", "float", or nil for what is no number.
---
--- ```lua
--- print(math.type(1.0))
--- ```
---@param x any
---@return string?
function math.type(x) end

--- The hyperbolic cosine. Of Lua 5.2, kept for old scripts, as are frexp, ldexp, log10, pow, sinh
--- and tanh.
---
--- ```lua
--- print(math.cosh(0))
--- ```
---@param x number
---@return number
function math.cosh(x) end

--- The number as m * 2^e, with m from 0.5 up to 1. Of Lua 5.2.
---
--- ```lua
--- print(math.frexp(8))
--- ```
---@param x number
---@return number m
---@return integer e
function math.frexp(x) end

--- m * 2^e. Of Lua 5.2.
---
--- ```lua
--- print(math.ldexp(0.5, 4))
--- ```
---@param m number
---@param e integer
---@return number
function math.ldexp(m, e) end

--- The logarithm to base 10. Of Lua 5.2; `math.log(x, 10)` is the same.
---
--- ```lua
--- print(math.log10(1000))
--- ```
---@param x number
---@return number
function math.log10(x) end

--- The power, as `x ^ y`. Of Lua 5.2.
---
--- ```lua
--- print(math.pow(2, 10))
--- ```
---@param x number
---@param y number
---@return number
function math.pow(x, y) end

--- The hyperbolic sine. Of Lua 5.2.
---
--- ```lua
--- print(math.sinh(0))
--- ```
---@param x number
---@return number
function math.sinh(x) end

--- The hyperbolic tangent. Of Lua 5.2.
---
--- ```lua
--- print(math.tanh(0))
--- ```
---@param x number
---@return number
function math.tanh(x) end

--- Whether m is less than n, both read without a sign.
---
--- ```lua
--- print(math.ult(1, -1))
--- ```
---@param m integer
---@param n integer
---@return boolean
function math.ult(m, n) end

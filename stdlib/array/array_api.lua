---@meta
-- luacheck: ignore 241
-- array/array_api.lua -- declares what is written in C: Array. Not built in.

---@class moons
local moons = {}

---@alias moons.element "int8"|"uint8"|"int16"|"uint16"|"int32"|"uint32"|"int64"|"float"|"double"

--- Numbers of one type that threads share, close together. An Array travels as itself, without a
--- copy; all threads that have it read and write the same elements, each of them whole. `a[i]` is
--- an element, counted from 1; one after the last reads as nil, which ends ipairs, any other index
--- outside raises. A value that does not fit the type raises. Ranges `i, j` are inclusive, negative
--- ones count from the end; they must lie within, and may be empty.
---@class moons.Array
---@operator len: integer
---@field [integer] number
local Array = {}

--- Makes an Array of `n` zeros; or of the elements of a list or another Array; or of the memory of
--- a Buffer, which is shared, not copied: it must be a whole number of elements and begin at a
--- multiple of their size. Raises for a type that there is not, for elements that don't fit, and
--- "not enough memory". Like Python's array.array and multiprocessing.Array.
---
--- ```lua
--- local a = moons.Array("double", { 3, 1, 2 })
--- spawn(function() a:sort() end):join()
--- print(a[1], a:sum())   --> 1.0  6.0
--- ```
---@param type moons.element
---@param n integer|number[]|moons.Array|moons.Buffer
---@return moons.Array
function moons.Array(type, n) end

--- The type of the elements.
---@return moons.element
function Array:type() end

--- An Array of the elements of a range: the same memory, not a copy. It keeps the memory alive.
---@param i? integer first; none: 1
---@param j? integer last; none: -1, the last one
---@return moons.Array
function Array:slice(i, j) end

--- A Buffer of the same memory.
---@return moons.Buffer
function Array:buffer() end

--- Makes the memory read-only, for all Arrays, Buffers and slices of it in all threads: writing
--- raises from then on. A write that another thread has begun may still come to pass.
---@return moons.Array self
function Array:freeze() end

--- Whether the memory was frozen.
---@return boolean
function Array:frozen() end

--- Sets all elements of the range to one value.
---@param value number
---@param i? integer first; none: 1
---@param j? integer last; none: -1, the last one
---@return moons.Array self
function Array:fill(value, i, j) end

--- Copies elements `i` to `j` of the source to position `at` on, converting them. Arrays of one
--- type may overlap. Raises, with nothing copied, when one does not fit or there is no room.
---@param source number[]|moons.Array
---@param at? integer where to; none: 1
---@param i? integer first element of the source; none: 1
---@param j? integer last element of the source; none: -1, the last one
---@return integer next the position after the copied elements
function Array:copy(source, at, i, j) end

--- The elements of the range as a list.
---@param i? integer first; none: 1
---@param j? integer last; none: -1, the last one
---@return number[]
function Array:table(i, j) end

--- The bytes of the range as a string, in the machine's order.
---@param i? integer first; none: 1
---@param j? integer last; none: -1, the last one
---@return string
function Array:string(i, j) end

--- The sum of the range, added from left to right. Integers wrap round as Lua's do.
---@param i? integer first; none: 1
---@param j? integer last; none: -1, the last one
---@return number
function Array:sum(i, j) end

--- The least element of the range; a NaN if there is one.
---@param i? integer first; none: 1
---@param j? integer last; none: -1, the last one
---@return number? least nil: the range is empty
function Array:min(i, j) end

--- The greatest element of the range; a NaN if there is one.
---@param i? integer first; none: 1
---@param j? integer last; none: -1, the last one
---@return number? greatest nil: the range is empty
function Array:max(i, j) end

--- Sorts the range: ascending and NaNs last, or by a function, which keeps the order of equals
--- (table.sort does not). The elements are taken out, sorted, and put back: what other threads
--- write to the range meanwhile is lost.
---@param less? fun(a: number, b: number): boolean whether a is to stand before b; none: a < b
---@param i? integer first; none: 1
---@param j? integer last; none: -1, the last one
---@return moons.Array self
function Array:sort(less, i, j) end

--- Takes the elements of the range one after the other: `for x in a:iter() do`. With their
--- positions: `for i, x in pairs(a) do`.
---@param i? integer first; none: 1
---@param j? integer last; none: -1, the last one
---@return fun(): number?
function Array:iter(i, j) end

---@meta
-- luacheck: ignore 241
-- buffer/buffer_api.lua -- declares what is written in C: Buffer. Not built in.

---@class moons
local moons = {}

--- Bytes that threads share. A Buffer travels as itself, without a copy; all threads that have it
--- read and write the same bytes. `b[i]` is a byte, 0 to 255, counted from 1; one after the last
--- reads as nil, any other index outside raises. Ranges `i, j` are inclusive, negative ones count
--- from the end; they must lie within, and may be empty.
---@class moons.Buffer
---@operator len: integer
---@field [integer] integer
local Buffer = {}

--- Makes a Buffer of `n` zeros, or of the bytes of a string. The bytes are no part of a thread's
--- heap, and so not of its memory_limit. Raises if `n` is negative or no integer, and
--- "not enough memory".
---
--- ```lua
--- local b = moons.Buffer(1 << 20)
--- spawn(function() b[1] = 255 end):join()
--- print(b[1])   --> 255
--- ```
---@param n integer|string
---@return moons.Buffer
function moons.Buffer(n) end

--- Writes values as string.pack does, from position `at` on. Alignment (`!`) counts from the start
--- of the Buffer. Raises, with nothing written, when they don't fit.
---@param at integer from 1; negative ones count from the end
---@param format string as that of string.pack
---@param ... any the values
---@return integer next the position after what was written
function Buffer:pack(at, format, ...) end

--- Reads values as string.unpack does, from position `at` on. Raises when they would go beyond the
--- end.
---@param at integer from 1; negative ones count from the end
---@param format string as that of string.unpack
---@return any ... the values, and the position after them
function Buffer:unpack(at, format) end

--- The bytes of the range as a string.
---@param i? integer first; none: 1
---@param j? integer last; none: -1, the last one
---@return string
function Buffer:string(i, j) end

--- Copies bytes `i` to `j` of the source to position `at` on. The two may overlap. Raises, with
--- nothing copied, when there is no room for them.
---@param source string|moons.Buffer
---@param at? integer where to; none: 1
---@param i? integer first byte of the source; none: 1
---@param j? integer last byte of the source; none: -1, the last one
---@return integer next the position after the copied bytes
function Buffer:copy(source, at, i, j) end

--- Sets all bytes of the range to one value.
---@param byte integer 0 to 255
---@param i? integer first; none: 1
---@param j? integer last; none: -1, the last one
---@return moons.Buffer self
function Buffer:fill(byte, i, j) end

--- Finds where a string occurs first, byte by byte, without patterns. Like string.find.
---@param needle string
---@param init? integer where to begin; none: 1
---@return integer? first nil: nowhere
---@return integer last
function Buffer:find(needle, init) end

--- A Buffer of the bytes of a range: the same memory, not a copy. It keeps the memory alive.
---@param i? integer first; none: 1
---@param j? integer last; none: -1, the last one
---@return moons.Buffer
function Buffer:slice(i, j) end

--- Makes the memory read-only, for all Buffers, Arrays and slices of it in all threads: writing
--- raises from then on. A write that another thread has begun may still come to pass.
---@return moons.Buffer self
function Buffer:freeze() end

--- Whether the memory was frozen.
---@return boolean
function Buffer:frozen() end

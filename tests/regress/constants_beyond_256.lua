-- Bitwise operators whose second operand is an `or` of constants, when the function has more
-- constants than an instruction's argument can name. Lua 5.4.4 takes a wrong operand.
local lines = { "local t = {" }
for i = 1, 257 do lines[#lines + 1] = ("%d.5,"):format(i) end
lines[#lines + 1] = [[ }
local x = 1
return 1 | (2 or 3), 1 & (3 or 2), 1 ~ (2 or 3), x | (2 or 3), #t]]

local bor, band, bxor, local_bor, count = assert(load(table.concat(lines, "\n")))()
assert(bor == 1 | 2, bor)
assert(band == 1 & 3, band)
assert(bxor == 1 ~ 2, bxor)
assert(local_bor == 1 | 2, local_bor)
assert(count == 257)

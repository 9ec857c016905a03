-- Runs busted inside the interpreter that runs this file:
--   moons tests/run_busted.lua [busted's options] [spec files]
-- busted reads the global `arg` and ends the process with the exit status that ctest wants.

package.path = "tests/lua/?.lua;" .. package.path

local given = arg
arg = { [0] = "/usr/bin/busted", "--output=utfTerminal" }
table.move(given, 1, #given, #arg + 1, arg)
dofile(arg[0])

# LPeg, for the REPL's highlighter and for scripts: the archive is linked, its Lua half embedded.
find_library(MOONS_LPEG_LIBRARY NAMES liblua5.4-lpeg.a)
find_file(MOONS_LPEG_RE re.lua PATHS /usr/share/lua/5.4 NO_DEFAULT_PATH)
if(NOT MOONS_LPEG_LIBRARY OR NOT MOONS_LPEG_RE)
  message(FATAL_ERROR "LPeg for Lua 5.4 is missing: install lua-lpeg and lua-lpeg-dev.")
endif()

# Turns Lua files into one C file of data. Run at build time:
#   cmake -DLIST=FILE -DOUT=FILE [-DBARE=ON] -P embed.cmake
# LIST holds lines "name path"; OUT gets `mn_embedded_files`, declared in core/embedded.h.
# The text is kept as it is, so that error messages and debuggers see the lines of the source; BARE
# leaves lines empty that are comments, and begins no line with white space.

file(STRINGS "${LIST}" lines)
set(arrays "")
set(rows "")
set(index 0)
foreach(line IN LISTS lines)
  string(REGEX MATCH "^([^ ]+) (.+)$" line "${line}")
  set(name "${CMAKE_MATCH_1}")
  file(READ "${CMAKE_MATCH_2}" text)
  if(BARE)
    string(REGEX REPLACE "(^|\n)[ \t]*--[^[\n][^\n]*" "\\1" text "${text}")
    string(REGEX REPLACE "(^|\n)[ \t]+" "\\1" text "${text}")
  endif()
  string(HEX "${text}" hex)
  string(LENGTH "${hex}" size)
  math(EXPR size "${size} / 2")
  # Lines of 20 bytes; a zero follows the last one, outside of the size.
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  string(REPEAT "....." 20 twenty)
  string(REGEX REPLACE "(${twenty})" "\\1\n" bytes "${bytes}")
  string(APPEND arrays "static const unsigned char file_${index}[] = {\n${bytes}0x00};\n\n")
  string(APPEND rows "    {\"${name}\", file_${index}, ${size}},\n")
  math(EXPR index "${index} + 1")
endforeach()

file(WRITE "${OUT}.part" "/* Made by cmake/embed.cmake from the Lua files named in it. */
#include \"core/embedded.h\"

${arrays}const mn_embedded mn_embedded_files[] = {
${rows}    {0, 0, 0},
};
")
file(RENAME "${OUT}.part" "${OUT}")

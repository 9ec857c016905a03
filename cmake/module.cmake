# moons.so, for `require "moons"` in a Lua 5.4 that is not ours: all of our C once more, for a shared library
# and for that Lua's headers. Lua itself comes from whoever loads it, and so does LPeg.
#
# The headers are the system's, or those in -DMOONS_HOST_LUA_INCLUDE=FOLDER.

find_path(MOONS_HOST_LUA_INCLUDE lua.h PATH_SUFFIXES lua5.4 lua-5.4 lua54)
mark_as_advanced(MOONS_HOST_LUA_INCLUDE)

set(moons_host_lua "")
if(EXISTS "${MOONS_HOST_LUA_INCLUDE}/lua.h")
  file(STRINGS "${MOONS_HOST_LUA_INCLUDE}/lua.h" moons_host_lua
    REGEX "^#define[ \t]+LUA_VERSION_NUM[ \t]+504")
endif()
if(NOT moons_host_lua AND MOONS_MODULE_ONLY)
  message(FATAL_ERROR "The headers of Lua 5.4 are missing: install liblua5.4-dev, or say where they "
    "are by -DMOONS_HOST_LUA_INCLUDE=FOLDER.")
elseif(NOT moons_host_lua)
  message(STATUS "moons: without moons.so, since the headers of Lua 5.4 are not there")
  return()
endif()

moons_embed_lua(moons_module_lua)
set_target_properties(moons_module_lua PROPERTIES
  C_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ON)
add_library(moons_module MODULE ${vm_files} ${stdlib_files} vm/embed/luaopen.c)
target_link_libraries(moons_module PRIVATE moons_options moons_module_lua Threads::Threads m ${CMAKE_DL_LIBS})
target_include_directories(moons_module SYSTEM PRIVATE "${MOONS_HOST_LUA_INCLUDE}")
target_compile_definitions(moons_module PRIVATE MOONS_SYSTEM_LUA MN_MODULE)
# Lua's functions are called by their addresses at once, which are known when it is loaded.
target_compile_options(moons_module PRIVATE -fno-plt
  "SHELL:-include \"${CMAKE_SOURCE_DIR}/vm/core/module_config.h\"")
# It exports one function, stays loaded when its state is closed, and is refused at once by a host that
# lacks something: not in the middle of a script.
target_link_options(moons_module PRIVATE ${moons_lto_link}
  "LINKER:--version-script=${CMAKE_SOURCE_DIR}/vm/embed/luaopen.map" LINKER:-z,nodelete LINKER:-z,now)
set_target_properties(moons_module PROPERTIES
  PREFIX "" OUTPUT_NAME moons LIBRARY_OUTPUT_DIRECTORY lua
  C_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ON
  LINK_DEPENDS "${CMAKE_SOURCE_DIR}/vm/embed/luaopen.map")

# PREFIX/lib/lua/5.4 is on the path of a Lua in /usr/local; a distribution says where its own looks.
set(MOONS_LUA_CMODULES "lib/lua/5.4" CACHE STRING "Where moons.so is installed, from the prefix")
install(TARGETS moons_module LIBRARY DESTINATION "${MOONS_LUA_CMODULES}")

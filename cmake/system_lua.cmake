# The distribution's Lua 5.4, in place of the one that cmake/lua.cmake builds: -DMOONS_SYSTEM_LUA=ON.
# For a distribution that wants one copy of Lua. What rests on upstream's structures is done by the
# public API then, but for one thing (core/inside.h): states are opened library by library, and plain
# data has no short road into a message. It means the same, and is slower.
#
# Gives the targets that cmake/lua.cmake gives. The archive is linked, not the shared library: three of
# its objects are renamed a symbol, as cmake/lua.cmake does it when it compiles them.

find_path(MOONS_SYSTEM_LUA_INCLUDE lua.h PATH_SUFFIXES lua5.4 lua-5.4 lua54)
find_library(MOONS_SYSTEM_LUA_ARCHIVE NAMES liblua5.4.a liblua-5.4.a liblua54.a)
find_program(MOONS_OBJCOPY objcopy)
mark_as_advanced(MOONS_SYSTEM_LUA_INCLUDE MOONS_SYSTEM_LUA_ARCHIVE MOONS_OBJCOPY)
if(NOT MOONS_SYSTEM_LUA_INCLUDE OR NOT MOONS_SYSTEM_LUA_ARCHIVE OR NOT MOONS_OBJCOPY)
  message(FATAL_ERROR "Lua 5.4 as an archive is missing: install liblua5.4-dev and binutils.")
endif()

# Sets `out` to the release as a version, "5.4.4".
function(moons_system_lua_version out)
  file(STRINGS "${MOONS_SYSTEM_LUA_INCLUDE}/lua.h" lines
    REGEX "^#define[ \t]+LUA_VERSION_(MAJOR|MINOR|RELEASE)[ \t]")
  string(REGEX REPLACE "[^0-9]+" "." version "${lines}")
  string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" version "${version}")
  set(${out} "${version}" PARENT_SCOPE)
endfunction()

moons_system_lua_version(MOONS_LUA_VERSION)
if(NOT MOONS_LUA_VERSION MATCHES "^5\\.4\\.")
  message(FATAL_ERROR "${MOONS_SYSTEM_LUA_INCLUDE} is of Lua '${MOONS_LUA_VERSION}', not 5.4.")
endif()
if(MOONS_LUA_VERSION VERSION_LESS 5.4.6)
  message(WARNING "The system's Lua is ${MOONS_LUA_VERSION}. Before 5.4.6 ordinary scripts crash it: "
    "deeply nested coroutine.close, long chains of __index, a __concat that calls deeply. "
    "Without MOONS_SYSTEM_LUA moons builds a later one.")
endif()

# Renames in the object `file` of `folder` the symbols given as pairs "old=new".
function(moons_system_lua_rename folder file)
  set(renames "")
  foreach(pair IN LISTS ARGN)
    list(APPEND renames --redefine-sym ${pair})
  endforeach()
  execute_process(COMMAND "${MOONS_OBJCOPY}" ${renames} "${folder}/${file}"
    COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(folder "${CMAKE_BINARY_DIR}/lua-${MOONS_LUA_VERSION}-system")
file(REMOVE_RECURSE "${folder}")
file(MAKE_DIRECTORY "${folder}")
execute_process(COMMAND "${CMAKE_AR}" x "${MOONS_SYSTEM_LUA_ARCHIVE}" WORKING_DIRECTORY "${folder}"
  COMMAND_ERROR_IS_FATAL ANY)
# vm/core defines these calls itself, around upstream's.
moons_system_lua_rename("${folder}" ldo.o lua_resume=mn_lua_resume_untracked)
moons_system_lua_rename("${folder}" lstate.o
  lua_closethread=mn_lua_closethread_untracked
  lua_resetthread=mn_lua_resetthread_untracked
  lua_newstate=mn_lua_newstate_unmarked)
moons_system_lua_rename("${folder}" liolib.o fopen=mn_open_file)
moons_system_lua_rename("${folder}" liolib.o fopen64=mn_open_file)
file(GLOB objects "${folder}/*.o")

add_library(moons_lua_headers INTERFACE)
target_include_directories(moons_lua_headers SYSTEM INTERFACE "${MOONS_SYSTEM_LUA_INCLUDE}")
target_compile_definitions(moons_lua_headers INTERFACE
  LUA_USE_LINUX LUA_COMPAT_5_3 MOONS_SYSTEM_LUA)

add_library(moons_lua INTERFACE)
target_link_libraries(moons_lua INTERFACE moons_lua_headers ${objects} m ${CMAKE_DL_LIBS})

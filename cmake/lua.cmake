# Lua itself, built from upstream's source with our settings. The distribution's 5.4.4 is crashed by
# ordinary scripts, so moons brings its own, and the version is pinned by hash.
#
# Gives the targets
#   moons_lua_headers  Lua's headers, as system headers: our warnings stop at them
#   moons_lua          Lua's objects, to be linked whole: C modules call what we do not

set(MOONS_LUA_VERSION 5.4.9)
set(MOONS_LUA_SHA256 2335b6c582a52654f94612bf10d2f4672805d05329aa6568b1d8cd9e5c6fb8e6)
# The hash of the lines "hash path" of src/*.[ch]: an unpacked folder is checked as well.
set(MOONS_LUA_SOURCE_SHA256 2345b1bb87aee69d21cb9431efe45ad54c4a2d5e3651f434b5cee4209c7bac84)
set(MOONS_LUA_SOURCE "" CACHE PATH "Unpacked source of Lua ${MOONS_LUA_VERSION}; empty: fetch it")

# Sets `out` to 1 when `file` exists and is the pinned tarball.
function(moons_lua_is_pinned file out)
  set(hash "")
  if(EXISTS "${file}")
    file(SHA256 "${file}" hash)
  endif()
  string(COMPARE EQUAL "${hash}" "${MOONS_LUA_SHA256}" same)
  set(${out} ${same} PARENT_SCOPE)
endfunction()

# Puts the pinned tarball into the cache folder, unless it is there. All presets and all clones
# share that folder, so the lock keeps two configurations from fetching at once.
function(moons_lua_fetch tarball)
  get_filename_component(folder "${tarball}" DIRECTORY)
  file(MAKE_DIRECTORY "${folder}")
  file(LOCK "${folder}" DIRECTORY GUARD FUNCTION TIMEOUT 300)

  moons_lua_is_pinned("${tarball}" have)
  if(have)
    return()
  endif()

  message(NOTICE "Lua ${MOONS_LUA_VERSION}: fetching it from the package mirror")
  execute_process(COMMAND sh "${CMAKE_SOURCE_DIR}/cmake/fetch-lua.sh"
    "${tarball}" ${MOONS_LUA_SHA256} OUTPUT_QUIET ERROR_QUIET)
  moons_lua_is_pinned("${tarball}" have)
  if(have)
    return()
  endif()

  set(site "https://www.lua.org/ftp/lua-${MOONS_LUA_VERSION}.tar.gz")
  message(NOTICE "Lua ${MOONS_LUA_VERSION}: fetching it from ${site}")
  file(DOWNLOAD "${site}" "${tarball}.part" STATUS status TIMEOUT 120)
  moons_lua_is_pinned("${tarball}.part" have)
  if(have)
    file(RENAME "${tarball}.part" "${tarball}")
    return()
  endif()
  file(REMOVE "${tarball}.part")

  message(FATAL_ERROR
    "Lua ${MOONS_LUA_VERSION} could be had neither from the package mirror nor from ${site} "
    "(${status}). Put lua-${MOONS_LUA_VERSION}.tar.gz at ${tarball}, or give its unpacked "
    "folder by -DMOONS_LUA_SOURCE=DIR.")
endfunction()

# Sets `out` to 1 when the folder `root` holds the pinned source, whole and unchanged.
function(moons_lua_is_unchanged root out)
  file(GLOB files RELATIVE "${root}" "${root}/src/*.[ch]")
  set(lines "")
  foreach(file IN LISTS files)
    file(SHA256 "${root}/${file}" hash)
    string(APPEND lines "${hash} ${file}\n")
  endforeach()
  string(SHA256 hash "${lines}")
  string(COMPARE EQUAL "${hash}" "${MOONS_LUA_SOURCE_SHA256}" same)
  set(${out} ${same} PARENT_SCOPE)
endfunction()

# Sets `out` to the folder of Lua's C files. What is fetched is unpacked into the build folder.
function(moons_lua_source out)
  if(MOONS_LUA_SOURCE)
    set(root "${MOONS_LUA_SOURCE}")
    moons_lua_is_unchanged("${root}" unchanged)
    if(NOT unchanged)
      message(WARNING "${root} is not the source of Lua ${MOONS_LUA_VERSION} as released.")
    endif()
    set(${out} "${root}/src" PARENT_SCOPE)
    return()
  endif()

  if(DEFINED ENV{XDG_CACHE_HOME})
    set(cache "$ENV{XDG_CACHE_HOME}")
  elseif(DEFINED ENV{HOME})
    set(cache "$ENV{HOME}/.cache")
  else()
    set(cache "${CMAKE_BINARY_DIR}")
  endif()
  set(tarball "${cache}/moons/lua-${MOONS_LUA_VERSION}.tar.gz")
  set(root "${CMAKE_BINARY_DIR}/lua-${MOONS_LUA_VERSION}")
  moons_lua_is_unchanged("${root}" unchanged)
  if(NOT unchanged)
    moons_lua_fetch("${tarball}")
    file(ARCHIVE_EXTRACT INPUT "${tarball}" DESTINATION "${CMAKE_BINARY_DIR}")
  endif()
  set(${out} "${root}/src" PARENT_SCOPE)
endfunction()

moons_lua_source(lua_src)

# A script must find the modules that the distribution's lua5.4 finds; C modules lie in a folder
# named after the machine, which the compiler knows.
if(CMAKE_C_LIBRARY_ARCHITECTURE)
  set(MOONS_MULTIARCH_CPATH "/usr/lib/${CMAKE_C_LIBRARY_ARCHITECTURE}/lua/5.4/?.so;")
endif()
configure_file("${CMAKE_SOURCE_DIR}/cmake/lua_paths.h.in" "${CMAKE_BINARY_DIR}/lua_paths.h" @ONLY)

add_library(moons_lua_headers INTERFACE)
target_include_directories(moons_lua_headers SYSTEM INTERFACE "${lua_src}")
target_compile_definitions(moons_lua_headers INTERFACE LUA_USE_LINUX LUA_COMPAT_5_3)

# All of it except the two programs.
file(GLOB lua_files CONFIGURE_DEPENDS "${lua_src}/*.c")
list(FILTER lua_files EXCLUDE REGEX "/(lua|luac)\\.c$")
add_library(moons_lua OBJECT ${lua_files})
target_link_libraries(moons_lua PUBLIC moons_lua_headers)
target_compile_options(moons_lua PRIVATE
  "SHELL:-include \"${CMAKE_BINARY_DIR}/lua_paths.h\""
  "SHELL:-include \"${CMAKE_SOURCE_DIR}/vm/core/lua_config.h\""
  "SHELL:-include \"${CMAKE_SOURCE_DIR}/vm/core/lua_tsan.h\"")
if(MOONS_API_CHECKS)
  target_compile_definitions(moons_lua PRIVATE LUAI_ASSERT LUA_USE_APICHECK)
endif()

# vm/core defines these calls itself, around upstream's: it has to know which coroutine runs.
set_property(SOURCE "${lua_src}/ldo.c" APPEND PROPERTY
  COMPILE_DEFINITIONS lua_resume=mn_lua_resume_untracked)
set_property(SOURCE "${lua_src}/lstate.c" APPEND PROPERTY
  COMPILE_DEFINITIONS lua_closethread=mn_lua_closethread_untracked)
# Nor may commands inherit the files that io.lines and io.input open.
set_property(SOURCE "${lua_src}/liolib.c" APPEND PROPERTY
  COMPILE_OPTIONS -include "${CMAKE_SOURCE_DIR}/vm/core/lua_files.h")
# In a REPL long calls of the string library can be stopped.
set_property(SOURCE "${lua_src}/lstrlib.c" APPEND PROPERTY
  COMPILE_OPTIONS -include "${CMAKE_SOURCE_DIR}/vm/core/lua_strings.h")

# libmoons: moons for other programs, as a shared library and as an archive.

# Our objects serve the command, too: hidden, and with variables of threads where the loader has put
# them, they are as quick as if they were of a program.
set_target_properties(moons_vm moons_stdlib moons_embed PROPERTIES
  POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
foreach(part moons_vm moons_stdlib moons_embed)
  target_compile_options(${part} PRIVATE -ftls-model=initial-exec)
endforeach()

# Lua's are compiled once more: in the command its API is there for C modules.
get_target_property(sources moons_lua SOURCES)
add_library(moons_lua_hidden OBJECT ${sources})
get_target_property(options moons_lua COMPILE_OPTIONS)
target_compile_options(moons_lua_hidden PRIVATE ${options})
target_link_libraries(moons_lua_hidden PUBLIC moons_lua_headers)
set_target_properties(moons_lua_hidden PROPERTIES
  POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)

add_library(moons_shared SHARED)
target_link_libraries(moons_shared PRIVATE moons_common moons_vm moons_stdlib moons_embed
  moons_lua_hidden "${MOONS_LPEG_LIBRARY}" Threads::Threads m ${CMAKE_DL_LIBS})
set(map "${CMAKE_SOURCE_DIR}/cmake/libmoons.map")
target_link_options(moons_shared PRIVATE "-Wl,--version-script,${map}" -Wl,--no-undefined)
set_target_properties(moons_shared PROPERTIES OUTPUT_NAME moons LINK_DEPENDS "${map}"
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
target_include_directories(moons_shared INTERFACE
  $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/vm/include> $<INSTALL_INTERFACE:include>)

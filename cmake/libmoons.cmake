# libmoons: moons for other programs, as a shared library and as an archive.

# Our objects serve the command, too: hidden, and with variables of threads where the loader has put
# them, they are as quick as if they were of a program.
moons_embed_lua(moons_library_lua)
set(parts moons_vm moons_stdlib moons_embed moons_library_lua)
set_target_properties(${parts} PROPERTIES
  POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
foreach(part IN LISTS parts)
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

# While the version is 0.x, a minor version may change what programs were built against.
set(MOONS_SOVERSION "${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}")
add_library(moons_shared SHARED)
target_link_libraries(moons_shared PRIVATE moons_common ${parts}
  moons_lua_hidden "${MOONS_LPEG_LIBRARY}" Threads::Threads m ${CMAKE_DL_LIBS})
set(map "${CMAKE_SOURCE_DIR}/cmake/libmoons.map")
target_link_options(moons_shared PRIVATE "-Wl,--version-script,${map}" -Wl,--no-undefined)
# Addresses to be relocated take a bit each instead of 24 bytes, where the C library can read that.
include(CheckLinkerFlag)
include(CheckCSourceCompiles)
check_linker_flag(C -Wl,-z,pack-relative-relocs MOONS_LINKER_PACKS)
check_c_source_compiles("
  #include <features.h>
  #if !__GLIBC_PREREQ(2, 36)
  #error too old
  #endif
  int main(void) { return 0; }" MOONS_C_LIBRARY_UNPACKS)
if(MOONS_LINKER_PACKS AND MOONS_C_LIBRARY_UNPACKS)
  target_link_options(moons_shared PRIVATE -Wl,-z,pack-relative-relocs)
endif()
set_target_properties(moons_shared PROPERTIES OUTPUT_NAME moons LINK_DEPENDS "${map}"
  VERSION ${PROJECT_VERSION} SOVERSION ${MOONS_SOVERSION})
target_include_directories(moons_shared INTERFACE
  $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/vm/include> $<INSTALL_INTERFACE:include>)

# What follows is for those who install it.
if(MOONS_SANITIZE)
  return()
endif()

# The archive holds one object in which all names but those of moons.h are local: a program may have a Lua
# of its own.
set(archive "${CMAKE_BINARY_DIR}/libmoons.a")
set(objects "")
foreach(part IN LISTS parts ITEMS moons_lua_hidden)
  list(APPEND objects "$<TARGET_OBJECTS:${part}>")
endforeach()
file(GENERATE OUTPUT "${CMAKE_BINARY_DIR}/libmoons.objects" CONTENT "$<JOIN:${objects},\n>\n")
add_custom_command(OUTPUT "${archive}"
  COMMAND "${CMAKE_LINKER}" -r -o libmoons_whole.o @libmoons.objects
    --whole-archive "${MOONS_LPEG_LIBRARY}"
  COMMAND "${CMAKE_OBJCOPY}" --wildcard --keep-global-symbol=moons_* --keep-global-symbol=luaopen_moons
    --remove-section=.gnu.lto_* --remove-section=.gnu.debuglto_* libmoons_whole.o
  COMMAND "${CMAKE_COMMAND}" -E rm -f "${archive}"
  COMMAND "${CMAKE_AR}" rcs "${archive}" libmoons_whole.o
  DEPENDS ${objects} "${CMAKE_BINARY_DIR}/libmoons.objects" COMMAND_EXPAND_LISTS
  WORKING_DIRECTORY "${CMAKE_BINARY_DIR}" COMMENT "Making libmoons.a" VERBATIM)
add_custom_target(moons_archive ALL DEPENDS "${archive}")

# --- install -------------------------------------------------------------------------------------

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
install(TARGETS moons_shared)
install(FILES "${archive}" DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(FILES vm/include/moons.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")

set(package "${CMAKE_INSTALL_LIBDIR}/cmake/moons")
configure_package_config_file(cmake/moonsConfig.cmake.in "${CMAKE_BINARY_DIR}/moonsConfig.cmake"
  INSTALL_DESTINATION "${package}" PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file("${CMAKE_BINARY_DIR}/moonsConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/moonsConfig.cmake" "${CMAKE_BINARY_DIR}/moonsConfigVersion.cmake"
  DESTINATION "${package}")
file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
configure_file(cmake/moons.pc.in "${CMAKE_BINARY_DIR}/moons.pc" @ONLY)
install(FILES "${CMAKE_BINARY_DIR}/moons.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

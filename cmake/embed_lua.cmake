# The Lua faces of the modules, as C data in the command.

# Makes the object library `target` of a C file that holds LPeg's re.lua and every stdlib/**/*.lua that
# runs, without its comments. A file's name is its path without extension: "queue/queue". With the word
# COMMAND also every vm/main/*.lua ("main/repl"), and the files *_api.lua, which hold annotations for
# editors and nothing that runs: the REPL's help is made from them, and from comments.
function(moons_embed_lua target)
  file(GLOB_RECURSE faces CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}/stdlib" stdlib/*.lua)

  if(MOONS_LPEG_RE)
    set(lines "re ${MOONS_LPEG_RE}\n")
    set(paths "${MOONS_LPEG_RE}")
  endif()
  list(TRANSFORM faces PREPEND "stdlib/")
  set(own "")
  set(bare -DBARE=ON)
  if("COMMAND" IN_LIST ARGN)
    set(bare "")
    file(GLOB own CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}" vm/main/*.lua)
  else()
    list(FILTER faces EXCLUDE REGEX "_api\\.lua$")
  endif()
  foreach(face IN LISTS faces own)
    string(REGEX REPLACE "^(stdlib|vm)/(.*)\\.lua$" "\\2" name "${face}")
    string(APPEND lines "${name} ${CMAKE_SOURCE_DIR}/${face}\n")
    list(APPEND paths "${CMAKE_SOURCE_DIR}/${face}")
  endforeach()

  # The list changes, and with it the C file, when a face comes or goes.
  set(list "${CMAKE_BINARY_DIR}/${target}.list")
  set(file "${CMAKE_BINARY_DIR}/${target}.c")
  file(CONFIGURE OUTPUT "${list}" CONTENT "${lines}" @ONLY)
  add_custom_command(OUTPUT "${file}"
    COMMAND "${CMAKE_COMMAND}" -DLIST=${list} -DOUT=${file} ${bare}
      -P "${CMAKE_SOURCE_DIR}/cmake/embed.cmake"
    DEPENDS "${list}" ${paths} "${CMAKE_SOURCE_DIR}/cmake/embed.cmake"
    COMMENT "Embedding the Lua files" VERBATIM)
  add_library(${target} OBJECT "${file}")
  target_link_libraries(${target} PRIVATE moons_options)
endfunction()

# The Lua faces of the modules, as C data in the command.

# Sets `out` to a C file, made at build time, that holds LPeg's re.lua, every stdlib/**/*.lua and
# every vm/main/*.lua. A file's name is its path without extension: "queue/queue", "main/repl". Files
# *_api.lua hold annotations for editors and nothing that runs; the REPL's help is made from them.
function(moons_embed_lua out)
  file(GLOB_RECURSE faces CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}/stdlib" stdlib/*.lua)

  if(MOONS_LPEG_RE)
    set(lines "re ${MOONS_LPEG_RE}\n")
    set(paths "${MOONS_LPEG_RE}")
  endif()
  list(TRANSFORM faces PREPEND "stdlib/")
  file(GLOB own CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}" vm/main/*.lua)
  foreach(face IN LISTS faces own)
    string(REGEX REPLACE "^(stdlib|vm)/(.*)\\.lua$" "\\2" name "${face}")
    string(APPEND lines "${name} ${CMAKE_SOURCE_DIR}/${face}\n")
    list(APPEND paths "${CMAKE_SOURCE_DIR}/${face}")
  endforeach()

  # The list changes, and with it the C file, when a face comes or goes.
  set(list "${CMAKE_BINARY_DIR}/embedded.list")
  set(file "${CMAKE_BINARY_DIR}/embedded.c")
  file(CONFIGURE OUTPUT "${list}" CONTENT "${lines}" @ONLY)
  add_custom_command(OUTPUT "${file}"
    COMMAND "${CMAKE_COMMAND}" -DLIST=${list} -DOUT=${file}
      -P "${CMAKE_SOURCE_DIR}/cmake/embed.cmake"
    DEPENDS "${list}" ${paths} "${CMAKE_SOURCE_DIR}/cmake/embed.cmake"
    COMMENT "Embedding the Lua files" VERBATIM)
  set(${out} "${file}" PARENT_SCOPE)
endfunction()

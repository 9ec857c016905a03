# tests/fuzz/NAME_fuzz.c: libFuzzer targets. As a test each runs for a short while, starting from
# tests/fuzz/corpus/NAME; what it finds stays in build/fuzz/corpus/NAME for the next time. To search
# longer, run it by hand, without -max_total_time. The corpus in the sources is a part of what that
# found, small files that reach most of the code. More is added by
#   build/fuzz/fuzz/NAME_fuzz -merge=1 -use_counters=0 tests/fuzz/corpus/NAME build/fuzz/corpus/NAME
file(GLOB files CONFIGURE_DEPENDS tests/fuzz/*_fuzz.c)
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME_WE)
  string(REGEX REPLACE "_fuzz$" "" subject "${name}")
  add_executable(${name} "${file}")
  moons_link(${name})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  set_target_properties(${name} PROPERTIES C_EXTENSIONS ON RUNTIME_OUTPUT_DIRECTORY fuzz)
  file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/corpus/${subject}")
  # Leaves the sources as they are: what is new goes into the first folder.
  add_test(NAME fuzz.${name} COMMAND ${name} -max_total_time=20 -print_final_stats=0
    "${CMAKE_BINARY_DIR}/corpus/${subject}" "${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${subject}")
endforeach()

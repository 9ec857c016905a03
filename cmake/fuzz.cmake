# tests/fuzz/*.c: libFuzzer targets. As a test each runs for a short while; to search longer, run
# build/fuzz/fuzz/NAME by hand with a folder for its corpus.
file(GLOB files CONFIGURE_DEPENDS tests/fuzz/*.c)
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME_WE)
  add_executable(${name} "${file}")
  moons_link(${name})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  set_target_properties(${name} PROPERTIES C_EXTENSIONS ON RUNTIME_OUTPUT_DIRECTORY fuzz)
  add_test(NAME fuzz.${name} COMMAND ${name} -max_total_time=20 -print_final_stats=0)
endforeach()

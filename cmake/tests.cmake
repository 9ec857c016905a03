# The tests, one ctest entry per file, named after its folder and file: a failure, a hang or a slow
# file then shows by name, and files run side by side.

set(launcher "")
set(timeout 120)
set(environment "MOONS=$<TARGET_FILE:moons>")

if(MOONS_SANITIZE)
  set(timeout 600)
  list(APPEND environment
    "ASAN_OPTIONS=detect_leaks=1:halt_on_error=1:detect_stack_use_after_return=1"
    "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1"
    "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=${CMAKE_SOURCE_DIR}/tests/tsan.supp")
endif()

# Where the kernel spreads addresses more widely than this generation of TSan can map, its programs
# stop at their start; such a test runs with the spreading switched off.
if(MOONS_SANITIZE MATCHES "thread" AND EXISTS /proc/sys/vm/mmap_rnd_bits)
  file(READ /proc/sys/vm/mmap_rnd_bits bits)
  execute_process(COMMAND setarch -R true RESULT_VARIABLE no_setarch ERROR_QUIET)
  if(bits GREATER 28 AND no_setarch EQUAL 0)
    set(launcher setarch -R)
  endif()
endif()

# Registers the test `name`, labelled with its kind, which is the part before the dot.
function(moons_test name)
  string(REGEX MATCH "^[^.]+" kind "${name}")
  add_test(NAME ${name} COMMAND ${launcher} ${ARGN} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(${name} PROPERTIES
    ENVIRONMENT "${environment}" TIMEOUT ${timeout} LABELS ${kind})
endfunction()

# tests/c/*_test.c: each a program of its own, with all of moons in it.
file(GLOB files CONFIGURE_DEPENDS tests/c/*_test.c)
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME_WE)
  add_executable(${name} "${file}")
  moons_link(${name})
  target_include_directories(${name} PRIVATE tests/c)
  target_link_options(${name} PRIVATE ${moons_no_lto_link})
  set_target_properties(${name} PROPERTIES C_EXTENSIONS ON RUNTIME_OUTPUT_DIRECTORY tests)
  string(REGEX REPLACE "_test$" "" subject "${name}")
  moons_test(c.${subject} $<TARGET_FILE:${name}>)
endforeach()

# tests/lua/*_spec.lua: busted, run by the moons under test.
file(GLOB files CONFIGURE_DEPENDS tests/lua/*_spec.lua)
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME_WE)
  string(REGEX REPLACE "_spec$" "" subject "${name}")
  moons_test(busted.${subject} $<TARGET_FILE:moons> tests/run_busted.lua "${file}")
endforeach()

# tests/regress/*.lua and tests/stress/*.lua: scripts that pass when they exit with 0.
foreach(kind regress stress)
  file(GLOB files CONFIGURE_DEPENDS tests/${kind}/*.lua)
  foreach(file IN LISTS files)
    get_filename_component(name "${file}" NAME_WE)
    moons_test(${kind}.${name} $<TARGET_FILE:moons> "${file}")
  endforeach()
endforeach()

# The order of levels, read from every #include.
moons_test(layers $<TARGET_FILE:moons> tests/lint/layers.lua)

# The model of waiting is of the design, not of a build: once is enough.
find_program(MOONS_SPIN spin)
if(MOONS_SPIN AND NOT MOONS_SANITIZE)
  add_test(NAME model.wait COMMAND tests/model/run.sh WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(model.wait PROPERTIES TIMEOUT 300 LABELS model)
endif()

# The tests, one ctest entry per file, named after its folder and file: a failure, a hang or a slow
# file then shows by name, and files run side by side.

set(launcher "")
set(timeout 120)
set(environment "MOONS=$<TARGET_FILE:moons>")

# Each sanitizer gets its own variable and no other: by these the tests know what they run under. Where
# all takes ten times as long, and memory is kept, they are told by MOONS_SLOW to do less, too.
if(MOONS_SANITIZE)
  set(timeout 600)
endif()
if(MOONS_SANITIZE OR MOONS_VALGRIND)
  list(APPEND environment "MOONS_SLOW=1")
endif()
if(MOONS_SANITIZE MATCHES "address")
  list(APPEND environment
    "ASAN_OPTIONS=detect_leaks=1:halt_on_error=1:detect_stack_use_after_return=1")
endif()
if(MOONS_SANITIZE MATCHES "undefined")
  list(APPEND environment "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1")
endif()
if(MOONS_SANITIZE MATCHES "thread")
  list(APPEND environment
    # It sleeps at the end of each process, to see what others still do: a second, if nobody says less.
    "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:atexit_sleep_ms=100:suppressions=${CMAKE_SOURCE_DIR}/tests/tsan.supp")
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

# The tests know valgrind by its variable, too. The programs that they start run without it. Of leaks
# only those count to which nothing points any more: who is killed has not freed everything.
if(MOONS_VALGRIND)
  set(timeout 1200)
  list(APPEND environment "MOONS_VALGRIND=1")
  set(launcher valgrind --quiet --error-exitcode=9 --leak-check=full --fair-sched=try
    --show-leak-kinds=definite --errors-for-leak-kinds=definite
    --suppressions=${CMAKE_SOURCE_DIR}/tests/valgrind.supp)
endif()

# What the system's Lua does not pass: mistakes of Lua before 5.4.6.
set(excluded "")
if(MOONS_SYSTEM_LUA)
  list(APPEND environment "MOONS_SYSTEM_LUA=1")
endif()
if(MOONS_SYSTEM_LUA AND MOONS_LUA_VERSION VERSION_LESS 5.4.6)
  list(APPEND excluded regress.break_closes_variable regress.concat_reallocates_stack
    regress.constants_beyond_256 regress.long_index_chain regress.nested_coroutine_close)
endif()

# Of these a sanitizer sees other people's programs, or what it sees elsewhere.
if(MOONS_SANITIZE)
  list(APPEND excluded busted.completion_shells busted.docs busted.install)
endif()

# One thread, and much to do: TSan would see nothing in it but its own slowness. And signals of the terminal
# reach their handler late.
if(MOONS_SANITIZE MATCHES "thread")
  list(APPEND excluded busted.check busted.compat busted.repl_terminal c.allocation_faults
    regress.nested_things_one_after_the_other regress.transfer_of_many_values)
endif()

# Registers the test `name`, labelled with its kind, which is the part before the dot.
function(moons_test name)
  if(name IN_LIST excluded)
    return()
  endif()
  string(REGEX MATCH "^[^.]+" kind "${name}")
  add_test(NAME ${name} COMMAND ${launcher} ${ARGN} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(${name} PROPERTIES
    ENVIRONMENT "${environment}" TIMEOUT ${timeout} LABELS ${kind})
endfunction()

# The line editor and the lexer are the command's: only their own tests are linked with them.
file(GLOB files CONFIGURE_DEPENDS vm/main/editor*.c vm/main/history.c vm/main/lexer.c)
add_library(moons_editor OBJECT ${files})
target_link_libraries(moons_editor PRIVATE moons_common)

# tests/c/*_test.c: each a program of its own, with all of moons in it.
file(GLOB files CONFIGURE_DEPENDS tests/c/*_test.c)
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME_WE)
  add_executable(${name} "${file}")
  moons_link(${name})
  if(name MATCHES "^(editor|history|lexer)_")
    target_link_libraries(${name} PRIVATE moons_editor)
  endif()
  if(name MATCHES "^embed_")
    target_link_libraries(${name} PRIVATE moons_embed)
  endif()
  target_include_directories(${name} PRIVATE tests/c)
  target_link_options(${name} PRIVATE ${moons_no_lto_link})
  set_target_properties(${name} PROPERTIES C_EXTENSIONS ON RUNTIME_OUTPUT_DIRECTORY tests)
  string(REGEX REPLACE "_test$" "" subject "${name}")
  moons_test(c.${subject} $<TARGET_FILE:${name}>)
endforeach()

# tests/embed/*_test.c: programs that know nothing but moons.h, with the shared library.
if(TARGET moons_shared)
  file(GLOB files CONFIGURE_DEPENDS tests/embed/*_test.c)
  foreach(file IN LISTS files)
    get_filename_component(name "${file}" NAME_WE)
    add_executable(${name} "${file}")
    target_link_libraries(${name} PRIVATE moons_shared Threads::Threads)
    target_include_directories(${name} PRIVATE tests/c)
    target_compile_options(${name} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Werror)
    set_target_properties(${name} PROPERTIES C_EXTENSIONS ON RUNTIME_OUTPUT_DIRECTORY tests)
    string(REGEX REPLACE "_test$" "" subject "${name}")
    moons_test(embed.${subject} $<TARGET_FILE:${name}>)
  endforeach()
endif()

# tests/lua/*_spec.lua: busted, run by the moons under test.
file(GLOB files CONFIGURE_DEPENDS tests/lua/*_spec.lua)
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME_WE)
  string(REGEX REPLACE "_spec$" "" subject "${name}")
  moons_test(busted.${subject} $<TARGET_FILE:moons> tests/run_busted.lua "${file}")
endforeach()

# tests/regress/*.lua and tests/stress/*.lua: scripts that pass when they exit with 0.
function(moons_scripts kind folder)
  file(GLOB files CONFIGURE_DEPENDS tests/${folder}/*.lua)
  foreach(file IN LISTS files)
    get_filename_component(name "${file}" NAME_WE)
    moons_test(${kind}.${name} $<TARGET_FILE:moons> "${file}")
    if(kind STREQUAL "chaos" AND TEST chaos.${name})
      set_property(TEST chaos.${name} APPEND PROPERTY ENVIRONMENT "MOONS_CHAOS=1")
    endif()
  endforeach()
endfunction()
moons_scripts(regress regress)

# Where the build can, the stress scripts run with the schedule disturbed, too; under a sanitizer only so.
if(MOONS_FAULTS AND NOT MOONS_VALGRIND)
  moons_scripts(chaos stress)
endif()
if(NOT MOONS_SANITIZE)
  moons_scripts(stress stress)
endif()

# tests/fuzz/corpus/NAME: what the fuzz target NAME_fuzz.c has found, run again.
file(GLOB files CONFIGURE_DEPENDS tests/fuzz/*_fuzz.c)
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME_WE)
  string(REGEX REPLACE "_fuzz$" "" subject "${name}")
  add_executable(${subject}_replay "${file}" tests/fuzz/replay.c)
  moons_link(${subject}_replay)
  target_link_options(${subject}_replay PRIVATE ${moons_no_lto_link})
  set_target_properties(${subject}_replay PROPERTIES
    C_EXTENSIONS ON RUNTIME_OUTPUT_DIRECTORY tests)
  file(GLOB inputs CONFIGURE_DEPENDS "tests/fuzz/corpus/${subject}/*")
  moons_test(corpus.${subject} $<TARGET_FILE:${subject}_replay> ${inputs})
endforeach()

# moons.so in the system's lua5.4: the same specs, and what tests/run_stock.lua leaves out of them. Under a
# sanitizer its library has to be there before that program, which was built without.
find_program(MOONS_HOST_LUA lua5.4)
if(TARGET moons_module AND MOONS_HOST_LUA AND NOT MOONS_VALGRIND)
  set(preload "")
  if(MOONS_SANITIZE MATCHES "address")
    execute_process(COMMAND "${CMAKE_C_COMPILER}" -print-file-name=libasan.so
      OUTPUT_VARIABLE preload OUTPUT_STRIP_TRAILING_WHITESPACE)
    set(preload "LD_PRELOAD=${preload}")
  endif()
  find_library(MOONS_HOST_LUA_LIBRARY NAMES lua5.4 lua-5.4 lua54)
  if(MOONS_HOST_LUA_LIBRARY)
    add_executable(hosts tests/module/hosts.c)
    target_include_directories(hosts SYSTEM PRIVATE "${MOONS_HOST_LUA_INCLUDE}")
    target_link_libraries(hosts PRIVATE "${MOONS_HOST_LUA_LIBRARY}" Threads::Threads)
    target_link_options(hosts PRIVATE ${moons_no_lto_link})
    set_target_properties(hosts PROPERTIES C_EXTENSIONS ON RUNTIME_OUTPUT_DIRECTORY tests)
    moons_test(module.hosts $<TARGET_FILE:hosts> "$<TARGET_FILE_DIR:moons_module>/?.so")
  endif()
  set(stock_environment MOONS_SYSTEM_LUA=1 "MOONS=${MOONS_HOST_LUA}" "PATH=$<TARGET_FILE_DIR:moons>:$ENV{PATH}" ${preload}
    "LUA_INIT_5_4=@${CMAKE_SOURCE_DIR}/tests/stock.lua"
    "MOONS_MODULE=$<TARGET_FILE_DIR:moons_module>")
  foreach(subject
      actor array atomic barrier buffer condition event executor fork futures generator
      generator_delegate generator_within lock mailbox message message_code net net_within once
      ordered_queue pool process_pool queue queue_kinds queue_less rlock rwlock scope select semaphore
      shared shared_transaction spawn subprocess task task_attack task_daemon task_pace
      task_subprocess task_waits thread thread_cancel thread_errors thread_interrupt threadlocal time
      waiting)
    moons_test(stock.${subject} ${MOONS_HOST_LUA} tests/run_stock.lua
      "${CMAKE_SOURCE_DIR}/tests/lua/${subject}_spec.lua")
    set_property(TEST stock.${subject} APPEND PROPERTY ENVIRONMENT "${stock_environment}")
  endforeach()
endif()

# The order of levels, read from every #include.
moons_test(layers $<TARGET_FILE:moons> tests/lint/layers.lua)

# The model of waiting is of the design, not of a build: once is enough.
find_program(MOONS_SPIN spin)
if(MOONS_SPIN AND NOT MOONS_SANITIZE AND NOT MOONS_VALGRIND)
  add_test(NAME model.wait COMMAND tests/model/run.sh WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(model.wait PROPERTIES TIMEOUT 300 LABELS model)
endif()

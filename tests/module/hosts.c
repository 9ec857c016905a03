/* A host of moons.so: a program with the system's Lua, which has states of its own. Each test opens some,
 * requires moons in them, closes them, and looks at what is left.
 *
 *   hosts PATH-FOR-package.cpath */
#define _GNU_SOURCE
#include <lauxlib.h>
#include <lualib.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *path;
static int failures;

static void fail(int line, const char *what) {
  failures++;
  (void)fprintf(stderr, "hosts.c:%d: %s\n", line, what);
}
#define CHECK(condition)                          \
  do {                                            \
    if (!(condition)) fail(__LINE__, #condition); \
  } while (0)

static lua_State *open_libraries(lua_State *L) {
  luaL_openlibs(L);
  lua_getglobal(L, "package");
  lua_pushstring(L, path);
  lua_setfield(L, -2, "cpath");
  lua_settop(L, 0);
  return L;
}

/* Runs the code, whose results stay on the stack; an error fails the test. */
static void run(lua_State *L, const char *code) {
  if (luaL_dostring(L, code) != LUA_OK) fail(__LINE__, lua_tostring(L, -1));
}

static const char *text(lua_State *L) {
  const char *got = lua_tostring(L, -1);
  return got ? got : "(no text)";
}

static int count_threads(void) {
  struct stat about;
  return stat("/proc/self/task", &about) == 0 ? (int)about.st_nlink - 2 : 0;
}

/* How many there are when moons has none: a sanitizer has its own. */
static int alone;

/* The kernel counts a thread for a moment after it has ended. */
static bool is_alone(void) {
  for (int i = 0; i < 200 && count_threads() > alone; i++)
    (void)nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
  return count_threads() == alone;
}

static void *do_nothing(void *argument) {
  return argument;
}

/* A sanitizer's thread begins with the first of the program's. */
static void count_those_of_others(void) {
  pthread_t first;
  if (pthread_create(&first, NULL, do_nothing, NULL) == 0) (void)pthread_join(first, NULL);
  (void)nanosleep(&(struct timespec){.tv_nsec = 100 * 1000 * 1000}, NULL);
  alone = count_threads();
}

static const char work[] =
    "local moons = require 'moons' "
    "local q = moons.Queue() "
    "local t = moons.spawn(function(n) for v in q:iter() do n = n + v end return n end, 0) "
    "for i = 1, 100 do q:put(i) end q:close() "
    "return t:join()";

/* ---- the host's memory ---- */

static size_t held;

static void *count_bytes(void *ud, void *block, size_t old, size_t size) {
  (void)ud;
  held += size - (block ? old : 0);
  if (size > 0) return realloc(block, size);
  free(block);
  return NULL;
}

static void allocator_stays_the_host_s(void) {
  lua_State *L = open_libraries(lua_newstate(count_bytes, NULL));
  run(L, work);
  CHECK(lua_tointeger(L, -1) == 5050);
  lua_Alloc allocator = lua_getallocf(L, NULL);
  CHECK(allocator == count_bytes);
  lua_close(L);
  CHECK(held == 0);
}

/* ---- what moons finds there ---- */

static void older_coroutines_and_a_used_word(void) {
  lua_State *L = open_libraries(luaL_newstate());
  memset(lua_getextraspace(L), 0x5a, LUA_EXTRASPACE);
  run(L, "old = coroutine.wrap(function(...) local q = coroutine.yield() "
         "local moons = require 'moons' "
         "return moons.task(function() return q:get() end):result() end) old()");
  memset(lua_getextraspace(L), 0xa5, LUA_EXTRASPACE);
  run(L, "local moons = require 'moons' local q = moons.Queue() "
         "moons.spawn(function() q:put('come') end) return old(q)");
  CHECK(strcmp(text(L), "come") == 0);
  const unsigned char *word = lua_getextraspace(L);
  CHECK(word[0] == 0xa5 && word[LUA_EXTRASPACE - 1] == 0xa5);
  lua_close(L);
}

static void globals_stay_as_they_are(void) {
  static const char list[] =
      "local names = {} for name, value in pairs(_G) do names[#names + 1] = name .. "
      "tostring(value) end "
      "for name, lib in pairs(package.loaded) do if type(lib) == 'table' and name ~= 'moons' then "
      "for field, value in pairs(lib) do "
      "names[#names + 1] = name .. tostring(field) .. tostring(value) end end end "
      "table.sort(names) return table.concat(names, '\\n')";
  lua_State *L = open_libraries(luaL_newstate());
  run(L, "package.loaded.moons = false package.loaded.moons = nil");
  run(L, list);
  run(L, "local moons = require 'moons' moons.spawn(function() end):join() "
         "assert(moons == require 'moons') package.loaded.moons = nil");
  run(L, list);
  CHECK(strcmp(lua_tostring(L, 1), lua_tostring(L, -1)) == 0);
  run(L, "local first = package.loaded.moons return tostring(require 'moons' == first)");
  lua_close(L);
}

static void the_same_table_each_time(void) {
  lua_State *L = open_libraries(luaL_newstate());
  run(L, "local a = require 'moons' package.loaded.moons = nil "
         "return tostring(rawequal(a, require 'moons'))");
  CHECK(strcmp(text(L), "true") == 0);
  lua_close(L);
}

static void a_library_that_is_missing_is_named(void) {
  lua_State *L = luaL_newstate();
  luaL_requiref(L, LUA_GNAME, luaopen_base, 1);
  luaL_requiref(L, LUA_LOADLIBNAME, luaopen_package, 1);
  lua_pushstring(L, path);
  lua_setfield(L, -2, "cpath");
  run(L, "return select(2, pcall(require, 'moons'))");
  CHECK(strstr(text(L), "moons needs Lua's library 'coroutine'"));
  lua_close(L);
}

/* ---- the end ---- */

static lua_Integer counted;

static int l_note(lua_State *L) {
  counted = luaL_checkinteger(L, 1);
  return 0;
}

static void end_joins_and_cancels(void) {
  lua_State *L = open_libraries(luaL_newstate());
  lua_register(L, "note", l_note);
  run(L, "moons = require 'moons' done = moons.Atomic(0) "
         "moons.spawn { function() moons.sleep(1000) end, daemon = true } "
         "moons.spawn(function(done) moons.sleep(0.05) done:add(1) end, done) "
         "moons.task(function() moons.sleep(0.1) late = moons.Queue() note(done:add(1)) end)");
  lua_close(L);
  CHECK(counted == 2);
  CHECK(is_alone());
}

static void old_finalizers_find_it_gone(void) {
  lua_State *L = open_libraries(luaL_newstate());
  lua_register(L, "note", l_note);
  run(L, "old = setmetatable({}, { __gc = function() "
         "local a, why = pcall(function() return moons.Queue() end) "
         "local b = pcall(function() return moons.spawn(print) end) "
         "if not a and not b and why:find('is being closed', 1, true) then note(1) end end }) "
         "moons = require 'moons' moons.spawn(function() end):join()");
  counted = 0;
  lua_close(L);
  CHECK(counted == 1);
  CHECK(is_alone());
}

/* ---- several states ---- */

static void two_states_in_one_thread(void) {
  lua_State *a = open_libraries(luaL_newstate()), *b = open_libraries(luaL_newstate());
  run(a, "moons = require 'moons' return moons.current():id()");
  run(b, "moons = require 'moons' q = moons.Queue() q:put(1)");
  run(a,
      "return select(2, pcall(function() return moons.spawn(function() return 7 end):join() end))");
  CHECK(lua_tointeger(a, -1) == 7);
  /* Either is cancelled by its own threads alone. */
  run(a, "local main = moons.current() moons.spawn(function() main:cancel('enough') end) "
         "return select(2, pcall(function() while true do end end))");
  CHECK(strstr(text(a), "cancelled: enough") != NULL);
  run(b, "return q:get() + moons.spawn(function() return 1 end):join()");
  CHECK(lua_tointeger(b, -1) == 2);
  lua_close(a);
  run(b, work);
  CHECK(lua_tointeger(b, -1) == 5050);
  lua_close(b);
  CHECK(is_alone());
}

static void *run_one(void *argument) {
  for (int i = 0; i < 20; i++) {
    lua_State *L = open_libraries(luaL_newstate());
    run(L, work);
    if (lua_tointeger(L, -1) != 5050) fail(__LINE__, "not the sum");
    lua_close(L);
  }
  return argument;
}

static void states_in_several_threads(void) {
  enum { THREADS = 4 };
  pthread_t threads[THREADS];
  pthread_attr_t small;
  (void)pthread_attr_init(&small);
  (void)pthread_attr_setstacksize(&small, 256 * 1024);
  for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], &small, run_one, NULL) == 0);
  for (int i = 0; i < THREADS; i++) (void)pthread_join(threads[i], NULL);
  (void)pthread_attr_destroy(&small);
  CHECK(is_alone());
}

static void small_stack_is_respected(void) {
  lua_State *L = open_libraries(luaL_newstate());
  run(L, "local moons = require 'moons' local t = {} for i = 1, 100000 do t = { t } end "
         "local ok, why = pcall(function() moons.Queue():put(t) end) return tostring(ok)");
  lua_close(L);
}

static void *run_small(void *argument) {
  small_stack_is_respected();
  return argument;
}

static void deep_values_on_a_small_stack(void) {
  pthread_t thread;
  pthread_attr_t small;
  (void)pthread_attr_init(&small);
  (void)pthread_attr_setstacksize(&small, 128 * 1024);
  CHECK(pthread_create(&thread, &small, run_small, NULL) == 0);
  (void)pthread_join(thread, NULL);
  (void)pthread_attr_destroy(&small);
}

static void *open_one(void *argument) {
  lua_State *L = open_libraries(luaL_newstate());
  run(L, work);
  *(lua_State **)argument = L;
  return NULL;
}

/* A host that ends closes what its threads have left. */
static void closed_when_its_thread_is_gone(void) {
  pthread_t thread;
  lua_State *L = NULL;
  CHECK(pthread_create(&thread, NULL, open_one, &L) == 0);
  (void)pthread_join(thread, NULL);
  lua_close(L);
  CHECK(is_alone());
}

/* The library stays for good, so nothing of it goes with its last state. */
static void loaded_again_and_again(void) {
  for (int i = 0; i < 100; i++) {
    lua_State *L = open_libraries(luaL_newstate());
    run(L, "return coroutine.wrap(function() local moons = require 'moons' local q = moons.Queue() "
           "moons.spawn(function() q:put(3) end) coroutine.yield(q) end)():get()");
    CHECK(lua_tointeger(L, -1) == 3);
    lua_close(L);
  }
  CHECK(is_alone());
}

/* ---- hooks ---- */

static long hooked, stop_at;

static void on_count(lua_State *L, lua_Debug *ar) {
  (void)ar;
  if (++hooked != stop_at) return;
  (void)luaL_error(L, "the host says stop");
}

static void host_s_hook_stays_and_reaches_tasks(void) {
  lua_State *L = open_libraries(luaL_newstate());
  lua_sethook(L, on_count, LUA_MASKCOUNT, 1000);
  run(L, work);
  stop_at = hooked + 50;
  run(L, "local moons = require 'moons' local task = moons.task(function() while true do end end) "
         "return select(2, pcall(task.result, task))");
  CHECK(strstr(text(L), "the host says stop") != NULL);
  CHECK(lua_gethook(L) == on_count && lua_gethookcount(L) == 1000);
  long before = hooked;
  run(L, "for i = 1, 100000 do end");
  CHECK(hooked > before);
  lua_close(L);
}

/* ---- signals ---- */

static volatile sig_atomic_t urgent;

static void on_urgent(int signal) {
  (void)signal;
  urgent++;
}

static const char cancel[] = "local moons = require 'moons' "
                             "local t = moons.spawn(function() while true do end end) "
                             "moons.sleep(0.01) t:cancel() pcall(t.join, t) return t:status()";

static void signal_is_given_back(void) {
  struct sigaction now;
  lua_State *L = open_libraries(luaL_newstate());
  run(L, cancel);
  CHECK(strcmp(text(L), "cancelled") == 0);
  (void)sigaction(SIGURG, NULL, &now);
  CHECK(now.sa_handler != SIG_DFL);
  lua_close(L);
  (void)sigaction(SIGURG, NULL, &now);
  CHECK(now.sa_handler == SIG_DFL);
}

/* The highest real-time signal that a program may have is another one under valgrind. */
static int handled_real_time_signals(void) {
  int count = 0;
  for (int signal = SIGRTMIN; signal <= SIGRTMAX; signal++) {
    struct sigaction now;
    (void)sigaction(signal, NULL, &now);
    if (now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN) count++;
  }
  return count;
}

static void host_s_signal_stays_its_own(void) {
  struct sigaction now;
  (void)signal(SIGURG, on_urgent);
  lua_State *L = open_libraries(luaL_newstate());
  run(L, cancel);
  CHECK(strcmp(text(L), "cancelled") == 0);
  CHECK(raise(SIGURG) == 0 && urgent == 1);
  CHECK(handled_real_time_signals() == 1);
  lua_close(L);
  (void)sigaction(SIGURG, NULL, &now);
  CHECK(now.sa_handler == on_urgent);
  CHECK(handled_real_time_signals() == 0);
  (void)signal(SIGURG, SIG_DFL);
}

int main(int count, char **arguments) {
  if (count < 2) return 2;
  path = arguments[1];
  count_those_of_others();
  allocator_stays_the_host_s();
  older_coroutines_and_a_used_word();
  globals_stay_as_they_are();
  the_same_table_each_time();
  a_library_that_is_missing_is_named();
  end_joins_and_cancels();
  old_finalizers_find_it_gone();
  two_states_in_one_thread();
  states_in_several_threads();
  deep_values_on_a_small_stack();
  closed_when_its_thread_is_gone();
  loaded_again_and_again();
  host_s_hook_stays_and_reaches_tasks();
  signal_is_given_back();
  host_s_signal_stays_its_own();
  return failures > 0;
}

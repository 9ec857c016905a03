/* tests/c/progress_test.c -- bars as other modules make them, with a terminal and without; and each
 * allocation that fails on the way. */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include <fcntl.h>
#include <lauxlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "check.h"
#include "core/runtime.h"
#include "core/state.h"
#include "core/status_line.h"
#include "moons/moons_lua.h"
#include "progress/progress_lua.h"
#include "progress/progress_text.h"

static mn_runtime *runtime;

static mn_state *open_state(void) {
  mn_state *state = mn_state_open(runtime, runtime->main, NULL);
  CHECK(state);
  lua_pushcfunction(state->main, mn_l_progress_new);
  lua_setglobal(state->main, "new");
  return state;
}

/* Runs the code in a state of its own. */
static void run(const char *code) {
  mn_state *state = open_state();
  if (luaL_loadbuffer(state->main, code, strlen(code), "=code") != LUA_OK ||
      lua_pcall(state->main, 0, 0, 0) != LUA_OK) {
    fprintf(stderr, "%s\n", lua_tostring(state->main, -1));
    CHECK(false);
  }
  mn_state_close(state, NULL);
}

static void every_option_gives_a_bar(void) {
  run("for _, options in ipairs { true, {}, { desc = 'd', unit = 'u', total = 3 } } do\n"
      "  for total = 0, 2 do\n"
      "    local bar <close> = new(options, total)\n"
      "    bar:add(2); bar:add(0); bar:close(); bar:close(); bar:add(1)\n"
      "  end\n"
      "  local bar <close> = new(options)\n"
      "  bar:add(1)\n"
      "end\n"
      "for _, none in ipairs { false, { nil } } do\n"
      "  local bar <close> = new(none and nil, 5)\n"
      "  bar:add(1); bar:close()\n"
      "end");
}

static void wrong_options_are_told_where_they_were_given(void) {
  run("local function map(options, level) local bar = new(options, 5, level) return bar end\n"
      "local function check(wanted, ...)\n"
      "  local ok, message = pcall(function(...) local b = map(...) return b end, ...)\n"
      "  assert(not ok and message == wanted, message)\n"
      "end\n"
      "check(\"code:1: bad option 'progress' (unknown field 'size')\", { size = 1 })\n"
      "check(\"code:3: bad option 'progress' (table expected, got number)\", 1, 2)\n"
      "check(\"code:3: bad option 'progress' (field 'desc' must be a string)\", { desc = 1 }, 2)");
}

static void text_is_measured_by_columns(void) {
  static const struct {
    const char *text, *clean, *ascii;
    int columns;
  } cases[] = {
      {"", "", "", 0},
      {"abc", "abc", "abc", 3},
      {"\u00E4\u4E2D\U0001F600", "\u00E4\u4E2D\U0001F600", "???", 5},
      {"e\u0301\u200D!", "e\u0301\u200D!", "e\?\?!", 2},
      {"a\tb\x7F\xC2\x85", "a?b??", "a?b??", 5},
      {"\xFF\xC3(\xE4\xB8", "\?\?(\?\?", "\?\?(\?\?", 5}, /* not UTF-8, and cut off */
      {"\xC0\x80\xED\xA0\x80\xF4\x90\x80\x80", "?????????", "?????????", 9}, /* forbidden */
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[64];
    mn_text_clean(text, sizeof text, cases[i].text, false);
    CHECK(strcmp(text, cases[i].ascii) == 0);
    mn_text_clean(text, sizeof text, cases[i].text, true);
    CHECK(strcmp(text, cases[i].clean) == 0);
    CHECK(mn_text_columns(text) == cases[i].columns);
    for (int columns = cases[i].columns; columns >= 0; columns--) {
      mn_text_cut(text, columns);
      CHECK(mn_text_columns(text) <= columns && strncmp(text, cases[i].clean, strlen(text)) == 0);
    }
  }
  char few[4];
  mn_text_clean(few, sizeof few, "ab\u00E4", true);
  CHECK(strcmp(few, "ab") == 0);
}

/* ---- with a terminal ---- */

/* Makes standard error a terminal; gives its other end. */
static int open_terminal(void) {
  int master = posix_openpt(O_RDWR | O_NOCTTY);
  CHECK(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
  int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
  CHECK(terminal >= 0 && dup2(terminal, 2) == 2);
  CHECK(fcntl(master, F_SETFL, O_NONBLOCK) == 0);
  return master;
}

/* What has come to the terminal since the last call. */
static const char *read_terminal(int master) {
  static char text[65536];
  ssize_t size = 0, got;
  while ((got = read(master, text + size, sizeof text - 1 - (size_t)size)) > 0) size += got;
  text[size] = '\0';
  return text;
}

#ifdef MN_FAULTS
static void every_failing_allocation_is_survived(int master) {
  static const char code[] = "local bar <close> = new({ desc = 'd' }, 3) bar:add(1)";
  bool done = false;
  for (long n = 0; !done; n++) {
    mn_state *state = open_state();
    CHECK(luaL_loadstring(state->main, code) == LUA_OK);
    mn_alloc_fail_at(n, 0);
    done = lua_pcall(state->main, 0, 0, 0) == LUA_OK;
    CHECK(done || mn_alloc_did_fail());
    mn_alloc_fail_at(-1, 0);
    mn_state_close(state, NULL);
    /* What is on the terminal was closed: nothing comes when lines are drawn. */
    (void)read_terminal(master);
    mn_status_line_redraw();
    CHECK(*read_terminal(master) == '\0');
  }
}
#endif

static void bars_are_on_the_terminal(int master) {
  run("local bar = new({ desc = 'mine' }, 4) bar:add(1) bar:close()");
  const char *text = read_terminal(master);
  CHECK(strstr(text, "mine:   0%") && strstr(text, "mine:  25%") && strstr(text, " 1/4 ["));
  run("local bar = new(nil, 4) bar:add(1) bar:close()");
  CHECK(*read_terminal(master) == '\0');
}

static void c_counts_too(int master) {
  mn_state *state = open_state();
  lua_State *L = state->main;
  CHECK(luaL_dostring(L, "return new({ desc = 'c' }, 4), new(nil), new") == LUA_OK);
  (void)read_terminal(master);
  for (int index = -3; index <= -1; index++) {
    mn_progress_bar_add(L, index, 2);
    mn_progress_bar_close(L, index);
    mn_progress_bar_close(L, index);
    mn_progress_bar_add(L, index, 1);
  }
  const char *text = read_terminal(master);
  CHECK(strstr(text, "c:  50%") && strstr(text, " 2/4 ["));
  mn_state_close(state, NULL);
  CHECK(*read_terminal(master) == '\0');
}

/* A C function of another module that has the option. */
static int l_map(lua_State *L) {
  lua_pushcfunction(L, mn_l_progress_new);
  lua_pushvalue(L, 1);
  lua_pushnil(L);
  lua_pushinteger(L, 2);
  lua_call(L, 3, 1);
  return 1;
}

static void a_c_function_tells_the_line_of_the_script(void) {
  mn_state *state = open_state();
  lua_State *L = state->main;
  lua_pushcfunction(L, l_map);
  lua_setglobal(L, "map");
  CHECK(luaL_loadstring(L, "\nlocal bar = map { size = 1 }") == LUA_OK);
  CHECK(lua_pcall(L, 0, 0, 0) == LUA_ERRRUN);
  CHECK(strstr(lua_tostring(L, -1), ":2: bad option 'progress' (unknown field 'size')"));
  mn_state_close(state, NULL);
}

static void a_bar_may_be_left_before_it_is_closed(int master) {
  mn_state *state = open_state();
  CHECK(luaL_dostring(state->main, "bar = new({ desc = 'left' }) bar:add(1)") == LUA_OK);
  (void)read_terminal(master);
  mn_status_line_leave();
  CHECK(strstr(read_terminal(master), "left: 1 it"));
  CHECK(luaL_dostring(state->main, "bar:add(1) bar:close()") == LUA_OK);
  mn_state_close(state, NULL);
  CHECK(*read_terminal(master) == '\0');
}

static void open_runtime(void) {
  runtime = mn_runtime_new(mn_libraries_open);
  CHECK(runtime);
}

int main(void) {
  open_runtime();
  RUN(every_option_gives_a_bar);
  RUN(wrong_options_are_told_where_they_were_given);
  RUN(text_is_measured_by_columns);
  (void)mn_runtime_free(runtime);

  CHECK(setenv("TERM", "xterm", 1) == 0 && setenv("NO_COLOR", "1", 1) == 0);
  int master = open_terminal();
  open_runtime();
  RUN(every_option_gives_a_bar);
  RUN(wrong_options_are_told_where_they_were_given);
  (void)read_terminal(master);
  bars_are_on_the_terminal(master);
  c_counts_too(master);
  a_c_function_tells_the_line_of_the_script();
  a_bar_may_be_left_before_it_is_closed(master);
#ifdef MN_FAULTS
  every_failing_allocation_is_survived(master);
#endif
  (void)mn_runtime_free(runtime);
  return 0;
}

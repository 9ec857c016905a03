/* tests/c/face_test.c -- a built-in Lua file is run once in each state that asks for it. */
#include "core/face.h"

#include <string.h>

#include "check.h"
#include "core/runtime.h"
#include "core/state.h"
#include "moons/moons_lua.h"

static mn_runtime *runtime;

/* The address of what the file "re" returns, or NULL when it is no table. */
static const void *push_re(lua_State *L) {
  mn_face_push(L, "re", NULL);
  const void *address = lua_istable(L, -1) ? lua_topointer(L, -1) : NULL;
  lua_pop(L, 1);
  return address;
}

static void a_file_is_run_once_in_each_state(void) {
  mn_state *a = mn_state_open(runtime, runtime->main, NULL);
  mn_state *b = mn_state_open(runtime, runtime->main, NULL);
  const void *of_a = push_re(a->main), *of_b = push_re(b->main);
  CHECK(of_a && of_b && of_a != of_b);
  lua_gc(a->main, LUA_GCCOLLECT);
  CHECK(push_re(a->main) == of_a);
  CHECK(lua_gettop(a->main) == 0);
  mn_state_close(a, NULL);
  mn_state_close(b, NULL);
}

static int l_push_missing(lua_State *L) {
  mn_face_push(L, "no/such", NULL);
  return 1;
}

static void a_file_that_is_not_there_is_an_error(void) {
  mn_state *state = mn_state_open(runtime, runtime->main, NULL);
  lua_State *L = state->main;
  lua_pushcfunction(L, l_push_missing);
  CHECK(lua_pcall(L, 0, 1, 0) == LUA_ERRRUN);
  CHECK(strcmp(lua_tostring(L, -1), "no embedded file 'no/such'") == 0);
  lua_settop(L, 0);
  mn_state_close(state, NULL);
}

static int l_push_re(lua_State *L) {
  mn_face_push(L, "re", NULL);
  return 1;
}

/* re.lua requires lpeg, and is made to fail by that. */
static void a_run_that_throws_leaves_nothing(void) {
  mn_state *state = mn_state_open(runtime, runtime->main, NULL);
  lua_State *L = state->main;
  CHECK(luaL_dostring(L, "original = require; function require() error('not now', 0) end") == 0);
  lua_pushcfunction(L, l_push_re);
  CHECK(lua_pcall(L, 0, 1, 0) == LUA_ERRRUN && strcmp(lua_tostring(L, -1), "not now") == 0);
  CHECK(luaL_dostring(L, "require = original") == 0);
  CHECK(push_re(L));
  lua_settop(L, 0);
  mn_state_close(state, NULL);
}

static void a_file_gets_the_functions(void) {
  static const luaL_Reg functions[] = {{"push", l_push_re}, {NULL, NULL}};
  mn_state *state = mn_state_open(runtime, runtime->main, NULL);
  lua_State *L = state->main;
  /* re.lua's first act is a require: there the chunk's argument can be looked at. */
  CHECK(luaL_dostring(L, "original = require; function require(name)\n"
                         "  for i = 1, 9 do\n"
                         "    local name, value = debug.getlocal(2, -i)\n"
                         "    if name then given = value end\n"
                         "  end\n"
                         "  return original(name)\n"
                         "end") == 0);
  mn_face_push(L, "re", functions);
  CHECK(luaL_dostring(L, "assert(type(given) == 'table' and type(given.push) == 'function')") == 0);
  lua_settop(L, 0);
  mn_state_close(state, NULL);
}

int main(void) {
  runtime = mn_runtime_new(mn_libraries_open);
  CHECK(runtime);
  RUN(a_file_is_run_once_in_each_state);
  RUN(a_file_that_is_not_there_is_an_error);
  RUN(a_run_that_throws_leaves_nothing);
  RUN(a_file_gets_the_functions);
  (void)mn_runtime_free(runtime);
  return 0;
}

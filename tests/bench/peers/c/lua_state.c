/* peers/c/lua_state.c -- `lua_state new N` opens a Lua state with its libraries and closes it, N times;
 * `lua_state call N` calls a function in one. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static lua_State *state;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void new_state(void) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  lua_close(L);
}

static void call(void) {
  lua_pushvalue(state, 1);
  lua_pushinteger(state, 40);
  lua_pushinteger(state, 2);
  if (lua_pcall(state, 2, 1, 0) != LUA_OK || lua_tointeger(state, -1) != 42) exit(1);
  lua_pop(state, 1);
}

int main(int argc, char **argv) {
  long n = argc == 3 ? atol(argv[2]) : 0;
  if (n < 1) return 2;
  void (*once)(void) = strcmp(argv[1], "new") == 0 ? new_state : call;
  state = luaL_newstate();
  luaL_loadstring(state, "local a, b = ... return (a or 0) + (b or 0)");
  for (long i = 0; i < n / 10; i++) once();
  double start = now();
  for (long i = 0; i < n; i++) once();
  printf("seconds_each %.9g\n", (now() - start) / (double)n);
  lua_close(state);
  return 0;
}

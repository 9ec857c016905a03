/* main/check.c -- the Lua of `moons check`, and what it needs: its other files. */
#include "main/check.h"

#include <lauxlib.h>
#include <stdio.h>

#include "core/face.h"
#include "main/excerpt_lua.h"
#include "main/lexer_lua.h"

enum { EXIT_USAGE = 2 };

static int l_face(lua_State *L);

static const luaL_Reg functions[] = {{"face", l_face},
                                     {"next_token", mn_lexer_l_next},
                                     {"next_line", mn_excerpt_l_next_line},
                                     {"error_place", mn_excerpt_l_error_place},
                                     {"draw", mn_excerpt_l_draw},
                                     {NULL, NULL}};

/* face(name): the value of another built-in file. */
static int l_face(lua_State *L) {
  mn_face_push(L, luaL_checkstring(L, 1), functions);
  return 1;
}

typedef struct job {
  int count;
  char **arguments;
} job;

static int l_run(lua_State *L) {
  const job *j = lua_touserdata(L, 1);
  mn_face_push(L, "main/check", functions);
  lua_createtable(L, j->count, 0);
  for (int i = 0; i < j->count; i++) {
    lua_pushstring(L, j->arguments[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_call(L, 1, 1);
  return 1;
}

int mn_check_run(mn_state *state, int count, char **arguments) {
  job j = {count, arguments};
  lua_State *L = state->main;
  lua_pushcfunction(L, l_run);
  lua_pushlightuserdata(L, &j);
  int status = EXIT_USAGE;
  if (lua_pcall(L, 1, 1, 0) == LUA_OK)
    status = (int)lua_tointeger(L, -1);
  else
    (void)fprintf(stderr, "moons: %s\n", luaL_tolstring(L, -1, NULL));
  lua_settop(L, 0);
  return status;
}

/* futures/list_lua.c -- a list with its length in n may have holes. */
#include "futures/list_lua.h"

#include <lauxlib.h>

#include "core/inside.h"

enum { MOST = 100000 }; /* values */

int mn_list_length(lua_State *L, int index) {
  lua_getfield(L, index, "n");
  lua_Integer count = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : luaL_len(L, index);
  lua_pop(L, 1);
  if (count > MOST) luaL_error(L, "too many arguments in a list");
  return count < 0 ? 0 : (int)count;
}

int mn_list_push(lua_State *L, int index) {
  int count = mn_list_length(L, index);
  mn_stack_need(L, count + LUA_MINSTACK);
  for (int i = 1; i <= count; i++) lua_geti(L, index, i);
  return count;
}

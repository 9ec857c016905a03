/* array/array_value.c -- why a value is no element. */
#include "array/array_value.h"

const char *mn_push_misfit(lua_State *L, int index, unsigned kind) {
  if (lua_type(L, index) != LUA_TNUMBER)
    return lua_pushfstring(L, "number expected, got %s", luaL_typename(L, index));
  const char *text = luaL_tolstring(L, index, NULL);
  return lua_pushfstring(L, "%s does not fit %s", text, mn_kinds[kind].name);
}

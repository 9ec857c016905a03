/* core/lpeglib.c -- two entries in package.preload. */
#include "core/lpeglib.h"

#include <lauxlib.h>

#include "core/embedded.h"

#ifndef MN_MODULE

/* Of the static LPeg, which brings no header. */
int luaopen_lpeg(lua_State *L);

/* The loader of re: runs its source, as the searcher of files would. */
static int l_open_re(lua_State *L) {
  const mn_embedded *re = mn_embedded_find("re");
  if (!re) return luaL_error(L, "moons was built without the module 're'");
  if (luaL_loadbufferx(L, (const char *)re->data, re->size, "@re.lua", "t") != LUA_OK)
    return lua_error(L);
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  return 1;
}

void mn_lpeglib_open(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, luaopen_lpeg);
  lua_setfield(L, -2, "lpeg");
  lua_pushcfunction(L, l_open_re);
  lua_setfield(L, -2, "re");
  lua_pop(L, 1);
}

#else

/* A host has the LPeg of its system, or none. */
void mn_lpeglib_open(lua_State *L) {
  (void)L;
}

#endif

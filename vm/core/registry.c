/* core/registry.c -- tables made when needed. */
#include "core/registry.h"

#include <string.h>

void mn_weak_table_push(lua_State *L, const char *mode) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushstring(L, mode);
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
}

/* The table on top of the stack is the registry's from now on. */
static void keep(lua_State *L, const void *key) {
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

void mn_registry_push_weak(lua_State *L, const void *key, const char *mode) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) == LUA_TTABLE) return;
  lua_pop(L, 1);
  mn_weak_table_push(L, mode);
  keep(L, key);
}

void mn_registry_push_metatable(lua_State *L, const void *key, lua_CFunction gc) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, gc);
  lua_setfield(L, -2, "__gc");
  keep(L, key);
}

/* Lua names a function by how it was called, and a finalizer "__gc"; but "hook" is what it says first,
 * when a hook's own work made the collector run. What a hook calls itself gets a string. */
bool mn_is_finalizing(lua_State *L) {
  lua_Debug ar;
  if (!lua_getstack(L, 0, &ar) || !lua_getinfo(L, "n", &ar)) return false;
  if (strcmp(ar.namewhat, "hook") == 0) return lua_type(L, 1) == LUA_TUSERDATA;
  return strcmp(ar.namewhat, "metamethod") == 0 && ar.name && strcmp(ar.name, "__gc") == 0;
}

/* core/face.c -- loading built-in Lua, and keeping what it returns.
 *
 * The value is in the registry under the address of the file's entry. */
#include "core/face.h"

#include <string.h>

#include "core/embedded.h"

static const mn_embedded *find(lua_State *L, const char *name) {
  const mn_embedded *file = mn_embedded_find(name);
  if (!file) luaL_error(L, "no embedded file '%s'", name);
  return file;
}

static void load(lua_State *L, const mn_embedded *file) {
  const char *chunk = lua_pushfstring(L, "=%s.lua", file->name);
  if (luaL_loadbufferx(L, (const char *)file->data, file->size, chunk, "t") != LUA_OK) lua_error(L);
  lua_remove(L, -2);
}

void mn_face_load(lua_State *L, const char *name) {
  load(L, find(L, name));
}

void mn_face_push(lua_State *L, const char *name, const luaL_Reg *functions) {
  const mn_embedded *file = find(L, name);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, file) != LUA_TNIL) return;
  lua_pop(L, 1);
  load(L, file);
  lua_pushnil(L);
  if (functions) {
    lua_newtable(L);
    luaL_setfuncs(L, functions, 0);
    lua_replace(L, -2);
  }
  lua_call(L, 1, 1);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, file);
}

/* The files of the library lie in the rooms of their modules. */
bool mn_face_is_source(const char *source) {
  if (*source++ != '=' || !strchr(source, '/') || strncmp(source, "main/", 5) == 0) return false;
  for (const mn_embedded *file = mn_embedded_files; file->name; file++) {
    size_t length = strlen(file->name);
    if (strncmp(source, file->name, length) == 0 && strcmp(source + length, ".lua") == 0)
      return true;
  }
  return false;
}

static int after_call(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return lua_gettop(L);
}

int mn_face_call(lua_State *L, const char *name, const luaL_Reg *functions, const char *field) {
  mn_face_push(L, name, functions);
  lua_getfield(L, -1, field);
  lua_replace(L, -2);
  lua_insert(L, 1);
  lua_callk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, after_call);
  return after_call(L, LUA_OK, 0);
}

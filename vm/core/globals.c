/* core/globals.c -- the record of a pristine state, a table in the registry. */
#include "core/globals.h"

#include <lauxlib.h>
#include <lualib.h>

#include "core/inside.h"

static const char RECORD_KEY;

/* Where the record has package.searchpath: after the tables. */
enum { SEARCHPATH = MN_ORIGINAL_FIELDS + 1 };

static int count_fields(lua_State *L, int index) {
  int count = 0;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) count++;
  return count;
}

/* Pushes a table with the string-keyed fields of the table at `index`. */
static void push_copy(lua_State *L, int index) {
  lua_createtable(L, 0, count_fields(L, index));
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) continue;
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, -5);
  }
}

/* Files are left out: io.stdout is a file like others, tied to its thread. */
static bool has_identity(lua_State *L, int index) {
  switch (lua_type(L, index)) {
    case LUA_TTABLE: return true;
    case LUA_TUSERDATA: return !luaL_testudata(L, index, LUA_FILEHANDLE);
    case LUA_TFUNCTION: return !lua_iscfunction(L, index);
    default: return false;
  }
}

/* Pushes a table with the module's fields that have identity; nil when it has none. */
static void push_fields(lua_State *L, int module) {
  lua_pushnil(L);
  if (!lua_istable(L, module)) return;
  for (lua_pushnil(L); lua_next(L, module); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || !has_identity(L, -1)) continue;
    if (lua_isnil(L, -3)) {
      lua_newtable(L);
      lua_replace(L, -4);
    }
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, -5);
  }
}

/* Pushes a table of the fields of all modules in the table at `loaded`, the globals left out: what
 * they hold are modules, or copied as globals. */
static void push_all_fields(lua_State *L, int loaded) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, loaded); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || lua_rawequal(L, -1, -4)) continue;
    push_fields(L, lua_gettop(L));
    lua_pushvalue(L, -3);
    lua_insert(L, -2);
    lua_rawset(L, -5);
  }
  lua_remove(L, -2);
}

/* Pushes package.searchpath, or nil. */
static void push_searchpath(lua_State *L, int loaded) {
  lua_getfield(L, loaded, LUA_LOADLIBNAME);
  if (lua_istable(L, -1))
    lua_getfield(L, -1, "searchpath");
  else
    lua_pushnil(L);
  lua_remove(L, -2);
}

void mn_globals_note_originals(lua_State *L) {
  mn_stack_need(L, 16);
  lua_createtable(L, SEARCHPATH, 0);
  int record = lua_gettop(L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  push_copy(L, record + 1);
  lua_rawseti(L, record, MN_ORIGINAL_GLOBALS);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  push_copy(L, record + 2);
  lua_rawseti(L, record, MN_ORIGINAL_PRELOAD);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  push_copy(L, record + 3);
  lua_rawseti(L, record, MN_ORIGINAL_LOADED);
  push_all_fields(L, record + 3);
  lua_rawseti(L, record, MN_ORIGINAL_FIELDS);
  lua_settop(L, record);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  push_searchpath(L, record + 1);
  lua_rawseti(L, record, SEARCHPATH);
  lua_settop(L, record);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &RECORD_KEY);
}

void mn_originals_push(lua_State *L, mn_originals which) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &RECORD_KEY) == LUA_TTABLE) {
    lua_rawgeti(L, -1, (int)which);
    lua_remove(L, -2);
  } else {
    lua_pop(L, 1);
    lua_newtable(L);
  }
}

void mn_original_searchpath_push(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &RECORD_KEY) == LUA_TTABLE)
    lua_rawgeti(L, -1, SEARCHPATH);
  else
    lua_pushnil(L);
  lua_remove(L, -2);
}

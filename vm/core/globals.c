/* core/globals.c -- the record of a pristine state, a table in the registry.
 *
 * In a state that is copied there is only the list of the objects that the record would name: they
 * must not be collected, or an address might come to mean something else. Where the record is needed
 * after all, core/originals.c gets it from another copy. */
#include "core/globals.h"

#include <lauxlib.h>
#include <lualib.h>

#include "core/inside.h"

static const char RECORD_KEY, KEPT_KEY;

enum { SEARCHPATH = MN_ORIGINAL_SEARCHPATH };

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

void mn_globals_push_fields(lua_State *L, int module) {
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
    mn_globals_push_fields(L, lua_gettop(L));
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

void mn_globals_push_record(lua_State *L) {
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
}

/* ---- what must not be collected ---- */

/* True for what is told from others by its address, of an object that may be collected. */
static bool is_object(lua_State *L, int index) {
  switch (lua_type(L, index)) {
    case LUA_TTABLE:
    case LUA_TUSERDATA: return true;
    case LUA_TFUNCTION:
      if (lua_iscfunction(L, index) && !lua_getupvalue(L, index, 1)) return false;
      if (lua_iscfunction(L, index)) lua_pop(L, 1);
      return true;
    default: return false;
  }
}

lua_Integer mn_globals_find_kept(lua_State *L, int kept, int index) {
  lua_Integer count = (lua_Integer)lua_rawlen(L, kept);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, kept, i);
    bool found = lua_rawequal(L, -1, index);
    lua_pop(L, 1);
    if (found) return i;
  }
  return 0;
}

/* Appends the objects among the table's values to the list; those of the tables in it when it is
 * `deep`. */
static void keep_values(lua_State *L, int list, int table, bool deep) {
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    int value = lua_gettop(L);
    if (deep)
      keep_values(L, list, value, false);
    else if (is_object(L, value) && mn_globals_find_kept(L, list, value) == 0) {
      lua_pushvalue(L, value);
      lua_rawseti(L, list, (lua_Integer)lua_rawlen(L, list) + 1);
    }
  }
}

/* Pushes a list of all objects in the record on top of the stack, in no more room than they need. */
static void push_objects(lua_State *L) {
  int record = lua_gettop(L), list = record + 1;
  lua_newtable(L);
  for (int which = MN_ORIGINAL_GLOBALS; which <= MN_ORIGINAL_FIELDS; which++) {
    lua_rawgeti(L, record, which);
    keep_values(L, list, list + 1, which == MN_ORIGINAL_FIELDS);
    lua_pop(L, 1);
  }
  int count = (int)lua_rawlen(L, list);
  lua_createtable(L, count, 0);
  for (int i = 1; i <= count; i++) {
    lua_rawgeti(L, list, i);
    lua_rawseti(L, list + 1, i);
  }
  lua_replace(L, list);
}

void mn_globals_note_originals(lua_State *L, bool keep_only) {
  mn_globals_push_record(L);
  if (keep_only) {
    push_objects(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &KEPT_KEY);
    lua_pop(L, 1);
  } else {
    mn_globals_set_record(L);
  }
}

/* ---- reading ---- */

void mn_globals_set_record(lua_State *L) {
  lua_rawsetp(L, LUA_REGISTRYINDEX, &RECORD_KEY);
}

bool mn_globals_push_noted(lua_State *L) {
  return lua_rawgetp(L, LUA_REGISTRYINDEX, &RECORD_KEY) == LUA_TTABLE;
}

bool mn_globals_push_kept(lua_State *L) {
  return lua_rawgetp(L, LUA_REGISTRYINDEX, &KEPT_KEY) == LUA_TTABLE;
}

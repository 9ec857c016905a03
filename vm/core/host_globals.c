/* core/host_globals.c -- what a host's state has of its own, by comparison with a plain one.
 *
 * The functions of Lua's libraries are the same C functions in both. Tables can't be compared; a library
 * is what package.loaded has under its name, and no script puts anything else there. */
#include "core/host_globals.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "core/globals.h"
#include "core/inside.h"

/* Stack of L: */
enum { RECORD = 1, LOADED, GLOBALS };

/* Whether the value on top of the stack of L is what the one on top of the plain state's is there. */
static bool is_alike(lua_State *L, lua_State *plain, const char *name) {
  int type = lua_type(L, -1);
  if (type != lua_type(plain, -1)) return false;
  if (type == LUA_TFUNCTION) return lua_tocfunction(L, -1) == lua_tocfunction(plain, -1);
  if (type == LUA_TSTRING) return strcmp(lua_tostring(L, -1), lua_tostring(plain, -1)) == 0;
  if (type != LUA_TTABLE) return false;
  lua_getfield(L, LOADED, name);
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 1);
  return same;
}

/* Enters what the table at `from` of L has under the name on the plain stack, below its value there, in
 * the table at `to`, if `is_any` or alike. */
static void enter(lua_State *L, lua_State *plain, int from, int to, bool is_any) {
  const char *name = lua_tostring(plain, -2);
  lua_pushstring(L, name);
  lua_rawget(L, from);
  if (is_any ? lua_type(L, -1) == lua_type(plain, -1) : is_alike(L, plain, name))
    lua_setfield(L, to, name);
  else
    lua_pop(L, 1);
}

static bool is_named(lua_State *plain) {
  return lua_type(plain, -2) == LUA_TSTRING;
}

/* The table on top of the plain stack, and of L's at `from`: what both have goes into part `which`. */
static void note(lua_State *L, lua_State *plain, int from, mn_originals which) {
  lua_newtable(L);
  int to = lua_gettop(L);
  for (lua_pushnil(plain); lua_next(plain, -2); lua_pop(plain, 1))
    if (is_named(plain)) enter(L, plain, from, to, which == MN_ORIGINAL_LOADED);
  lua_rawseti(L, RECORD, which);
}

/* Pushes the fields of the library whose name is below it on the plain stack that have identity there. */
static void push_fields(lua_State *L, lua_State *plain) {
  lua_newtable(L);
  int to = lua_gettop(L);
  lua_getfield(L, LOADED, lua_tostring(plain, -2));
  bool is_library = lua_istable(L, to + 1);
  for (lua_pushnil(plain); lua_next(plain, -2); lua_pop(plain, 1))
    if (is_library && is_named(plain) && lua_istable(plain, -1)) enter(L, plain, to + 1, to, true);
  lua_settop(L, to);
}

/* The libraries are on top of the plain stack. */
static void note_fields(lua_State *L, lua_State *plain) {
  lua_newtable(L);
  int all = lua_gettop(L);
  for (lua_pushnil(plain); lua_next(plain, -2); lua_pop(plain, 1)) {
    const char *name = lua_tostring(plain, -2);
    if (strcmp(name, LUA_GNAME) == 0 || !lua_istable(plain, -1)) continue;
    push_fields(L, plain);
    lua_setfield(L, all, name);
  }
  lua_getfield(L, LOADED, "moons");
  mn_globals_push_fields(L, lua_gettop(L));
  lua_setfield(L, all, "moons");
  lua_settop(L, all);
  lua_rawseti(L, RECORD, MN_ORIGINAL_FIELDS);
}

static void note_searchpath(lua_State *L) {
  lua_getfield(L, LOADED, LUA_LOADLIBNAME);
  if (!lua_istable(L, -1)) return;
  lua_getfield(L, -1, "searchpath");
  if (!lua_iscfunction(L, -1)) return;
  lua_rawseti(L, RECORD, MN_ORIGINAL_SEARCHPATH);
}

/* A lua_CFunction, so that its stack begins at 1. Takes the plain state. */
static int l_note(lua_State *L) {
  lua_State *plain = lua_touserdata(L, 1);
  mn_stack_need(L, LUA_MINSTACK);
  lua_settop(L, 0);
  lua_createtable(L, MN_ORIGINAL_SEARCHPATH, 0);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_settop(plain, 0);
  lua_pushglobaltable(plain);
  note(L, plain, GLOBALS, MN_ORIGINAL_GLOBALS);
  (void)lua_getfield(plain, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  note(L, plain, LOADED, MN_ORIGINAL_LOADED);
  lua_rawgeti(L, RECORD, MN_ORIGINAL_LOADED);
  lua_getfield(L, LOADED, "moons");
  lua_setfield(L, -2, "moons");
  note_fields(L, plain);
  lua_newtable(L);
  lua_rawseti(L, RECORD, MN_ORIGINAL_PRELOAD);
  note_searchpath(L);
  lua_settop(L, RECORD);
  mn_globals_set_record(L);
  return 0;
}

void mn_host_globals_note(lua_State *L, lua_State *plain) {
  lua_pushcfunction(L, l_note);
  lua_pushlightuserdata(L, plain);
  lua_call(L, 1, 0);
}

/* core/originals.c -- the record of a state that is a copy, made when it is first asked for.
 *
 * Most threads never ask, so the record is no part of the template. All copies are alike before
 * scripts run: so one more copy is made, in a block of its own, and what it has is looked up. An
 * object of it stands for the object of this state that is at the same place in the list of what is
 * kept. */
#include "core/originals.h"

#include <lauxlib.h>

#include "base/alloc.h"
#include "core/runtime_data.h"
#include "core/state_data.h"
#include "core/template.h"

/* In the pristine state's stack. */
enum { KEPT = 1, RECORD = 2 };

/* Has the lists of kept objects at KEPT in both stacks. */
typedef struct copier {
  lua_State *pristine, *L;
} copier;

static int l_prepare(lua_State *L) {
  (void)mn_globals_push_kept(L);
  mn_globals_push_record(L);
  return 2;
}

/* Pushes the value on top of the pristine stack. */
static void push_value(const copier *c) {
  lua_State *from = c->pristine, *L = c->L;
  size_t size;
  const char *text;
  switch (lua_type(from, -1)) {
    case LUA_TSTRING:
      text = lua_tolstring(from, -1, &size);
      lua_pushlstring(L, text, size);
      return;
    case LUA_TNUMBER:
      if (lua_isinteger(from, -1))
        lua_pushinteger(L, lua_tointeger(from, -1));
      else
        lua_pushnumber(L, lua_tonumber(from, -1));
      return;
    case LUA_TBOOLEAN: lua_pushboolean(L, lua_toboolean(from, -1)); return;
    case LUA_TLIGHTUSERDATA: lua_pushlightuserdata(L, lua_touserdata(from, -1)); return;
    default: break;
  }
  lua_Integer place = mn_globals_find_kept(from, KEPT, lua_gettop(from));
  if (place > 0)
    lua_rawgeti(L, KEPT, place);
  else if (lua_iscfunction(from, -1))
    lua_pushcfunction(L, lua_tocfunction(from, -1));
  else
    lua_pushnil(L);
}

/* Pushes a copy of the table on top of the pristine stack; when it is `deep`, of the tables in it,
 * too. */
static void push_table(const copier *c, bool deep) {
  lua_State *from = c->pristine, *L = c->L;
  int table = lua_gettop(from), count = 0;
  for (lua_pushnil(from); lua_next(from, table); lua_pop(from, 1)) count++;
  lua_createtable(L, 0, count);
  for (lua_pushnil(from); lua_next(from, table); lua_pop(from, 1)) {
    lua_pushstring(L, lua_tostring(from, -2));
    if (deep)
      push_table(c, false);
    else
      push_value(c);
    lua_rawset(L, -3);
  }
}

/* Copies the record of the pristine state, which is prepared and the light userdata at 1. */
static int l_copy(lua_State *L) {
  copier c = {lua_touserdata(L, 1), L};
  (void)mn_globals_push_kept(L);
  lua_replace(L, KEPT);
  lua_createtable(L, MN_ORIGINAL_SEARCHPATH, 0);
  for (int which = MN_ORIGINAL_GLOBALS; which <= MN_ORIGINAL_SEARCHPATH; which++) {
    if (lua_rawgeti(c.pristine, RECORD, which) == LUA_TTABLE)
      push_table(&c, which == MN_ORIGINAL_FIELDS);
    else
      push_value(&c);
    lua_pop(c.pristine, 1);
    lua_rawseti(L, RECORD, which);
  }
  mn_globals_set_record(L);
  return 0;
}

/* A status of Lua's; on failure with the error value on top of the stack. */
static int copy_from(lua_State *pristine, lua_State *L) {
  lua_pushcfunction(pristine, l_prepare);
  if (lua_pcall(pristine, 0, 2, 0) != LUA_OK || !lua_checkstack(pristine, LUA_MINSTACK)) {
    lua_pushliteral(L, "not enough memory");
    return LUA_ERRMEM;
  }
  lua_pushcfunction(L, l_copy);
  lua_pushlightuserdata(L, pristine);
  return lua_pcall(L, 1, 0, 0);
}

/* Makes the record of a state that is a copy. */
static void make_record(lua_State *L, const mn_template *image) {
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  void *block = mn_arena_block_new();
  if (!block) luaL_error(L, "not enough memory");
  mn_state *pristine = mn_template_copy(image, block);
  int status = copy_from(pristine->main, L);
  mn_state_forget(pristine);
  mn_arena_close(pristine->arena); /* its finalizers have nothing to do */
  mn_free(block);
  if (status != LUA_OK) lua_error(L);
}

void mn_originals_push(lua_State *L, mn_originals which) {
  bool noted = mn_globals_push_noted(L);
  if (!noted && mn_globals_push_kept(L)) {
    lua_pop(L, 2);
    make_record(L, mn_state_of(L)->runtime->template_);
    noted = mn_globals_push_noted(L);
  }
  if (noted) {
    lua_rawgeti(L, -1, (int)which);
    lua_remove(L, -2);
  } else {
    lua_pop(L, 2);
    lua_newtable(L);
  }
}

/* shared/shared_walk_lua.c -- a snapshot in a userdata keeps the cells until Lua has their values. */
#include "shared/shared_walk_lua.h"

#include <lauxlib.h>
#include <limits.h>

#include "core/calling.h"
#include "core/inside.h"
#include "core/registry.h"
#include "shared/shared_call_lua.h"
#include "shared/shared_snapshot.h"
#include "shared/shared_value_lua.h"

typedef struct walk {
  mn_snapshot snapshot;
  size_t next; /* number of the entry that pairs gives next */
} walk;

static const char WALK_KEY;

static int l_walk_gc(lua_State *L) {
  if (!mn_is_finalizing(L)) return 0;
  walk *w = lua_touserdata(L, 1);
  mn_snapshot_drop(&w->snapshot);
  return 0;
}

/* Pushes a snapshot of argument 1. */
static walk *push_walk(lua_State *L, bool deep) {
  mn_shared *shared = mn_check_shared(L);
  walk *w = lua_newuserdatauv(L, sizeof *w, 0);
  *w = (walk){0};
  lua_rawgetp(L, LUA_REGISTRYINDEX, &WALK_KEY);
  lua_setmetatable(L, -2);
  if (mn_snapshot_take(&w->snapshot, shared, mn_waiter_of(L), deep) != MN_OK)
    luaL_error(L, "not enough memory");
  return w;
}

/* Upvalue 1: the snapshot. */
static int l_next(lua_State *L) {
  walk *w = lua_touserdata(L, lua_upvalueindex(1));
  if (w->next >= mn_snapshot_part(&w->snapshot, 0)->count) {
    lua_pushnil(L);
    return 1;
  }
  const mn_slot *entry = mn_snapshot_entry(&w->snapshot, w->next++);
  mn_cell_push(L, &entry->key);
  mn_cell_push(L, &entry->value);
  return 2;
}

int mn_l_shared_pairs(lua_State *L) {
  (void)push_walk(L, false);
  lua_pushcclosure(L, l_next, 1);
  return 1;
}

/* ---- copy ---- */

static int size_hint(size_t size) {
  return size < INT_MAX ? (int)size : INT_MAX;
}

/* Fills the table of part `number`; `tables` is the stack index of all of them. */
static void fill(lua_State *L, const mn_snapshot *snapshot, size_t number, int tables) {
  const mn_part *part = mn_snapshot_part(snapshot, number);
  lua_rawgeti(L, tables, (lua_Integer)number + 1);
  for (size_t i = part->first; i < part->first + part->count; i++) {
    mn_slot *entry = mn_snapshot_entry(snapshot, i);
    mn_cell_push(L, &entry->key);
    if (entry->value.head.tag == MN_CELL_PART)
      lua_rawgeti(L, tables, entry->value.body.as.integer + 1);
    else
      mn_cell_push(L, &entry->value);
    lua_rawset(L, -3);
  }
  lua_pop(L, 1);
}

int mn_l_shared_copy(lua_State *L) {
  walk *w = push_walk(L, true);
  size_t count = w->snapshot.parts.size / sizeof(mn_part);
  mn_stack_need(L, 8);
  lua_createtable(L, size_hint(count), 0);
  int tables = lua_gettop(L);
  for (size_t i = 0; i < count; i++) {
    const mn_part *part = mn_snapshot_part(&w->snapshot, i);
    lua_createtable(L, size_hint(part->items), size_hint(part->count - part->items));
    lua_rawseti(L, tables, (lua_Integer)i + 1);
  }
  for (size_t i = 0; i < count; i++) fill(L, &w->snapshot, i, tables);
  mn_snapshot_drop(&w->snapshot);
  lua_rawgeti(L, tables, 1);
  return 1;
}

void mn_shared_walks_open(lua_State *L) {
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, l_walk_gc);
  lua_setfield(L, -2, "__gc");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &WALK_KEY);
}

/* shared/shared_value_lua.h -- cells made of Lua values, and Lua values of cells.
 * Level stdlib. Owner thread only. What takes a lua_State may throw unless it says otherwise. */
#ifndef MN_SHARED_VALUE_LUA_H
#define MN_SHARED_VALUE_LUA_H

#include <lua.h>

#include "shared/shared_tree.h"

/* Once in each state, before anything else here. */
void mn_shared_values_open(lua_State *L);

/* ---- keys ---- */

/* Makes a key of the value at `index`, which must stay there as long as the key is used. False: no
 * table of Lua or Shared has such a key. Never throws. */
bool mn_to_key(lua_State *L, int index, const mn_shared *shared, mn_key *key);
/* Throws that what is at `index` is no key. */
int mn_throw_bad_key(lua_State *L, int index);

/* ---- out ---- */

/* Pushes the value of a cell that somebody else keeps meanwhile; absent is nil. */
void mn_cell_push(lua_State *L, const mn_cell *cell);

/* Keeps a cell while it becomes a Lua value: a userdata, so that nothing is lost by an error. */
typedef struct mn_box {
  mn_cell cell;
  bool busy;
} mn_box;

/* Pushes an empty box. */
mn_box *mn_box_push(lua_State *L);
/* Empties it for the next use: for those whose value is not wanted. */
void mn_box_empty(mn_box *box);
/* Replaces the box on top of the stack by the value of its cell. */
void mn_box_open(lua_State *L);

/* ---- in ---- */

/* Makes a cell, with a reference if the tag has one, of a value that is no plain table; nil is
 * MN_CELL_NIL. Throws refusals at the caller's line, with `root` as the name of the value. */
mn_cell mn_leaf_cell(lua_State *L, int index, const char *root);

#endif

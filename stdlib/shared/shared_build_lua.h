/* shared/shared_build_lua.h -- what a script stores: values, and plain tables, which become tables
 * of the tree.
 * Level stdlib. Owner thread only. May throw unless it says otherwise. */
#ifndef MN_SHARED_BUILD_LUA_H
#define MN_SHARED_BUILD_LUA_H

#include <lua.h>

#include "shared/shared_tree.h"

typedef struct mn_build mn_build;

/* Once in each state, before anything else here. */
void mn_build_open(lua_State *L);

/* A value on its way into a Shared. */
typedef struct mn_value {
  mn_cell cell;    /* a reference, if the tag has one */
  mn_build *build; /* what keeps new tables until they are stored: on the Lua stack; or NULL */
} mn_value;

/* Makes a cell of the value at `index`, for the tree of `shared`; nil is MN_CELL_NIL. May push what
 * `build` is. Throws refusals at the caller's line, with `root` as the name of the value. After it
 * nothing may throw until one of the two below. */
mn_value mn_check_value(lua_State *L, int index, mn_shared *shared, const char *root);
/* The value was stored. Never throws. */
void mn_value_stored(mn_value *value);
/* It was not. Never throws. */
void mn_value_drop(mn_value *value);

/* Whether the table at `index` is plain, and so becomes a table of the tree instead of a value: it
 * has no metatable, is no class and no module, and not the table of globals. */
bool mn_is_plain_table(lua_State *L, int index);

/* Puts copies of all entries of the plain table at `index` into `shared`, which is new and empty. */
void mn_shared_fill(lua_State *L, int index, mn_shared *shared, const char *root);

#endif

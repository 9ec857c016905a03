/* futures/list_lua.h -- lists of arguments, as table.pack makes them or without holes.
 * Level stdlib. Owner thread only; may throw. */
#ifndef MN_FUTURES_LIST_LUA_H
#define MN_FUTURES_LIST_LUA_H

#include <lua.h>

/* How many values the list at `index` holds: its field n, or its length. */
int mn_list_length(lua_State *L, int index);

/* Pushes them; how many. */
int mn_list_push(lua_State *L, int index);

#endif

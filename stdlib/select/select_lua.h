/* select/select_lua.h -- waiting for the first of several things.
 * Level stdlib. Owner thread only. */
#ifndef MN_SELECT_SELECT_LUA_H
#define MN_SELECT_SELECT_LUA_H

#include <lua.h>

/* Adds `select` to the table on top of the stack. */
void mn_select_open(lua_State *L);

#endif

/* barrier/barrier_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_BARRIER_BARRIER_LUA_H
#define MN_BARRIER_BARRIER_LUA_H

#include <lua.h>

/* Adds Barrier to the table on top of the stack. */
void mn_barrier_open(lua_State *L);

#endif

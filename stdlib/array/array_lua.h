/* array/array_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_ARRAY_ARRAY_LUA_H
#define MN_ARRAY_ARRAY_LUA_H

#include <lua.h>

/* Adds Array to the table on top of the stack. */
void mn_array_open(lua_State *L);

#endif

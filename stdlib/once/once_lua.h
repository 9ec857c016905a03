/* once/once_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_ONCE_ONCE_LUA_H
#define MN_ONCE_ONCE_LUA_H

#include <lua.h>

/* Adds Once to the table on top of the stack. */
void mn_once_open(lua_State *L);

#endif

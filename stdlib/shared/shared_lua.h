/* shared/shared_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_SHARED_SHARED_LUA_H
#define MN_SHARED_SHARED_LUA_H

#include <lua.h>

/* Adds Shared to the table on top of the stack. */
void mn_shared_open(lua_State *L);

#endif

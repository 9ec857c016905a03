/* lock/lock_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_LOCK_LOCK_LUA_H
#define MN_LOCK_LOCK_LUA_H

#include <lua.h>

/* Adds Lock to the table on top of the stack. */
void mn_lock_open(lua_State *L);

#endif

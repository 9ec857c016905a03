/* rlock/rlock_lua.h -- opens the module. What an RLock is: lock/lock.h.
 * Level stdlib. */
#ifndef MN_RLOCK_RLOCK_LUA_H
#define MN_RLOCK_RLOCK_LUA_H

#include <lua.h>

/* Adds RLock to the table on top of the stack. */
void mn_rlock_open(lua_State *L);

#endif

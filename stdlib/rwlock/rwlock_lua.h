/* rwlock/rwlock_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_RWLOCK_RWLOCK_LUA_H
#define MN_RWLOCK_RWLOCK_LUA_H

#include <lua.h>

/* Adds RWLock to the table on top of the stack. */
void mn_rwlock_open(lua_State *L);

#endif

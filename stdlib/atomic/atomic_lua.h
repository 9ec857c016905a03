/* atomic/atomic_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_ATOMIC_ATOMIC_LUA_H
#define MN_ATOMIC_ATOMIC_LUA_H

#include <lua.h>

/* Adds Atomic to the table on top of the stack. */
void mn_atomic_open(lua_State *L);

#endif

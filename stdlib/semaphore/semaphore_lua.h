/* semaphore/semaphore_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_SEMAPHORE_SEMAPHORE_LUA_H
#define MN_SEMAPHORE_SEMAPHORE_LUA_H

#include <lua.h>

/* Adds Semaphore and BoundedSemaphore to the table on top of the stack. */
void mn_semaphore_open(lua_State *L);

#endif

/* threadlocal/threadlocal_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_THREADLOCAL_THREADLOCAL_LUA_H
#define MN_THREADLOCAL_THREADLOCAL_LUA_H

#include <lua.h>

/* Adds threadlocal to the table on top of the stack. */
void mn_threadlocal_open(lua_State *L);

#endif

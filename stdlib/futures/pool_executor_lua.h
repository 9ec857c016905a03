/* futures/pool_executor_lua.h -- ThreadPoolExecutor and ProcessPoolExecutor as Lua sees them.
 * Level stdlib. */
#ifndef MN_FUTURES_POOL_EXECUTOR_LUA_H
#define MN_FUTURES_POOL_EXECUTOR_LUA_H

#include <lua.h>

/* Makes the types known and puts their constructors into the table on top of the stack. */
void mn_pool_executor_open(lua_State *L);

#endif

/* futures/thread_pool_executor_lua.h -- ThreadPoolExecutor as Lua sees it.
 * Level stdlib. */
#ifndef MN_FUTURES_THREAD_POOL_EXECUTOR_LUA_H
#define MN_FUTURES_THREAD_POOL_EXECUTOR_LUA_H

#include <lua.h>

/* Makes the type known and puts its constructor into the table on top of the stack. */
void mn_thread_pool_executor_open(lua_State *L);

#endif

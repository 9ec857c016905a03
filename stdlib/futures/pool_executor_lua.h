/* futures/pool_executor_lua.h -- executors as Lua sees them, whatever their workers are.
 * Level stdlib. */
#ifndef MN_FUTURES_POOL_EXECUTOR_LUA_H
#define MN_FUTURES_POOL_EXECUTOR_LUA_H

#include <lua.h>

#include "futures/executor.h"

/* Makes the type known, and puts its constructor, under the type's name, into the table on top of the
 * stack. */
void mn_pool_executor_open(lua_State *L, const mn_executor_kind *kind);

#endif

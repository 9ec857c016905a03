/* process_pool/process_pool_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_PROCESS_POOL_PROCESS_POOL_LUA_H
#define MN_PROCESS_POOL_PROCESS_POOL_LUA_H

#include <lua.h>

/* Adds ProcessPoolExecutor to the field `futures` of the table on top of the stack. */
void mn_process_pool_open(lua_State *L);

#endif

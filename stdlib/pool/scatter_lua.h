/* pool/scatter_lua.h -- submitting a whole list at once.
 * Level stdlib. Owner thread only; may throw, at the caller's line. */
#ifndef MN_POOL_SCATTER_LUA_H
#define MN_POOL_SCATTER_LUA_H

#include <lua.h>

#include "futures/executor_lua.h"

/* (self, f, list): submits all of it, in chunks of `size` items; pushes the list of the chunks' futures, and
 * of how many items each has. What can't travel is refused before anything is submitted. `spread`: each
 * item is the list of a call's arguments. */
void mn_scatter(lua_State *L, mn_executor *executor, const mn_executor_kind *kind, uint32_t size,
                bool spread);

#endif

/* futures/routine_lua.h -- functions on their way to workers.
 * Level stdlib. Owner thread only; may throw. */
#ifndef MN_FUTURES_ROUTINE_LUA_H
#define MN_FUTURES_ROUTINE_LUA_H

#include <lua.h>

#include "futures/future.h"

/* The function at `index`, as it is now, a new reference; `root` names it in refusals. */
mn_routine *mn_routine_get(lua_State *L, int index, const char *root);

#endif

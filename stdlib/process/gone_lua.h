/* process/gone_lua.h -- the error that another process is gone.
 * Level stdlib. Owner thread only. */
#ifndef MN_PROCESS_GONE_LUA_H
#define MN_PROCESS_GONE_LUA_H

#include <lua.h>

#include "process/link.h"

/* Raises why the link is closed, at the line of Lua that calls. */
int mn_throw_gone(lua_State *L, mn_link *link);

/* Raises the message on top of the stack at the line of Lua that calls; pairs and select may be between. */
int mn_throw_here(lua_State *L);

#endif

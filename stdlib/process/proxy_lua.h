/* process/proxy_lua.h -- objects of other processes as Lua sees them: with the methods of their types.
 * Level stdlib. Owner thread only. */
#ifndef MN_PROCESS_PROXY_LUA_H
#define MN_PROCESS_PROXY_LUA_H

#include <lua.h>

/* Makes the type known. */
void mn_proxy_open(lua_State *L);

#endif

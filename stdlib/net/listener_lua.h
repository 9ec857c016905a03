/* net/listener_lua.h -- Listener as Lua sees it.
 * Level stdlib. Owner thread only. */
#ifndef MN_NET_LISTENER_LUA_H
#define MN_NET_LISTENER_LUA_H

#include <lua.h>

void mn_listener_open(lua_State *L);

#endif

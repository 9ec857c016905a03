/* net/net_lua.h -- moons.net, and moons.stdin.
 * Level stdlib. Owner thread only. */
#ifndef MN_NET_NET_LUA_H
#define MN_NET_NET_LUA_H

#include <lua.h>

/* Adds them to the table on top of the stack. */
void mn_net_open(lua_State *L);

#endif

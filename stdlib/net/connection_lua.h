/* net/connection_lua.h -- Connection as Lua sees it.
 * Level stdlib. Owner thread only. */
#ifndef MN_NET_CONNECTION_LUA_H
#define MN_NET_CONNECTION_LUA_H

#include "core/binding.h"
#include "net/connection.h"
#include "net/input.h"

void mn_connection_open(lua_State *L);

/* Pushes an address as text. */
void mn_push_address(lua_State *L, const mn_address *address);

/* Whether the process, or the system, had no descriptor left, and a collection may have freed some. */
bool mn_net_collects(lua_State *L, mn_status status);

#endif

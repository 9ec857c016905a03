/* remote/remote_lua.h -- moons.remote.
 * Level stdlib. Owner thread only. */
#ifndef MN_REMOTE_REMOTE_LUA_H
#define MN_REMOTE_REMOTE_LUA_H

#include <lauxlib.h>
#include <lua.h>

/* Adds it to the table on top of the stack. */
void mn_remote_open(lua_State *L);

#endif

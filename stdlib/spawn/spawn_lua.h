/* spawn/spawn_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_SPAWN_SPAWN_LUA_H
#define MN_SPAWN_SPAWN_LUA_H

#include <lua.h>

/* Adds spawn, current and threads to the table on top of the stack. */
void mn_spawn_open(lua_State *L);

#endif

/* actor/actor_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_ACTOR_ACTOR_LUA_H
#define MN_ACTOR_ACTOR_LUA_H

#include <lua.h>

/* Adds Actor to the table on top of the stack, and makes its types known to the state. */
void mn_actor_open(lua_State *L);

#endif

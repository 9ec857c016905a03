/* shared/shared_walk_lua.h -- what a script sees of snapshots: pairs and copy.
 * Level stdlib; private to the binding of Shared. Owner thread only; all may throw. */
#ifndef MN_SHARED_WALK_LUA_H
#define MN_SHARED_WALK_LUA_H

#include <lua.h>

void mn_shared_walks_open(lua_State *L);

int mn_l_shared_pairs(lua_State *L);
int mn_l_shared_copy(lua_State *L);

#endif

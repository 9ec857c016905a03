/* pool/pool_lua.h -- Pool as Lua sees it.
 * Level stdlib. */
#ifndef MN_POOL_POOL_LUA_H
#define MN_POOL_POOL_LUA_H

#include <lua.h>

/* Makes the type known and puts its constructor into the table on top of the stack. */
void mn_pool_open(lua_State *L);

#endif

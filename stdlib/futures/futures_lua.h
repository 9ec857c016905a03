/* futures/futures_lua.h -- the table `futures`.
 * Level stdlib. */
#ifndef MN_FUTURES_FUTURES_LUA_H
#define MN_FUTURES_FUTURES_LUA_H

#include <lua.h>

/* Makes the types known and puts the table into the table on top of the stack. */
void mn_futures_open(lua_State *L);

/* futures.wait */
int mn_futures_l_wait(lua_State *L);

#endif

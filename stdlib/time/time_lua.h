/* time/time_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_TIME_TIME_LUA_H
#define MN_TIME_TIME_LUA_H

#include <lua.h>

/* Adds sleep and clock to the table on top of the stack. */
void mn_time_open(lua_State *L);

/* sleep(seconds) and clock(), for other modules. */
int mn_time_sleep(lua_State *L);
int mn_time_clock(lua_State *L);

#endif

/* subprocess/subprocess_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_SUBPROCESS_SUBPROCESS_LUA_H
#define MN_SUBPROCESS_SUBPROCESS_LUA_H

#include <lua.h>

/* Adds the table `subprocess` to the table on top of the stack. */
void mn_subprocess_open(lua_State *L);

#endif

/* process/process_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_PROCESS_PROCESS_LUA_H
#define MN_PROCESS_PROCESS_LUA_H

#include <lua.h>

/* Adds process to the table on top of the stack. */
void mn_process_open(lua_State *L);

#endif

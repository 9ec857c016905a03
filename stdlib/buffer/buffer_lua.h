/* buffer/buffer_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_BUFFER_BUFFER_LUA_H
#define MN_BUFFER_BUFFER_LUA_H

#include <lua.h>

/* Adds Buffer to the table on top of the stack. */
void mn_buffer_open(lua_State *L);

#endif

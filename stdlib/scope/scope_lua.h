/* scope/scope_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_SCOPE_SCOPE_LUA_H
#define MN_SCOPE_SCOPE_LUA_H

#include <lua.h>

/* Adds Scope to the table on top of the stack. */
void mn_scope_open(lua_State *L);

#endif

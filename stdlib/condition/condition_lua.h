/* condition/condition_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_CONDITION_CONDITION_LUA_H
#define MN_CONDITION_CONDITION_LUA_H

#include <lua.h>

/* Adds Condition to the table on top of the stack. */
void mn_condition_open(lua_State *L);

#endif

/* event/event_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_EVENT_EVENT_LUA_H
#define MN_EVENT_EVENT_LUA_H

#include <lua.h>

/* Adds Event to the table on top of the stack. */
void mn_event_open(lua_State *L);

#endif

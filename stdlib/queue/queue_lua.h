/* queue/queue_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_QUEUE_QUEUE_LUA_H
#define MN_QUEUE_QUEUE_LUA_H

#include <lua.h>

/* Adds Queue, LifoQueue and PriorityQueue to the table on top of the stack. */
void mn_queue_open(lua_State *L);

#endif

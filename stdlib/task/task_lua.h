/* task/task_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_TASK_TASK_LUA_H
#define MN_TASK_TASK_LUA_H

#include <lua.h>

/* Adds task, yield, gather and timeout to the table on top of the stack. */
void mn_task_open(lua_State *L);

#endif

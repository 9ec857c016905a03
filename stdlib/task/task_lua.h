/* task/task_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_TASK_TASK_LUA_H
#define MN_TASK_TASK_LUA_H

#include <lua.h>

#include "futures/future.h"

/* Adds task, yield, gather and timeout to the table on top of the stack. */
void mn_task_open(lua_State *L);

/* For the thread's own script: runs the tasks of this state until that one's future has ended, although the
 * thread may be cancelled. MN_OK. */
mn_status mn_tasks_run_until(lua_State *L, mn_future *future);

/* Ends those of one family (task/scheduler.h). Not from a task. */
void mn_tasks_end_family(lua_State *L, uint32_t family);

/* Pushes a list of the tasks of this state that have not ended: their futures. */
int mn_tasks_l_list(lua_State *L);
/* Takes a task's future. Its number, how old it is in seconds, what it waits for or nil, its line. */
int mn_tasks_l_describe(lua_State *L);

/* From here on tasks of this state that fail, and nobody waits for them, are kept until they are asked for. */
void mn_tasks_keep_failed(lua_State *L);
/* Whether there are any. Never throws. */
bool mn_tasks_have_failed(lua_State *L);
/* Takes the first whose error nobody has been told of, who is now: its number, its name or nil, message and
 * traceback. Nothing: there is none. */
int mn_tasks_l_next_failed(lua_State *L);

#endif

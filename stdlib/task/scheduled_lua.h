/* task/scheduled_lua.h -- what a task's coroutine does, and what becomes of its results.
 * Level stdlib. Owner thread only.
 *
 * Results stay in their state as they are: who asks for them there gets the very same tables. They are
 * encoded only when the future is sent to another thread. */
#ifndef MN_TASK_SCHEDULED_LUA_H
#define MN_TASK_SCHEDULED_LUA_H

#include "task/scheduler.h"

extern const mn_future_kind mn_scheduled_kind;

/* The body of a task's coroutine: takes a function and its arguments. */
int mn_scheduled_l_body(lua_State *L);

/* The task's coroutine has ended with that status: so does its future. */
void mn_scheduled_end(mn_scheduled *task, int status);

#endif

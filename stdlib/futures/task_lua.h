/* futures/task_lua.h -- running what a future stands for, in the state of who runs it.
 * Level stdlib. Owner thread only. */
#ifndef MN_FUTURES_TASK_LUA_H
#define MN_FUTURES_TASK_LUA_H

#include <lua.h>

#include "futures/crew.h"

/* Runs the future here, if it is still pending, and ends it. False: the state is worn out, by its
 * memory limit. Never throws. */
bool mn_task_run(lua_State *L, mn_future *future);

/* The body of a worker's thread. */
void mn_task_worker(mn_thread *self, mn_worker_cache *cache);

#endif

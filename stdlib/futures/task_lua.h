/* futures/task_lua.h -- running what a future stands for, in the state of who runs it.
 * Level stdlib. Owner thread only. */
#ifndef MN_FUTURES_TASK_LUA_H
#define MN_FUTURES_TASK_LUA_H

#include <lua.h>

#include "futures/crew.h"

/* For a worker. Runs the future here, if it is still pending, and ends it. False: too many tasks lie within
 * each other here, and nothing has happened. Never throws. */
bool mn_task_run(lua_State *L, mn_future *future);

/* The same for who is no crew's worker. False: the state has reached its memory limit, and should not be
 * used further. */
bool mn_task_run_alone(lua_State *L, mn_future *future);

/* The body of a worker's thread. */
void mn_task_worker(mn_thread *self, mn_worker_cache *cache);

#endif

/* futures/executor_lua.h -- what the Lua sides of executors and pools have in common.
 * Level stdlib. Owner thread only; all of it may throw. */
#ifndef MN_FUTURES_EXECUTOR_LUA_H
#define MN_FUTURES_EXECUTOR_LUA_H

#include <lua.h>

#include "futures/executor.h"

/* A constructor: (n) or (options), at index 1. Pushes the new object. */
int mn_executor_construct(lua_State *L, const mn_executor_kind *kind);

/* Argument `index` as a whole number of at least 1, called `name`. */
lua_Integer mn_executor_check_count(lua_State *L, int index, const char *name);

/* Submits the call of the function at `function` with the `count` values from `first` on; pushes the
 * future. Refusals call the values `root`, with `number` for the first (as mn_encode). */
void mn_executor_submit(lua_State *L, mn_executor *executor, const mn_executor_kind *kind,
                        int function, int first, int count, const char *root, int number);

/* The same of a future that is made already; throws when it isn't taken. `accepted` as in
 * mn_crew_submit. */
void mn_executor_submit_future(lua_State *L, mn_executor *executor, const mn_executor_kind *kind,
                               mn_future *future, bool accepted);

/* Throws when the caller is one of the executor's workers, which could wait for ever. */
void mn_executor_check_outside(lua_State *L, const mn_executor *executor);

/* Waits until the workers of a closed crew have ended, and has this thread's callbacks called. */
mn_status mn_executor_join(lua_State *L, mn_executor *executor, mn_time deadline);

/* The end of the block that owns the executor, which is closed and waited for. `failed`: by an error; then
 * it is terminated, since what runs may wait for the block. Whatever happens to the caller meanwhile, no
 * worker is left. */
int mn_executor_leave(lua_State *L, mn_executor *executor, bool failed);

#endif

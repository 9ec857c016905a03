/* futures/future_lua.h -- Future as Lua sees it.
 * Level stdlib. */
#ifndef MN_FUTURES_FUTURE_LUA_H
#define MN_FUTURES_FUTURE_LUA_H

#include <lua.h>
#include <stdbool.h>

#include "futures/future.h"

/* Makes the type known to the state. */
void mn_future_open(lua_State *L);

/* Whether the caller is a worker of the future's crew. Of a future that has ended the answer means
 * nothing. */
bool mn_future_is_own(lua_State *L, const mn_future *future);

/* Where it is, and nobody has started the future, it is run here and now. */
void mn_future_help(lua_State *L, mn_future *future);

/* Throws when the caller is running the future itself. */
void mn_future_check_other(lua_State *L, const mn_future *future);
/* Throws when who waits as `self` without an end would wait for ever, as only his own thread could go on. */
void mn_future_check_can_end(lua_State *L, const mn_waiter *self, const mn_future *future);

/* Waits for the future until `deadline`. A worker of its crew runs it meanwhile, or is replaced. MN_OK, or
 * what the wait answered. Throws when the caller is running it. */
mn_status mn_future_await(lua_State *L, mn_future *future, mn_time deadline);

/* Pushes the results of a future that was done, and how many; raises the error of one that failed, or
 * was cancelled. */
int mn_future_push_result(lua_State *L, mn_future *future);

/* Pushes the error value of a future that has failed; somebody has seen it then. Always 1. */
int mn_future_push_error(lua_State *L, mn_future *future);

#endif

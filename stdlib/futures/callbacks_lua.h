/* futures/callbacks_lua.h -- functions that a state calls when a future has ended.
 * Level stdlib. Owner thread only. */
#ifndef MN_FUTURES_CALLBACKS_LUA_H
#define MN_FUTURES_CALLBACKS_LUA_H

#include <lua.h>

#include "futures/future.h"

/* Has the function at `index` called with the future when that has ended: in a wait of this thread, in
 * the order in which futures end. The end of the thread's script waits for it. An error of it is
 * printed. Throws for lack of memory; then it was not added. */
void mn_callback_add(lua_State *L, mn_future *future, int index);

#endif

/* process/far_future_lua.h -- futures of another process, for the module futures.
 * Level stdlib. Owner thread only. */
#ifndef MN_PROCESS_FAR_FUTURE_LUA_H
#define MN_PROCESS_FAR_FUTURE_LUA_H

#include <lua.h>

#include "core/handle.h"

/* The mn_selectable.stand_in of proxies. */
mn_handle *mn_far_future_stand_in(lua_State *L, mn_handle *object, const mn_type *type, bool now);

/* Its block and unblock: a task of another process's pool waits, for which that may have one more worker. */
bool mn_far_future_block(lua_State *L, mn_handle *object);
void mn_far_future_unblock(lua_State *L, mn_handle *object);

/* Takes the future and a function, which this thread calls when it has ended, as its own rules say. */
int mn_far_future_l_add_done_callback(lua_State *L);

#endif

/* spawn/thread_lua.h -- methods of objects behind which there is a thread: their argument 1 stands for
 * `thread`, their others are the methods' own.
 * Level stdlib. Owner thread only. */
#ifndef MN_SPAWN_THREAD_LUA_H
#define MN_SPAWN_THREAD_LUA_H

#include <lua.h>

#include "core/thread.h"

int mn_thread_l_join(lua_State *L, mn_thread *thread);
int mn_thread_l_close(lua_State *L, mn_thread *thread); /* __close */
int mn_thread_l_status(lua_State *L, mn_thread *thread);
int mn_thread_l_cancel(lua_State *L, mn_thread *thread);
int mn_thread_l_interrupt(lua_State *L, mn_thread *thread);
int mn_thread_l_name(lua_State *L, mn_thread *thread);
int mn_thread_l_id(lua_State *L, mn_thread *thread);
int mn_thread_l_traceback(lua_State *L, mn_thread *thread);
int mn_thread_l_waiting(lua_State *L, mn_thread *thread);
int mn_thread_l_tasks(lua_State *L, mn_thread *thread);

/* Throws what a thread is refused with that can't be started. */
int mn_throw_not_started(lua_State *L, mn_status status);

#endif

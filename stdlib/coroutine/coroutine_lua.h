/* coroutine/coroutine_lua.h -- Lua's coroutines, in which a task can wait.
 * Level stdlib. */
#ifndef MN_COROUTINE_COROUTINE_LUA_H
#define MN_COROUTINE_COROUTINE_LUA_H

#include <lua.h>

/* Replaces resume, wrap, status and close of the coroutine library by such as do the same, and know what
 * is away (core/task.h). A host's library stays as it is. */
void mn_coroutine_open(lua_State *L);

/* lua_closethread, from L, whatever this Lua calls it. */
int mn_coroutine_close(lua_State *L, lua_State *co);

#endif

/* progress/progress_lua.h -- opens the module, and makes bars for other modules.
 * Level stdlib. Owner thread only. */
#ifndef MN_PROGRESS_PROGRESS_LUA_H
#define MN_PROGRESS_PROGRESS_LUA_H

#include <lua.h>

/* Adds progress to the table on top of the stack. */
void mn_progress_open(lua_State *L);

/* For modules whose calls have an option `progress`. A lua_CFunction, so that C pushes and calls it and
 * a Lua face gets it among its functions (core/face.h). The Lua behind it is run at the first call.
 *
 *   new(options, total, level) -> bar
 *
 * `options` is the caller's: true or a table {desc=, unit=, total=}. `total`, an integer or nil, is used
 * where the table has none. What is wrong in the options is raised as "bad option 'progress' (...)" at
 * the line that `level` says, as error's second argument does: 1, the default, is the function that
 * called new, 2 the one that called that; so 2 when a C function calls it that the script called.
 *
 *   bar:add(n)    n more are done
 *   bar:close()   the end; more than one is harmless. So does <close>, and a finalizer.
 *
 * nil and false give a bar as well, which does nothing, as all do where standard error is no terminal. */
int mn_l_progress_new(lua_State *L);

/* The two calls for C, of the bar at `index`. Never throw; with anything else there they do nothing. */
void mn_progress_bar_add(lua_State *L, int index, lua_Integer count);
void mn_progress_bar_close(lua_State *L, int index);

#endif

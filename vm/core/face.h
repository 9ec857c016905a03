/* core/face.h -- Lua files that are built in, run when a state first needs them.
 * Level core. Owner thread only. May throw (memory).
 *
 * Every state is a copy of one image, so what only some scripts use is no part of it: a C function
 * stands in its place, pushes the file's value by mn_face_push and calls into that. */
#ifndef MN_CORE_FACE_H
#define MN_CORE_FACE_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

/* Pushes the embedded file of that name (core/embedded.h) as a function that has not been run. */
void mn_face_load(lua_State *L, const char *name);

/* Pushes the value that the file returns. It is run at the first call in each state, and the value
 * is kept; a run that throws leaves nothing, and the next call runs the file again. The chunk's one
 * argument is a table of `functions` (NULL ends), or nil where that is NULL: what the Lua needs of
 * the C. All calls for one file must give the same. */
void mn_face_push(lua_State *L, const char *name, const luaL_Reg *functions);

/* Whether that is the source (lua_Debug) of code in such a file of the library; the command's own, and
 * LPeg's, do not count. Never throws. */
bool mn_face_is_source(const char *source);

/* Calls the function `field` of that value with all that is on the stack, and gives its results. It may
 * yield, and so must be the last thing that the C function does. */
int mn_face_call(lua_State *L, const char *name, const luaL_Reg *functions, const char *field);

#endif

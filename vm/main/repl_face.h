/* main/repl_face.h -- the Lua half of the REPL: main/repl.lua and the files that it uses.
 * Level main. Main thread only. May throw (memory).
 *
 * Each is built in, and run when it is first needed. Their globals are those that there were before any
 * script ran. */
#ifndef MN_MAIN_REPL_FACE_H
#define MN_MAIN_REPL_FACE_H

#include <lua.h>

/* Pushes what main/<name>.lua returns. */
void mn_repl_face_push(lua_State *L, const char *name);
/* Pushes the function `field` of that. */
void mn_repl_face_push_function(lua_State *L, const char *name, const char *field);

/* Gives the state the global `help`, unless it has one. */
int mn_repl_l_open(lua_State *L);

/* Writes a message to standard error, after all that standard output has. */
void mn_repl_complain(const char *message);

#endif

/* subprocess/popen_lua.h -- Popen as Lua sees it, once it is started.
 * Level stdlib. Owner thread only; all of it may throw. */
#ifndef MN_SUBPROCESS_POPEN_LUA_H
#define MN_SUBPROCESS_POPEN_LUA_H

#include <lua.h>

/* Makes the type known. */
void mn_popen_open(lua_State *L);

/* (arguments, options), both made by subprocess.lua: starts the program. Pushes the Popen; or nil, what
 * was wrong, errno, and whether that was with the folder. */
int mn_popen_l_start(lua_State *L);

/* (popen [, input [, seconds [, first]]]): communicate, where the input goes to the Popen `first`. */
int mn_popen_l_communicate(lua_State *L);

/* (popen): what its outputs have given so far; two strings or nils. */
int mn_popen_l_rest(lua_State *L);

#endif

/* core/lpeglib.h -- LPeg and re for every state, without a file on disk.
 * Level core. Owner thread only. */
#ifndef MN_CORE_LPEGLIB_H
#define MN_CORE_LPEGLIB_H

#include <lua.h>

/* Makes `require "lpeg"` and `require "re"` find the LPeg that is linked in. Nothing is opened
 * before a script asks for it. May throw. */
void mn_lpeglib_open(lua_State *L);

#endif

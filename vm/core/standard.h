/* core/standard.h -- the libraries that every state has before the runtime's own.
 * Level core. Owner thread only. */
#ifndef MN_CORE_STANDARD_H
#define MN_CORE_STANDARD_H

#include <lua.h>

/* Opens Lua's standard libraries, with the process-wide calls made safe (core/safelib.h) and the stitched
 * traceback, and LPeg and re for require. May throw. */
void mn_standard_open(lua_State *L);

#endif

/* core/host_globals.h -- the record of globals.h for a state that a host has opened.
 * Level core. Owner thread only. */
#ifndef MN_CORE_HOST_GLOBALS_H
#define MN_CORE_HOST_GLOBALS_H

#include <lua.h>

/* Makes the record of L, in which scripts may have run: what `plain`, a state with Lua's libraries and
 * nothing else, has under the same name is pristine, and what the module moons has. May throw, in L alone. */
void mn_host_globals_note(lua_State *L, lua_State *plain);

#endif

/* core/warning.h -- the function `warn`, and the warnings of Lua itself, for states of moons.
 * Level core. */
#ifndef MN_CORE_WARNING_H
#define MN_CORE_WARNING_H

#include <lua.h>

/* Warnings start switched off; "@on" and "@off" are understood. */
void mn_warning_open(lua_State *L);

#endif

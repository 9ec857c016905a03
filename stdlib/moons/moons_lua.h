/* moons/moons_lua.h -- all modules together.
 * Level stdlib, the top of it. */
#ifndef MN_MOONS_MOONS_LUA_H
#define MN_MOONS_MOONS_LUA_H

#include <lua.h>

/* Makes package.loaded.moons, and pushes it. */
void mn_moons_open(lua_State *L);

/* Makes package.loaded.moons, and the global `moons` with the predefined names. A
 * runtime.open_libraries. */
int mn_libraries_open(lua_State *L);

#endif

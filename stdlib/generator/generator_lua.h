/* generator/generator_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_GENERATOR_GENERATOR_LUA_H
#define MN_GENERATOR_GENERATOR_LUA_H

#include <lua.h>

/* Adds Generator and delegate to the table on top of the stack, and replaces coroutine.yield by one that
 * does the same, and can raise what a generator's throw brings. */
void mn_generator_open(lua_State *L);

#endif

/* fork/fork_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_FORK_FORK_LUA_H
#define MN_FORK_FORK_LUA_H

#include <lua.h>

/* Adds fork, waitpid, getpid and getppid to the table on top of the stack. */
void mn_fork_open(lua_State *L);

#endif

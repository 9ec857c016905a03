/* embed/call.h -- the program's C functions, for the scripts.
 * Level embed. */
#ifndef MN_EMBED_CALL_H
#define MN_EMBED_CALL_H

#include <stdbool.h>

#include "moons.h"

/* Puts them (NULL: none) into the modules of a new state. May throw. `entries` stay as long as the state. */
struct lua_State;
void mn_entries_open(struct lua_State *L, const moons_c_entry *entries);
/* Pushes a Lua function that calls the program's at *function, which stays. May throw. */
void mn_push_c_function(struct lua_State *L, const moons_c_function *function, void *argument);

#endif

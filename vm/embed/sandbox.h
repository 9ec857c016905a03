/* embed/sandbox.h -- states that reach nothing but what they were allowed.
 * Level embed. */
#ifndef MN_EMBED_SANDBOX_H
#define MN_EMBED_SANDBOX_H

#include "moons.h"

struct lua_State;

/* Takes everything out of a new state that is neither in every sandbox nor `allowed` (of moons_allowance).
 * The modules of `functions` (NULL: none) can be required. May throw. */
void mn_sandbox_open(struct lua_State *L, unsigned allowed, const moons_c_entry *functions);

#endif

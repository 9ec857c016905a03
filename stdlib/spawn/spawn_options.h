/* spawn/spawn_options.h -- the table form of spawn.
 * Level stdlib. */
#ifndef MN_SPAWN_SPAWN_OPTIONS_H
#define MN_SPAWN_SPAWN_OPTIONS_H

#include <lua.h>

#include "core/thread.h"

/* Replaces the table, argument 1 and alone, by the function and the arguments that it holds, and
 * reads its options. Throws on unknown ones and on bad values. */
void mn_spawn_read_options(lua_State *L, mn_thread_options *options);

#endif

/* spawn/spawn_body.h -- what a spawned thread does.
 * Level stdlib. */
#ifndef MN_SPAWN_SPAWN_BODY_H
#define MN_SPAWN_SPAWN_BODY_H

#include <lua.h>

#include "core/thread.h"

/* A thread's body: opens a state, calls the function that `work` holds, keeps its results or its
 * error. `work` encodes the paths (mn_message_set_paths), the function, and its arguments. */
void mn_spawn_body(mn_thread *self, mn_worker_cache *cache);

/* The same with another work: `work` is called in the new state without arguments, as the thread's
 * script. An error that it throws is the thread's. */
void mn_spawn_run(mn_thread *self, mn_worker_cache *cache, lua_CFunction work);

#endif

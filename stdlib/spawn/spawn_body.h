/* spawn/spawn_body.h -- what a spawned thread does.
 * Level stdlib. */
#ifndef MN_SPAWN_SPAWN_BODY_H
#define MN_SPAWN_SPAWN_BODY_H

#include "core/thread.h"

/* A thread's body: opens a state, calls the function that `work` holds, keeps its results or its
 * error. `work` encodes package.path and package.cpath (or nil: the default), the function, and
 * its arguments. */
void mn_spawn_body(mn_thread *self, mn_worker_cache *cache);

#endif

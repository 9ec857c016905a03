/* process_pool/pool_worker.h -- a crew's worker that has its tasks done by a process.
 * Level stdlib: vm/core and below; never lua.h. */
#ifndef MN_PROCESS_POOL_POOL_WORKER_H
#define MN_PROCESS_POOL_POOL_WORKER_H

#include "core/thread.h"

/* The body of a worker's thread (futures/crew.h). It has no Lua state: it sends what it takes to a process,
 * which it starts, and starts anew when that has died or has done its number of tasks. */
void mn_process_worker(mn_thread *self, mn_worker_cache *cache);

#endif

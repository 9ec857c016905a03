/* core/worker.h -- the OS threads under the threads of scripts, kept for reuse.
 * Level core; never lua.h. Safe from any thread unless it says otherwise. */
#ifndef MN_CORE_WORKER_H
#define MN_CORE_WORKER_H

#include "core/runtime_data.h"
#include "os/os.h"

enum { MN_WORKER_BLOCK = 64 * 1024 };

/* Memory that one job after the other uses on the same OS thread. */
typedef struct mn_worker_cache {
  void *block;            /* MN_WORKER_BLOCK bytes, aligned to 64; never freed by a job */
  struct mn_codec *codec; /* or NULL; a job may take it, leaving NULL, and leave one of its own */
} mn_worker_cache;

/* One thing to do on an OS thread; part of what it is about. */
typedef struct mn_job {
  /* Called once, on the worker. `os` is the worker's own OS thread. */
  void (*run)(struct mn_job *job, mn_os_thread os, mn_worker_cache *cache);
  bool last; /* it changes the OS thread for good, which must not meet another job */
} mn_job;

/* Gives the job to an idle OS thread or a new one. MN_NOMEM, MN_TOO_MANY: it won't run. */
mn_status mn_worker_run(mn_runtime *runtime, mn_job *job);

/* Ends all OS threads and returns when none is left; `self` is the caller. No job may be running any
 * more, but to its end, and none be given meanwhile. */
void mn_workers_end(mn_runtime *runtime, mn_waiter *self);

#endif

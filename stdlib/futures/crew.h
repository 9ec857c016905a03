/* futures/crew.h -- the workers of a pool or an executor, and the queue of futures that they run.
 * Level stdlib: vm/core and below; never lua.h. Calls are safe from any thread.
 *
 * A crew belongs to whoever holds a reference: the executor and each worker. Workers are threads,
 * started while there are fewer of them than unfinished futures, up to so many; one that ends early
 * (its task had it cancelled, or reached its memory limit, or it has run its number of tasks) is
 * replaced. They end when the crew was closed and all is done. Until then the end of the main chunk
 * waits for what was submitted. */
#ifndef MN_FUTURES_CREW_H
#define MN_FUTURES_CREW_H

#include "core/thread.h"
#include "futures/future.h"

enum { MN_CREW_PREFIX = MN_THREAD_NAME - 24 };

typedef struct mn_crew_options {
  char prefix[MN_CREW_PREFIX]; /* of the workers' names: "PREFIX_1" */
  uint32_t most_workers;
  uint64_t tasks_per_worker; /* then it is replaced; 0: any number */
  size_t memory_limit;       /* of each worker's state, in bytes; 0: none */
  /* package.path, package.cpath, and maybe a function and its arguments, which each worker calls first */
  mn_message init;
  mn_made_at *made_at; /* where the script made the crew */
  /* What a worker runs: an mn_thread.body that uses the calls of a worker, below. */
  void (*body)(mn_thread *self, mn_worker_cache *cache);
} mn_crew_options;

typedef struct mn_crew mn_crew;

/* One reference. What options->init and ->made_at refer to is the crew's then. NULL: no memory. */
mn_crew *mn_crew_new(mn_runtime *runtime, const mn_crew_options *options);
mn_crew *mn_crew_ref(mn_crew *crew);
void mn_crew_unref(mn_crew *crew);

/* Has the pending future run; the queue takes a reference of its own. `self` is the caller. `accepted`:
 * it is part of something that was accepted before the crew was closed; workers are started again for
 * it, if need be. MN_CLOSED: it was closed, or terminated. MN_BROKEN: a worker's initializer has failed.
 * MN_TOO_MANY, MN_NOMEM: no worker could be started. */
mn_status mn_crew_submit(mn_crew *crew, mn_future *future, bool accepted, mn_thread *self);

/* Nothing is accepted any more; workers end when all is done. */
void mn_crew_close(mn_crew *crew);
/* Cancels the futures that no worker has started. */
void mn_crew_cancel_pending(mn_crew *crew);
/* All of that, and cancels the workers with what they run. */
void mn_crew_terminate(mn_crew *crew);
/* Waits until a closed crew has no workers any more, and nothing to do. */
mn_status mn_crew_join(mn_crew *crew, mn_waiter *self, mn_time deadline);

bool mn_crew_is_closed(const mn_crew *crew);
uint32_t mn_crew_most_workers(const mn_crew *crew);
/* Why it is broken: copies the error value of the initializer. MN_EMPTY: it isn't. MN_NOMEM. */
mn_status mn_crew_why_broken(mn_crew *crew, mn_message *value);
/* How many futures have been submitted and have not ended. */
uint32_t mn_crew_unfinished(const mn_crew *crew);

/* ---- for a worker, on its own thread ---- */

/* The crew that the thread works for, or acts for, or NULL. Any thread may ask for itself. */
mn_crew *mn_crew_of(const mn_thread *thread);
const mn_message *mn_crew_init_message(const mn_crew *crew);
uint64_t mn_crew_tasks_per_worker(const mn_crew *crew);

/* Before and after a worker waits for something that another worker of the crew has to do: meanwhile
 * there may be one more. `self` is the caller. */
void mn_crew_block(mn_crew *crew, mn_thread *self);
void mn_crew_unblock(mn_crew *crew);

/* ---- tasks that run in another process ---- */

/* What names a task: its worker, and the number that the worker gave it. A future that is sent there has
 * it for its ticket. */
static inline uint64_t mn_crew_ticket(uint64_t worker, uint64_t call) {
  return worker << 40 | call;
}

/* A thread here acts for a task there. */
typedef struct mn_crew_acting {
  mn_crew *crew; /* the caller's reference, valid meanwhile */
  uint64_t ticket;
  /* What the thread had before. */
  void *argument;
  const void *argument_kind;
} mn_crew_acting;

/* From here on the thread acts for that task; mn_crew_of, mn_crew_is_running tell of it. Later it does so no
 * more. One may lie within the other. */
void mn_crew_act(mn_thread *self, mn_crew_acting *acting);
void mn_crew_act_no_more(mn_thread *self, const mn_crew_acting *acting);
/* Whether it is a worker that runs tasks itself. */
bool mn_crew_runs_tasks(const mn_thread *self);

/* ---- a worker ---- */

/* A worker's state has reached its memory limit: it ends when it has run what it is running. */
void mn_crew_set_worn_out(mn_thread *self);
bool mn_crew_is_worn_out(const mn_thread *self);

/* Before and after the worker runs a future, maybe within another one. False: MN_CREW_NESTED lie within
 * each other already. */
enum { MN_CREW_NESTED = 40 };
bool mn_crew_begin(mn_thread *self, const mn_future *future);
void mn_crew_end(mn_thread *self);
/* Whether the worker, or the task that it acts for, is running that future: then it would wait for
 * itself. */
bool mn_crew_is_running(const mn_thread *self, const mn_future *future);

/* Waits for a future to run. MN_OK: *future is a reference of the caller's, who calls mn_crew_done when
 * it was run, or found not to be pending. MN_CLOSED: no more will come. MN_CANCELLED. */
mn_status mn_crew_take(mn_thread *self, mn_future **future);
/* The same without waiting. MN_EMPTY: there is none now. */
mn_status mn_crew_try_take(mn_thread *self, mn_future **future);
void mn_crew_done(mn_crew *crew, mn_future *future);

/* Puts a future that the worker has taken, and that is pending, before all others; the queue takes over the
 * reference. Any worker may run it. */
void mn_crew_give_back(mn_thread *self, mn_future *future);

/* The thread's initializer has succeeded: from here on its failure is its own. */
void mn_crew_worker_is_ready(mn_thread *self);
/* The worker takes nothing more: another one may take its place. What its thread has yet to do is its own
 * business. At the latest when its script has ended, with its outcome; the second time it does nothing. */
void mn_crew_worker_leave(mn_thread *self);

#endif

/* queue/tasks.h -- what has been put into a queue of any kind and has not been dealt with yet.
 * Level stdlib: vm/core and below; never lua.h. Calls are safe from any thread. */
#ifndef MN_QUEUE_TASKS_H
#define MN_QUEUE_TASKS_H

#include "core/wait.h"

/* Part of a queue. `puts`, which the calls get, is the queue's count of all that was ever put. */
typedef struct mn_tasks {
  _Atomic uint64_t done;
  mn_waitlist joiners; /* woken when all is done */
} mn_tasks;

void mn_tasks_init(mn_tasks *tasks);

/* One has been dealt with. MN_INVALID: more than were put. */
mn_status mn_tasks_done(mn_tasks *tasks, const _Atomic uint64_t *puts);

/* Waits until all have been dealt with. */
mn_status mn_tasks_join(mn_tasks *tasks, const _Atomic uint64_t *puts, mn_handle *queue,
                        mn_waiter *self, mn_time deadline);

#endif

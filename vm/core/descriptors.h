/* core/descriptors.h -- waiting for descriptors, as a thread or as a task.
 * Level core; never lua.h. Owner thread only.
 *
 * A thread without tasks sleeps in a poll. A task parks, and where there are tasks the thread's own script
 * lets them run meanwhile: both by the poller of the thread, in which it sleeps then (core/wait.h). */
#ifndef MN_CORE_DESCRIPTORS_H
#define MN_CORE_DESCRIPTORS_H

#include "core/wait.h"
#include "os/pipe.h"

/* Of a call that waits so, first of all: true when it was left in such a wait and is made once more. What
 * it waited for is watched no more. */
bool mn_descriptors_come_back(mn_waiter *self);

/* Waits until one of them is ready, an interrupt came, or `until`; between hold and release. MN_EMPTY: look
 * again, `ready` says of which. MN_PARKED: the call is to be left, whose deadline is `deadline`. MN_NOMEM,
 * MN_INVALID: errno. */
mn_status mn_descriptors_wait(mn_waiter *self, mn_poll *polls, size_t count, mn_time until,
                              mn_time deadline, mn_held_signals *held);

/* The descriptor is about to be closed: who waits for it looks again. */
void mn_descriptors_closed(mn_wait_host *host, int descriptor);

/* In a forked child, whose poller is its parent's, too: it gets its own, and all who wait look again. */
void mn_descriptors_renew(mn_wait_host *host);

#endif

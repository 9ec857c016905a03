/* fork/fork.h -- waiting for a child that came of a fork.
 * Level stdlib: vm/core and below; never lua.h. */
#ifndef MN_FORK_FORK_H
#define MN_FORK_FORK_H

#include "core/wait.h"

/* Waits until the child of that number (above 0) has ended, or until `deadline`. MN_OK: *code is its exit
 * status, or the signal that ended it as a negative number; it is no child any more. MN_TIMEOUT,
 * MN_CANCELLED, MN_PARKED. MN_NOMEM. MN_INVALID: it is none of this process, or somebody has waited for it;
 * errno.
 * Only the waiter's own thread may call. */
mn_status mn_fork_wait(int pid, mn_waiter *waiter, mn_time deadline, int *code);

#endif

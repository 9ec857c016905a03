/* core/fork.h -- a runtime that goes on in a second process.
 * Level core; never lua.h. Main thread only. */
#ifndef MN_CORE_FORK_H
#define MN_CORE_FORK_H

#include "core/runtime.h"

/* Copies the process (os/fork.h), after the OS threads that are kept for reuse have ended. *pid is the
 * child's number; in the child it is 0, and the runtime is that of a process with one thread: errors
 * of ended threads, and lines at the foot of the terminal, are the parent's affair. Seeds of states go on
 * from `random` there. No other thread of the runtime may be running (mn_threads_find_other).
 * MN_TOO_MANY, MN_INVALID as mn_process_fork. */
mn_status mn_runtime_fork(mn_runtime *runtime, uint64_t random, int *pid);

#endif

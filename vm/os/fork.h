/* os/fork.h -- a second process that goes on where this one is.
 * Level os. */
#ifndef MN_OS_FORK_H
#define MN_OS_FORK_H

#include "os/os.h"

/* The number of this process, and of the one that has started it (0: it is none that we could see). Any
 * thread. */
int mn_os_process_id(void);
int mn_os_parent_id(void);

/* Copies the process, its calling thread alone: with all memory, descriptors and handlers of signals, but
 * without clocks (mn_os_repeat). MN_OK: *pid is the child's number, and in the child 0. The caller waits
 * for the child. MN_TOO_MANY: the process has threads that moons does not know, or those that have ended
 * have not gone within a second. MN_INVALID: errno says why.
 * Main thread only, when no other thread of moons is left. */
mn_status mn_process_fork(int *pid);

#endif

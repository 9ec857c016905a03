/* os/poller.h -- waiting for many descriptors at once.
 * Level os. One thread's; others may call it. */
#ifndef MN_OS_POLLER_H
#define MN_OS_POLLER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "os/os.h"

typedef struct mn_poller mn_poller;

/* NULL: no memory, or no descriptors; errno. */
mn_poller *mn_poller_new(void);
void mn_poller_free(mn_poller *poller);

/* Tells `who` once when the descriptor can be read, or has ended, or failed; `writes`: can be written.
 * Nobody else may watch the same. MN_OK; MN_INVALID: errno says why. */
mn_status mn_poller_watch(mn_poller *poller, int descriptor, bool writes, void *who);
/* Tells nobody any more, and may be watched anew. Before it is closed. */
void mn_poller_forget(mn_poller *poller, int descriptor);

/* Sleeps until somebody is to be told, until called, or until `deadline`: or for no reason. Who is to be
 * told, at most `most`; how many. */
size_t mn_poller_wait(mn_poller *poller, mn_time deadline, void **who, size_t most);

/* Ends its sleep, or the next one. Safe from any thread and in a signal handler. */
void mn_poller_call(mn_poller *poller);

#endif

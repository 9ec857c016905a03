/* os/poller.h -- waiting for many descriptors at once.
 * Level os. One thread's; others may call it. */
#ifndef MN_OS_POLLER_H
#define MN_OS_POLLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* Tells of `number`, less than 2^63, each time that something new can be read or written, or it ends;
 * and at once if it is so now. Until the file is closed. If it is told of already, nothing happens.
 * MN_OK; MN_INVALID: errno says why. */
mn_status mn_poller_enter(mn_poller *poller, int descriptor, uint64_t number);

/* What is told: to whom, or of which number. */
typedef struct mn_tiding {
  void *who; /* NULL: it is of a number */
  uint64_t number;
  bool reads, writes, ended;
} mn_tiding;

/* Sleeps until there is something to tell, until called, or until `deadline`: or for no reason. What
 * there is to tell, at most `most`; how many. */
size_t mn_poller_wait(mn_poller *poller, mn_time deadline, mn_tiding *tidings, size_t most);

/* Ends its sleep, or the next one. Safe from any thread and in a signal handler. */
void mn_poller_call(mn_poller *poller);

#endif

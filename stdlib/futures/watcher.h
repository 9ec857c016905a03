/* futures/watcher.h -- hearing of the end of any of many futures, in the order in which they end.
 * Level stdlib: vm/core and below; never lua.h. Calls are safe from any thread unless they say
 * otherwise. */
#ifndef MN_FUTURES_WATCHER_H
#define MN_FUTURES_WATCHER_H

#include "core/thread.h"
#include "futures/future.h"

typedef struct mn_watcher mn_watcher;

/* One reference. `called`: the thread whose waits are interrupted to see to what has ended
 * (mn_host_call), or NULL. NULL: no memory. */
mn_watcher *mn_watcher_new(mn_thread *called);

/* Gives the reference back; what ends from now on is not noted any more. */
void mn_watcher_close(mn_watcher *watcher);

/* Has the future's end noted, with `token`, once for each call; at once if it has ended. Futures that
 * somebody watched earlier tell him first. MN_NOMEM. */
mn_status mn_watcher_add(mn_watcher *watcher, mn_future *future, uint64_t token);

/* One that has ended. MN_OK: *future is a reference of the caller's. MN_EMPTY: none has, yet.
 * Not from several threads at once. */
mn_status mn_watcher_take(mn_watcher *watcher, mn_future **future, uint64_t *token);
/* Whether one can be taken. */
bool mn_watcher_has_some(mn_watcher *watcher);
/* Waits until `wanted` of them can be taken, at least 1, or one that has failed or was cancelled.
 * MN_TIMEOUT, MN_CANCELLED. */
mn_status mn_watcher_wait(mn_watcher *watcher, uint32_t wanted, mn_waiter *self, mn_time deadline);

#endif

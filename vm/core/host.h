/* core/host.h -- what the waiters of one thread share: where they sleep, who is served meanwhile, and what
 * is said of them.
 * Level core; never lua.h. Owner thread only, but for what says otherwise. */
#ifndef MN_CORE_HOST_H
#define MN_CORE_HOST_H

#include "core/waiter.h"

/* What is done in between by a thread that waits: `serve` is called in its own waits, before it has taken
 * what it waits for and while it stands in no list; it never throws, and may wait itself. */
typedef struct mn_server {
  struct mn_server *next;
  void (*serve)(struct mn_server *server);
  /* The thread's script has ended, or is about to be closed: nothing of it may go on. NULL: nothing does. */
  void (*end)(struct mn_server *server);
} mn_server;

/* Who is told by the poller of a host. */
typedef struct mn_told {
  mn_waiter *waiter;
  bool told;
} mn_told;

/* Makes `host` that of a thread whose own waiter this is. */
void mn_host_init(mn_wait_host *host, mn_waiter *waiter);

/* Makes the thread's poller, if there is none. False: no memory, or no descriptors. */
bool mn_host_open_poller(mn_wait_host *host);
/* Tells those who wait for descriptors, of all that are ready by then. */
void mn_host_poll(mn_wait_host *host, mn_time deadline);
/* The thread needs no poller any more. */
void mn_host_close_poller(mn_wait_host *host);

/* Has the servers called. Safe from any thread, while the thread exists. */
void mn_host_call(mn_wait_host *host);
void mn_host_add(mn_wait_host *host, mn_server *server);
void mn_host_remove(mn_wait_host *host, mn_server *server); /* not while it serves */
/* The thread's script has ended, or is about to be closed. Does nothing while they serve. */
void mn_host_end(mn_wait_host *host);

/* Whether the servers are to be called, by this waiter, now. */
bool mn_waiter_has_to_serve(const mn_waiter *self);
/* Has them called now, if so: for who waited for just that. */
void mn_waiter_serve(mn_waiter *self);

/* Whether somebody has cancelled the waiter, or its thread. */
bool mn_waiter_is_cancelled(const mn_waiter *self);

/* For waits that are made elsewhere, for descriptors: what the waiter is blocked on from now; NULL, 0: it
 * isn't any more. Only the waiter's own thread may call. */
void mn_waiter_record(mn_waiter *self, const mn_wait_case *cases, size_t count);

/* Writes what the waiter is blocked on, "get of Queue (0/3) at job.lua:12 for 1.25 s", or "" when
 * it isn't. Safe from any thread, while the waiter exists. */
void mn_waiter_describe(mn_waiter *waiter, char *text, size_t size);

#endif

/* remote/remote_object.h -- a connection as scripts have it, and what hangs on it: queues, locks, values.
 * Level stdlib: vm/core and below; never lua.h. Safe from any thread.
 *
 * What these objects are lies at the server. Here they are a name, and what this process has of them: the
 * items that were taken from a queue and not done, the turn of a lock. */
#ifndef MN_REMOTE_REMOTE_OBJECT_H
#define MN_REMOTE_REMOTE_OBJECT_H

#ifdef MN_NATS

#include "remote/wire.h"

typedef struct mn_remote {
  mn_handle handle;
  mn_wire *wire;      /* immutable, as is the next */
  bool authenticated; /* all who are connected have proved who they are */
} mn_remote;

extern const mn_type mn_remote_type;

/* Takes the wire over. NULL: no memory, the wire is the caller's. */
mn_remote *mn_remote_new(mn_wire *wire, bool authenticated);

enum { MN_REMOTE_NAME = 64 };

typedef struct mn_remote_object {
  mn_handle handle;
  mn_remote *remote;         /* a reference; immutable, as are the next four */
  char name[MN_REMOTE_NAME]; /* with its zero; letters, digits, '-' and '_' */
  int64_t setting;           /* a queue's ack_wait, a lock's lease: nanoseconds */
  int64_t limit;             /* a queue's maxsize; 0: none */
  mn_topic *topic;           /* of a queue: that it was closed */
  mn_mutex mutex;
  /* Guarded by mutex. */
  mn_list items;  /* of mn_item.own: taken and not done, the oldest first */
  uint64_t owner; /* the number of the waiter that has the lock; 0: none here */
  uint64_t token; /* of its turn */
  mn_time until;  /* when the lease is over */
} mn_remote_object;

extern const mn_type mn_remote_queue_type, mn_remote_lock_type, mn_remote_shared_type,
    mn_remote_atomic_type;

/* NULL: no memory. The name is short enough. */
mn_remote_object *mn_remote_object_new(mn_remote *remote, const mn_type *type, const char *name,
                                       int64_t setting, int64_t limit);

/* What was found of a queue, when `seen` events had come: one of that name may have been deleted and made
 * again. */
void mn_remote_object_set_closed(mn_remote_object *queue, bool closed, uint64_t seen);

/* The oldest item of that taker or, if it has none, of anybody here: out of the list, the caller's. NULL:
 * there is none. */
mn_item *mn_remote_object_take_item(mn_remote_object *queue, uint64_t taker);

/* ---- taking from a queue ---- */

/* One call that takes. It must stay where it is until it is closed. */
typedef struct mn_pull {
  mn_inbox inbox;
  mn_remote_object *queue;
  mn_letter *letter; /* what was taken */
  mn_time deadline;  /* of the call; MN_FOREVER: not known */
  mn_time asked;     /* when it has asked the server last; 0: it is to ask */
  uint32_t batch;    /* how many it wants yet */
  uint32_t refusals; /* one after the other */
  bool at_once;      /* does not wait at the server */
  bool closed;       /* the queue is known to be */
} mn_pull;

/* `batch` items: what is there if `at_once`, else one, and `batch` is 1. MN_NOMEM. */
mn_status mn_pull_open(mn_pull *pull, mn_remote_object *queue, uint32_t batch, bool at_once,
                       mn_time deadline);
/* An item that has come and was not used goes back. */
void mn_pull_close(mn_pull *pull);
/* Makes `wait` the case that gets the next item into pull->letter. Its answers: MN_OK; MN_FULL: there is
 * nothing now, which only who asks at once is told; MN_TIMEOUT: the deadline is over; MN_CLOSED: nothing,
 * and the queue is closed; MN_BROKEN: the connection is lost; MN_INVALID: the server does not know the queue
 * any more, or can't serve it. */
void mn_pull_prepare(mn_pull *pull, mn_wait_case *wait);
/* Until when to wait for it: a bit longer than the deadline, which the server is to notice first. One that was
 * left too early would get the next item, and had to give it back. */
mn_time mn_pull_latest(const mn_pull *pull);
/* The letter that was taken is in work from here on. MN_NOMEM: it is given back. */
mn_status mn_pull_hold(mn_pull *pull, mn_letter *letter, uint64_t taker);

#endif

#endif

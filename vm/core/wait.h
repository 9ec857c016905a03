/* core/wait.h -- the one mechanism under every blocking call.
 * Level core; never lua.h.
 *
 * A waitable (queue, lock, thread, ...) owns one or more wait lists. A waiter (a thread, or a task)
 * that finds nothing to take stands in the lists of one or more waitables, looks once more, and
 * parks. Whoever makes something takeable wakes one waiter of that list or all of them. A
 * woken waiter tries to take for itself, so that exactly one of its cases succeeds and nothing is
 * handed to somebody who has left.
 *
 * No wake-up is lost, by two rules:
 *  1. A waiter stands first and looks again afterwards; a maker publishes first and looks at the
 *     list's count afterwards. All four steps are seq_cst, so at least one of the two sees the
 *     other's.
 *  2. A waiter that was woken but leaves without taking what that was for (its deadline passed, it
 *     was cancelled, another of its cases succeeded, or it had taken something else before) wakes
 *     the next one in its place.
 * tests/model/wait.pml is a model of this in which every schedule is tried.
 *
 * A thread that parks sleeps. A task that parks goes back to its scheduler (core/task.h): its mn_wait
 * answers MN_PARKED, the call that waits is left, and made once more from its beginning when there is
 * something to look at. It stands in the lists meanwhile.
 *
 * Lock order: a list's mutex is innermost: nothing else is locked while it is held. */
#ifndef MN_CORE_WAIT_H
#define MN_CORE_WAIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/status.h"
#include "core/handle.h"
#include "os/mutex.h"
#include "os/os.h"

typedef struct mn_waiter mn_waiter;
typedef struct mn_wait_case mn_wait_case;
typedef struct mn_parking mn_parking;

/* Who waits for one condition of a waitable. Part of the waitable. */
typedef struct mn_waitlist {
  mn_mutex mutex;
  _Atomic uint32_t count; /* of nodes; written under mutex, read by makers without it */
  mn_list nodes;          /* of mn_wait_case.node, first come first; guarded by mutex */
} mn_waitlist;

/* One thing that a waiter would be content with. Lives on the waiter's stack. */
struct mn_wait_case {
  mn_waitlist *list; /* NULL: nothing can wake it, only the deadline */
  /* Tries to take. MN_EMPTY: not now. Anything else ends the wait with that answer. Runs on the
   * waiter's own thread, any number of times; must not block. */
  mn_status (*attempt)(mn_wait_case *wait_case);
  void *argument; /* for attempt */
  /* What is waited for, and who has the list. NULL: a mere sleep, or a list that is the caller's alone and
   * goes with its call: there the wake-up of one who leaves is for nobody else. */
  mn_handle *object;
  const char *verb; /* "get", "join", ...: it lives as long as the wait */
  /* private to wait.c */
  mn_list node; /* guarded by list->mutex, as is the next */
  mn_waiter *waiter;
  bool woken; /* taken out of the list by a wake-up since it last stood */
  bool owed;  /* stood again after a wake-up, and has not looked since; the waiter's */
};

/* What a blocked waiter says of itself. Guarded by the waiter's `record_mutex`. */
typedef struct mn_wait_record {
  const mn_wait_case *cases; /* NULL: not blocked */
  size_t count;
  mn_time since;
  mn_site where; /* the script's line that waits */
} mn_wait_record;

/* What is done in between by a thread that waits: `serve` is called in its own waits, before it has taken
 * what it waits for and while it stands in no list; it never throws, and may wait itself. */
typedef struct mn_server {
  struct mn_server *next;
  void (*serve)(struct mn_server *server);
  /* The thread's script has ended, or is about to be closed: nothing of it may go on. NULL: nothing does. */
  void (*end)(struct mn_server *server);
} mn_server;

/* Where the waiters of one thread block: its own, and those of its tasks. Part of the thread; the owner's
 * but for what says otherwise. */
typedef struct mn_wait_host {
  mn_waiter *waiter;   /* the thread's own, whose word it sleeps on */
  _Atomic bool called; /* the servers have something to do; set by mn_host_call */
  bool serving;
  uint32_t
      expected; /* calls of servers that are yet to come, and that the thread's end waits for */
  mn_time due;  /* when the servers want to be called in any case */
  mn_server *servers;
  _Atomic(struct mn_poller *)
      poller;       /* in which it sleeps while there are descriptors to watch; or NULL */
  uint32_t watched; /* how many there are */
  mn_list watches;  /* core/descriptors.c's: who waits for them */
  mn_mutex record_mutex;
  mn_wait_record record;
  /* Fills in the script's line that waits; called by the waiter before it sleeps. May be NULL. */
  void (*locate)(mn_waiter *waiter, mn_site *where);
} mn_wait_host;

/* Who is told by the poller of a host. */
typedef struct mn_told {
  mn_waiter *waiter;
  bool told;
} mn_told;

/* One flow of control that can wait, and hold locks: a thread's own, or a task's. Its owner's, but for
 * what says otherwise. */
struct mn_waiter {
  _Atomic uint32_t signal; /* idle, woken or parked (wait.c); a futex word */
  /* Set by who cancels, from any thread or signal handler; cleared by nobody but the owner. */
  _Atomic bool cancelled;
  /* Set by who interrupts, from any thread; cleared by the owner, who then raises it. */
  _Atomic bool interrupted;
  bool was_served; /* one of its waits got what it was for */
  int shield;      /* while > 0 waits go on although cancelled or interrupted */
  /* Inherited from who starts it; a REPL gives its main thread another one for each input. Set before it
   * is started, main's by itself. */
  uint32_t family;
  uint64_t id;  /* no two of a process have the same; immutable; 0: has none, and holds nothing */
  mn_list held; /* of mn_held.link: what it holds */
  mn_wait_host
      *host; /* NULL: a mere waiter, which blocks, and neither serves nor says what it does */
  mn_parking *parking; /* a task's; immutable; NULL: a thread's own, which always blocks */
  bool may_park;       /* a task's: its next wait may park; else it blocks the thread */
};

/* Numbers of tasks are beside those of threads: this bit is set. */
#define MN_TASK_ID ((uint64_t)1 << 63)

/* What the waiter of that number is, "thread" or "task", and its number among those. */
static inline const char *mn_waiter_kind(uint64_t id, uint64_t *number) {
  *number = id & ~MN_TASK_ID;
  return id & MN_TASK_ID ? "task" : "thread";
}

/* What a task's waiter needs when it is away. Its owner's. */
struct mn_parking {
  /* Called once the waiter that is away is woken, or cancelled: by anybody, who may hold a list's mutex.
   * Immutable. */
  void (*woken)(mn_parking *parking);
  mn_wait_case *cases;  /* where it stands: list, object and wait.c's own; mn_alloc'ed, or `one` */
  uint32_t count, room; /* of cases */
  mn_wait_case one;     /* in place, so that a wait with one case never fails for lack of memory */
  bool away;            /* its last wait has answered MN_PARKED */
  bool owes;            /* some of the cases were woken, which the next wait takes up */
  mn_time deadline;     /* of the wait that is away */
  mn_time until;        /* of the call that was left: another one, if it is to look in between */
  void *kept;           /* by the call that was left; NULL: nothing */
  bool fresh;           /* kept since the task came back last */
  void (*drop)(void *kept);
};

/* What a waiter holds (a lock, an open transaction, a Once that it runs), in its list: the object embeds
 * it. When the waiter's script ends, `abandon` is called on its thread. */
typedef struct mn_held {
  mn_list link;
  void (*abandon)(struct mn_held *held, mn_waiter *holder);
} mn_held;

/* Lets go of all that the waiter holds: its script has ended. */
void mn_waiter_abandon_held(mn_waiter *waiter);

void mn_waitlist_init(mn_waitlist *list);
void mn_waiter_init(mn_waiter *waiter);
/* Makes `host` that of a thread whose own waiter this is. */
void mn_host_init(mn_wait_host *host, mn_waiter *waiter);

/* For makers, after they published. The fast road is one load. */
void mn_waitlist_wake_slow(mn_waitlist *list, uint32_t most);

static inline void mn_waitlist_wake(mn_waitlist *list, uint32_t most) {
  if (atomic_load(&list->count) > 0) mn_waitlist_wake_slow(list, most);
}

static inline void mn_waitlist_wake_all(mn_waitlist *list) {
  mn_waitlist_wake(list, UINT32_MAX);
}

/* Blocks until a case answers: that answer, and the case's index in *fired, which may be NULL. Or
 * until `deadline` passes (MN_TIMEOUT), or the waiter is cancelled (MN_CANCELLED) or interrupted
 * (MN_INTERRUPTED); or a task's waiter parks (MN_PARKED). With several cases each is tried in turn from a
 * rotating start, so none is starved. A deadline of 0 only tries. Only the waiter's own thread may call.
 * Where a header names MN_CANCELLED among the answers of a wait, MN_INTERRUPTED is one, too. */
mn_status mn_wait(mn_waiter *self, mn_wait_case *cases, size_t count, mn_time deadline,
                  size_t *fired);

/* ---- calls that were left ---- */

/* After MN_PARKED: keeps `data` until the call is made once more, or never again: then `drop` is called
 * with it. */
void mn_waiter_keep(mn_waiter *self, void *data, void (*drop)(void *));
/* What the call has kept with that `drop` before it was left, which is the caller's; NULL: nothing, it is
 * made for the first time. */
void *mn_waiter_take_kept(mn_waiter *self, void (*drop)(void *));
/* The same, and it stays there. */
bool mn_waiter_has_kept(const mn_waiter *self, void (*drop)(void *));
/* Drops what nobody took. */
void mn_waiter_drop_kept(mn_waiter *self);

/* ---- for core/task.c ---- */

/* The task comes back: it leaves the lists where it stands. Before its call is made once more. */
void mn_waiter_come_back(mn_waiter *self);
/* After that: wake-ups that no wait of the call took up go to the next ones. */
void mn_waiter_settle_debts(mn_waiter *self);
/* What is of the waiter, from before its first wait. */
void mn_parking_init(mn_parking *parking, void (*woken)(mn_parking *));
/* Writes what a task that is away stands for, "Queue (0/3)", or "". Owner only. */
void mn_parking_describe(const mn_parking *parking, char *text, size_t size);
/* Frees what the waiter of a task has; it stands nowhere. */
void mn_waiter_drop_parking(mn_waiter *self);

/* For waits that are made elsewhere, for descriptors: what the waiter is blocked on from now; NULL, 0: it
 * isn't any more. Only the waiter's own thread may call. */
void mn_waiter_record(mn_waiter *self, const mn_wait_case *cases, size_t count);

/* Writes what the waiter is blocked on, "get of Queue (0/3) at job.lua:12 for 1.25 s", or "" when
 * it isn't. Safe from any thread, while the waiter exists. */
void mn_waiter_describe(mn_waiter *waiter, char *text, size_t size);

/* MN_CANCELLED or MN_INTERRUPTED, if somebody wants the waiter to stop, and it may; else MN_EMPTY. Owner
 * only. */
mn_status mn_waiter_asked_to_stop(const mn_waiter *self);

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

/* Has them called now, if there is reason to and it may be: for who waited for just that. */
void mn_waiter_serve(mn_waiter *self);

/* Waits until no call is expected any more. MN_CANCELLED. */
mn_status mn_waiter_settle(mn_waiter *self);

/* Makes a parked waiter look at its `cancelled` and `interrupted`. Safe from any thread and in a
 * signal handler, while the waiter exists. */
void mn_waiter_wake(mn_waiter *waiter);

#endif

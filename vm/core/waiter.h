/* core/waiter.h -- who waits, the lists in which they stand, and waking them.
 * Level core; never lua.h. core/wait.h says how all of it works together.
 *
 * Lock order: a list's mutex is innermost: nothing else is locked while it is held. */
#ifndef MN_CORE_WAITER_H
#define MN_CORE_WAITER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/status.h"
#include "core/handle.h"
#include "core/pace.h"
#include "os/mutex.h"
#include "os/os.h"

typedef struct mn_waiter mn_waiter;
typedef struct mn_wait_case mn_wait_case;
typedef struct mn_parking mn_parking;
typedef struct mn_wait_host mn_wait_host; /* what the waiters of one thread share */

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
  bool far; /* it comes from another machine, so nothing is gained by staying awake for a moment */
  bool polled; /* the poller of the waiter\'s thread wakes the list, too: it must sleep in that */
  /* private to waiter.c and wait.c */
  mn_list node; /* guarded by list->mutex, as is the next */
  mn_waiter *waiter;
  bool woken; /* taken out of the list by a wake-up since it last stood */
  bool near;  /* the wake-up was the own thread's; only that writes and reads it */
  bool owed;  /* stood again after a wake-up, and has not looked since; the waiter's */
};

/* What a blocked waiter says of itself. Guarded by the waiter's `record_mutex`. */
typedef struct mn_wait_record {
  const mn_wait_case *cases; /* NULL: not blocked */
  size_t count;
  mn_time since;
  mn_site where; /* the script's line that waits */
} mn_wait_record;

/* Where the waiters of one thread block: its own, and those of its tasks. Part of the thread; the owner's
 * but for what says otherwise. */
struct mn_wait_host {
  mn_waiter *waiter;   /* the thread's own, whose word it sleeps on */
  _Atomic bool called; /* the servers have something to do; set by mn_host_call */
  bool serving;
  /* Asked before and after it sleeps: whether the servers are to be called; NULL: nobody is asked. */
  bool (*disturbed)(mn_wait_host *host);
  bool is_lonely;    /* the clock has ended its last sleep, and nobody */
  uint32_t expected; /* calls of servers that are yet to come; the thread's end waits for them */
  mn_time due;       /* when the servers want to be called in any case */
  struct mn_server *servers;          /* core/host.h */
  _Atomic(struct mn_poller *) poller; /* in which it sleeps while it watches descriptors; or NULL */
  uint64_t poller_number;             /* no two of a runtime have the same; 0: none */
  struct mn_sources *sources; /* of the runtime; immutable; NULL: a host without a runtime */
  uint32_t watched;           /* how many it watches, for waits that are not over */
  mn_list watches;            /* core/descriptors.c's: who waits for them */
  mn_mutex record_mutex;
  mn_wait_record record;
  mn_pace pace; /* of its tasks */
  /* Fills in the script's line that waits; called by the waiter before it sleeps. May be NULL. */
  void (*locate)(mn_waiter *waiter, mn_site *where);
};

/* One flow of control that can wait, and hold locks: a thread's own, or a task's. Its owner's, but for
 * what says otherwise. */
struct mn_waiter {
  _Atomic uint32_t signal; /* what of the words below it says; a futex word */
  /* Set by who cancels, from any thread or signal handler; cleared by nobody but the owner. */
  _Atomic bool cancelled;
  /* Set by who interrupts, from any thread; cleared by the owner, who then raises it. */
  _Atomic bool interrupted;
  bool was_served; /* one of its waits got what it was for */
  uint32_t broken; /* while > 0 its waits are broken off as if it were cancelled; the owner's */
  const char *why; /* they are, last; valid while they are */
  bool is_outside; /* its wait is in no block of the script, and not broken off; the owner's */
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
   * True: the caller is the waiter's own thread. Immutable. */
  bool (*woken)(mn_parking *parking);
  mn_wait_case *cases;  /* where it stands: list, object and wait.c's own; mn_alloc'ed, or `one` */
  uint32_t count, room; /* of cases */
  uint32_t polled;      /* how many of those are */
  mn_wait_case one;     /* in place, so that a wait with one case never fails for lack of memory */
  bool away;            /* its last wait has answered MN_PARKED */
  bool is_near;         /* what it stood for was made by its own thread last */
  uint32_t quick;       /* its waits that were over at once, since it came back */
  bool owes;            /* some of the cases were woken, which the next wait takes up */
  mn_time deadline;     /* of the wait that is away */
  mn_time until;        /* of the call that was left: another one, if it is to look in between */
  void *kept;           /* by the call that was left; NULL: nothing */
  bool fresh;           /* kept since the task came back last */
  void (*drop)(void *kept);
};

/* A task that finds what it wants so many times in a row gives way to the others. */
enum { MN_QUICK_MOST = 128 };

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

/* For makers, after they published. The fast road is one load. */
void mn_waitlist_wake_slow(mn_waitlist *list, uint32_t most);

static inline void mn_waitlist_wake(mn_waitlist *list, uint32_t most) {
  if (atomic_load(&list->count) > 0) mn_waitlist_wake_slow(list, most);
}

static inline void mn_waitlist_wake_all(mn_waitlist *list) {
  mn_waitlist_wake(list, UINT32_MAX);
}

/* Makes a parked waiter look at its `cancelled` and `interrupted`. Safe from any thread and in a
 * signal handler, while the waiter exists. */
void mn_waiter_wake(mn_waiter *waiter);

/* ---- for core/wait.c ---- */

/* What a waiter's signal word says: nothing; it was woken; it sleeps on the word, or in its thread's poller;
 * its thread sleeps in its place; its scheduler is to be told. */
enum { MN_IDLE, MN_WOKEN, MN_ASLEEP, MN_POLLING, MN_FORWARDED, MN_AWAY };

/* Puts the case last into its list, if it has one. */
void mn_wait_case_stand(mn_waiter *self, mn_wait_case *wait_case);
/* The same where a wake-up took it out. */
void mn_wait_case_stand_again(mn_waiter *self, mn_wait_case *wait_case);
/* Out of the list, if it still stands there: whether a wake-up has taken it out before. */
bool mn_wait_case_step_out(mn_wait_case *wait_case);
/* The same for good. Who was woken there wakes the next in its place, unless it took what the wake-up
 * was for. `took` says that this case succeeded: then a wake-up before it stood again last is used
 * up, but one since then may have come after it took, for something else. */
void mn_wait_case_leave(mn_wait_case *wait_case, bool took);

#endif

/* subprocess/child.h -- a program that runs beside this one: its end, and signals to it.
 * Level stdlib: vm/core and below; never lua.h.
 * Safe from any thread; only stop blocks (subprocess/pump.h waits). */
#ifndef MN_SUBPROCESS_CHILD_H
#define MN_SUBPROCESS_CHILD_H

#include "core/thread.h"
#include "os/process.h"

typedef struct mn_child {
  mn_handle handle;
  mn_thread *maker; /* a reference; immutable */
  /* Immutable once started, which is before the maker shares it. */
  bool is_started, has_group;
  int pid;
  mn_time latest; /* when its time is over */
  mn_mutex mutex;
  int watch;    /* its pidfd, -1: none; guarded by mutex, as are the next */
  int watchers; /* threads that poll it */
  bool is_over; /* it was waited for */
  bool is_lost; /* by somebody else, so nobody knows how it ended */
  int return_code;
} mn_child;

extern const mn_type mn_child_type;

/* Not started, one reference. NULL: no memory. A child that still runs when its last reference goes is
 * left alone, and waited for in the background; if its maker was cancelled, it is asked to end. */
mn_child *mn_child_new(mn_thread *maker);

/* Starts it, once. MN_INVALID as mn_process_spawn. */
mn_status mn_child_start(mn_child *child, const mn_program *program, mn_time latest,
                         bool *folder_failed);

/* MN_OK: *code, when it has ended. MN_EMPTY: it runs. MN_INVALID: somebody else has waited for it. */
mn_status mn_child_look(mn_child *child, int *code);
/* What was found so before; false: nothing yet. */
bool mn_child_return_code(mn_child *child, int *code);
/* Whether it has ended; but it is not waited for, so that its group may still be signalled. */
bool mn_child_has_ended(mn_child *child);

/* A descriptor that becomes readable with its end, until the leave; -1: there is none, look again every
 * MN_CHILD_LOOK. */
#define MN_CHILD_LOOK (MN_SECOND / 100)
int mn_child_watch(mn_child *child);
void mn_child_leave(mn_child *child);

/* Sends it a signal, unless it was waited for. MN_INVALID: errno says why. */
mn_status mn_child_signal(mn_child *child, int signal);
/* Sends the signal, SIGTERM or SIGKILL, to all that it has started, too: its group, or where it has none
 * of its own, those that it still waits for. */
void mn_child_signal_all(mn_child *child, int signal);

/* Ends it and all that: by SIGTERM, and a second later, or when it has gone, by SIGKILL. Waits for
 * its end, whoever is cancelled. MN_OK; MN_PARKED: to be called again. *until is 0 at first, and its own. */
mn_status mn_child_stop(mn_child *child, mn_waiter *waiter, mn_time *until);
/* The same by SIGKILL at once. */
void mn_child_kill(mn_child *child);

#endif

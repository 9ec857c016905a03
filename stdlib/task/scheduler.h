/* task/scheduler.h -- the tasks of one state, and who of them runs next.
 * Level stdlib. Owner thread only, but where a call says otherwise.
 *
 * A task is a task with its future. The scheduler has a reference to it until it has ended. Its coroutine
 * is resumed in the waits of the thread's own script (core/wait.h), and at its end. */
#ifndef MN_TASK_SCHEDULER_H
#define MN_TASK_SCHEDULER_H

#include <lua.h>

#include "core/task.h"
#include "futures/future.h"
#include "task/timers.h"

typedef struct mn_scheduled mn_scheduled;

typedef struct mn_scheduler {
  mn_server server;
  mn_state *state;
  mn_thread *thread;
  void (*ended)(mn_scheduled *task,
                int status);       /* a task's coroutine has; the task is the callee's then */
  _Atomic(mn_scheduled *) arrived; /* woken by other threads, the last first */
  mn_scheduled *first, *last;      /* to be run, in that order */
  mn_time now;                     /* when the turn began that goes on, or its round */
  mn_timers timers;
  mn_list tasks;  /* of mn_scheduled.link: all that have not ended */
  uint32_t count; /* of them */
  bool keeps_failed;
  mn_list failed; /* of mn_scheduled.link: those that nobody waited for, each a reference */
} mn_scheduler;

struct mn_scheduled {
  mn_future future; /* first: it is the object */
  mn_task base;
  mn_scheduler *scheduler; /* valid until it has ended */
  mn_mutex mutex;          /* held by others who wake it but do not stand in a list for that */
  mn_thread *thread;       /* a reference, until it has ended; guarded by mutex, set by the owner */
  mn_scheduled *next;      /* among those that are to be run, or have arrived */
  mn_time ready;           /* since when it is to be run */
  mn_timer timer;
  mn_list link;
  mn_time begun;        /* when it was made */
  int anchor;           /* keeps its coroutine */
  int arguments;        /* of the first resume */
  bool daemon;          /* its thread's end does not wait for it; immutable once it is started */
  _Atomic bool travels; /* the future was sent, so its results are encoded */
  mn_future_status outcome; /* once its function has ended; then the future has its value */
};

void mn_scheduler_init(mn_scheduler *scheduler, mn_state *state,
                       void (*ended)(mn_scheduled *task, int status));
/* There are no tasks any more. Those in `failed` are let go. */
void mn_scheduler_free(mn_scheduler *scheduler);

/* A task that was not started, one reference, without a coroutine. NULL: no memory. */
mn_scheduled *mn_scheduled_new(mn_scheduler *scheduler, const mn_future_kind *kind);
/* What is left of a task that nobody refers to. */
void mn_scheduled_free(mn_scheduled *task);

/* Runs it when there is time: its coroutine has the function and `arguments` on its stack. The reference
 * is the scheduler's until the task has ended. False: no memory. */
bool mn_scheduled_start(mn_scheduled *task, int arguments);
/* Cancels it. From any thread that has the future. False: it has ended. */
bool mn_scheduled_cancel(mn_scheduled *task);
/* It has ended: the scheduler knows it no more, and what it held is let go. */
void mn_scheduled_leave(mn_scheduled *task);

/* Whether the task, which ends with its outcome, is one for `failed`. */
bool mn_scheduled_is_to_keep(const mn_scheduled *task);

/* Has all run that can, once. Not from a task. */
void mn_scheduler_run(mn_scheduler *scheduler);
/* Cancels those of one family (core/waiter.h), and runs them until they have ended, or have had the time for it.
 * Not from a task. */
void mn_scheduler_end_family(mn_scheduler *scheduler, uint32_t family);
/* Has them run until `is_done`, or until `latest`. Not from a task. */
void mn_scheduler_run_until(mn_scheduler *scheduler, bool (*is_done)(void *), void *argument,
                            mn_time latest);

#endif

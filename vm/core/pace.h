/* core/pace.h -- what others see of a thread's tasks: who is kept waiting, and by what.
 * Level core; never lua.h. Part of the thread's host. The thread's scheduler writes, any thread reads. */
#ifndef MN_CORE_PACE_H
#define MN_CORE_PACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/handle.h"
#include "os/mutex.h"
#include "os/os.h"

/* Each says something by itself, and nothing is read by its help: so all loads and stores are relaxed. */
typedef struct mn_pace {
  _Atomic bool watched;     /* somebody has looked: from then on each turn asks the clock */
  _Atomic uint32_t count;   /* of tasks that have not ended */
  _Atomic uint32_t ready;   /* of those, who could run and is in the queue */
  _Atomic uint32_t arrived; /* woken by other threads, and not in the queue yet; they add to it */
  _Atomic mn_time
      since; /* when the turn began that goes on, or its round, if nobody watches; 0: none does */
  _Atomic mn_time oldest; /* since when the first in the queue could run; 0: nobody is in it */
  _Atomic mn_time called; /* since when the first that has arrived could run */
  _Atomic mn_time due;    /* of the first that sleeps; 0: nobody does */
  _Atomic size_t
      memory; /* bytes of its state's heap when it last slept, or was asked; 0: it did not */
  _Atomic uint32_t asked; /* somebody wants to know `where`; a futex word */
  mn_mutex mutex;
  mn_site where; /* the line that ran when this was asked for; guarded by mutex */
} mn_pace;

#define MN_PACE_SET(pace, what, value) \
  atomic_store_explicit(&(pace)->what, (value), memory_order_relaxed)
#define MN_PACE_GET(pace, what) atomic_load_explicit(&(pace)->what, memory_order_relaxed)

/* What was seen. */
typedef struct mn_pace_view {
  uint32_t count, ready;
  mn_time running; /* how long the current turn has gone on; -1: there is none */
  mn_time oldest;  /* how long the first that could run has waited; -1: none could */
} mn_pace_view;

/* False: the thread has no tasks. Any thread. */
bool mn_pace_look(mn_pace *pace, mn_pace_view *view);

/* Asks the running code for its line, and waits for that until `deadline`. Any thread but its own. False: it
 * has not answered. `nudge` has it look at what it is asked. */
bool mn_pace_ask(mn_pace *pace, void (*nudge)(void *), void *argument, mn_time deadline,
                 mn_site *where);
/* Whether somebody asks. Async-signal-safe. */
static inline bool mn_pace_is_asked(const mn_pace *pace) {
  return atomic_load(&pace->asked) != 0;
}
/* The answer. Owner thread only. */
void mn_pace_answer(mn_pace *pace, const mn_site *where);

#endif

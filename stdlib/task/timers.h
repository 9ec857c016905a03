/* task/timers.h -- who is to be told at what time: a heap.
 * Level stdlib; never lua.h. One thread's alone. */
#ifndef MN_TASK_TIMERS_H
#define MN_TASK_TIMERS_H

#include <stdbool.h>
#include <stddef.h>

#include "os/os.h"

/* Part of who is to be told. All zero: not in a heap. */
typedef struct mn_timer {
  size_t place; /* in the heap, counted from 1; timers.c's */
} mn_timer;

typedef struct mn_timers {
  struct mn_timer_entry *entries; /* mn_alloc'ed or NULL */
  size_t count, room;
} mn_timers;

/* Makes room for so many. False: no memory. */
bool mn_timers_reserve(mn_timers *timers, size_t count);
/* Adds one that is in no heap; there is room. */
void mn_timers_add(mn_timers *timers, mn_timer *timer, mn_time due);
/* Takes it out. False: it was in none. */
bool mn_timers_remove(mn_timers *timers, mn_timer *timer);
/* When the first is due; MN_FOREVER: there is none. */
mn_time mn_timers_due(const mn_timers *timers);
/* Takes out the first, if it is due by then; else NULL. */
mn_timer *mn_timers_take(mn_timers *timers, mn_time now);
void mn_timers_free(mn_timers *timers);

#endif

/* task/timers.c -- a heap of four branches: flatter than one of two, and a node's branches lie side by
 * side. */
#include "task/timers.h"

#include "base/alloc.h"

typedef struct mn_timer_entry {
  mn_time due;
  mn_timer *timer;
} mn_timer_entry;

enum { BRANCHES = 4 };

bool mn_timers_reserve(mn_timers *timers, size_t count) {
  if (count <= timers->room) return true;
  size_t room = timers->room < 16 ? 16 : timers->room * 2;
  if (room < count) room = count;
  mn_timer_entry *entries = mn_realloc(timers->entries, room * sizeof *entries);
  if (!entries) return false;
  timers->entries = entries;
  timers->room = room;
  return true;
}

static void put(mn_timers *timers, size_t at, mn_timer_entry entry) {
  timers->entries[at] = entry;
  entry.timer->place = at + 1;
}

static void rise(mn_timers *timers, size_t at, mn_timer_entry entry) {
  while (at > 0) {
    size_t above = (at - 1) / BRANCHES;
    if (timers->entries[above].due <= entry.due) break;
    put(timers, at, timers->entries[above]);
    at = above;
  }
  put(timers, at, entry);
}

/* The place of the first of those below; `count`: there are none. */
static size_t first_below(const mn_timers *timers, size_t at) {
  size_t first = at * BRANCHES + 1, end = first + BRANCHES;
  if (first >= timers->count) return timers->count;
  if (end > timers->count) end = timers->count;
  for (size_t i = first + 1; i < end; i++)
    if (timers->entries[i].due < timers->entries[first].due) first = i;
  return first;
}

static void sink(mn_timers *timers, size_t at, mn_timer_entry entry) {
  for (;;) {
    size_t below = first_below(timers, at);
    if (below == timers->count || timers->entries[below].due >= entry.due) break;
    put(timers, at, timers->entries[below]);
    at = below;
  }
  put(timers, at, entry);
}

void mn_timers_add(mn_timers *timers, mn_timer *timer, mn_time due) {
  rise(timers, timers->count++, (mn_timer_entry){due, timer});
}

bool mn_timers_remove(mn_timers *timers, mn_timer *timer) {
  if (timer->place == 0) return false;
  size_t at = timer->place - 1;
  mn_time due = timers->entries[at].due;
  timer->place = 0;
  mn_timer_entry last = timers->entries[--timers->count];
  if (at == timers->count) return true;
  if (last.due < due)
    rise(timers, at, last);
  else
    sink(timers, at, last);
  return true;
}

mn_time mn_timers_due(const mn_timers *timers) {
  return timers->count > 0 ? timers->entries[0].due : MN_FOREVER;
}

mn_timer *mn_timers_take(mn_timers *timers, mn_time now) {
  if (timers->count == 0 || timers->entries[0].due > now) return NULL;
  mn_timer *timer = timers->entries[0].timer;
  (void)mn_timers_remove(timers, timer);
  return timer;
}

void mn_timers_free(mn_timers *timers) {
  mn_free(timers->entries);
  *timers = (mn_timers){0};
}

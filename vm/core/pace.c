/* core/pace.c -- looking at another thread's tasks, and asking it where it is. */
#include "core/pace.h"

static mn_time age(mn_time since, mn_time now) {
  return since == 0 ? -1 : now > since ? now - since : 0;
}

static mn_time longer(mn_time a, mn_time b) {
  return a > b ? a : b;
}

bool mn_pace_look(mn_pace *pace, mn_pace_view *view) {
  mn_time now = mn_clock();
  MN_PACE_SET(pace, watched, true);
  view->count = MN_PACE_GET(pace, count);
  uint32_t arrived = MN_PACE_GET(pace, arrived);
  view->ready = MN_PACE_GET(pace, ready) + arrived;
  view->running = age(MN_PACE_GET(pace, since), now);
  view->oldest = age(MN_PACE_GET(pace, oldest), now);
  if (arrived > 0) view->oldest = longer(view->oldest, age(MN_PACE_GET(pace, called), now));
  mn_time due = MN_PACE_GET(pace, due);
  if (due < now) view->oldest = longer(view->oldest, age(due, now));
  return view->count > 0;
}

bool mn_pace_ask(mn_pace *pace, void (*nudge)(void *), void *argument, mn_time deadline,
                 mn_site *where) {
  mn_status status = MN_OK;
  atomic_store(&pace->asked, 1);
  nudge(argument);
  while (mn_pace_is_asked(pace) && status != MN_TIMEOUT)
    status = mn_futex_wait(&pace->asked, 1, deadline);
  mn_mutex_lock(&pace->mutex);
  *where = pace->where;
  mn_mutex_unlock(&pace->mutex);
  return !mn_pace_is_asked(pace) && *where->text;
}

void mn_pace_answer(mn_pace *pace, const mn_site *where) {
  mn_mutex_lock(&pace->mutex);
  pace->where = *where;
  mn_mutex_unlock(&pace->mutex);
  atomic_store(&pace->asked, 0);
  mn_futex_wake(&pace->asked, INT32_MAX);
}

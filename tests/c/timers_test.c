/* tests/c/timers_test.c -- the heap of timers: against a plain list that is searched from end to end. */
#include "task/timers.h"

#include "base/alloc.h"
#include "check.h"

enum { TIMERS = 400 };

/* What is in the heap: the same timers, and when each is due; MN_FOREVER: it is in none. */
typedef struct model {
  mn_timer timers[TIMERS];
  mn_time due[TIMERS];
  size_t count;
} model;

static void model_init(model *m) {
  *m = (model){.count = 0};
  for (size_t i = 0; i < TIMERS; i++) m->due[i] = MN_FOREVER;
}

static mn_time model_due(const model *m) {
  mn_time first = MN_FOREVER;
  for (size_t i = 0; i < TIMERS; i++)
    if (m->due[i] < first) first = m->due[i];
  return first;
}

/* Whatever was done: the count, the first, and who says to be in. */
static void check_same(const model *m, const mn_timers *timers) {
  CHECK(timers->count == m->count && timers->count <= timers->room);
  CHECK(mn_timers_due(timers) == model_due(m));
  for (size_t i = 0; i < TIMERS; i++) CHECK((m->timers[i].place != 0) == (m->due[i] != MN_FOREVER));
}

static void add(model *m, mn_timers *timers, size_t i, mn_time due) {
  CHECK(mn_timers_reserve(timers, m->count + 1));
  mn_timers_add(timers, &m->timers[i], due);
  m->due[i] = due;
  m->count++;
}

static void take_out(model *m, size_t i) {
  m->due[i] = MN_FOREVER;
  m->count--;
}

/* One of those that are due first, whichever; or none, if that is later. */
static void take(model *m, mn_timers *timers, mn_time now) {
  mn_time first = model_due(m);
  const mn_timer *timer = mn_timers_take(timers, now);
  CHECK((timer != NULL) == (m->count > 0 && first <= now));
  if (!timer) return;
  size_t i = (size_t)(timer - m->timers);
  CHECK(i < TIMERS && m->due[i] == first && timer->place == 0);
  take_out(m, i);
}

static void empty(void) {
  mn_timers timers = {0};
  mn_timer timer = {0};
  CHECK(mn_timers_due(&timers) == MN_FOREVER && !mn_timers_take(&timers, MN_FOREVER));
  mn_timers_remove(&timers, &timer); /* it is in none */
  CHECK(mn_timers_reserve(&timers, 0) && timers.count == 0);
  mn_timers_free(&timers);
  CHECK(!timers.entries && timers.room == 0);
}

static void is_due_at_its_time(void) {
  mn_timers timers = {0};
  mn_timer one = {0}, two = {0};
  CHECK(mn_timers_reserve(&timers, 2));
  mn_timers_add(&timers, &one, 20);
  mn_timers_add(&timers, &two, 10);
  CHECK(mn_timers_due(&timers) == 10);
  CHECK(!mn_timers_take(&timers, 9) && mn_timers_take(&timers, 10) == &two);
  CHECK(!mn_timers_take(&timers, 19) && mn_timers_due(&timers) == 20);
  mn_timers_remove(&timers, &two); /* once more */
  CHECK(timers.count == 1 && mn_timers_take(&timers, 100) == &one && timers.count == 0);
  mn_timers_add(&timers, &two, 30); /* again, where there is room */
  CHECK(mn_timers_due(&timers) == 30);
  mn_timers_remove(&timers, &two);
  CHECK(two.place == 0 && timers.count == 0);
  mn_timers_free(&timers);
}

/* All in, from above, from below, all at one time, and mixed; all out, in order. */
static void sorts(void) {
  unsigned long random = test_seed(1);
  for (int order = 0; order < 4; order++) {
    static model m;
    mn_timers timers = {0};
    model_init(&m);
    for (size_t i = 0; i < TIMERS; i++) {
      mn_time mixed = (mn_time)(next_random(&random) % 1000);
      mn_time due[] = {(mn_time)i, (mn_time)(TIMERS - i), 7, mixed};
      add(&m, &timers, i, due[order]);
    }
    check_same(&m, &timers);
    mn_time last = 0;
    while (m.count > 0) {
      mn_time due = mn_timers_due(&timers);
      CHECK(due >= last);
      last = due;
      take(&m, &timers, due);
    }
    check_same(&m, &timers);
    mn_timers_free(&timers);
  }
}

/* Adds, removals from anywhere and takes, at times that are often the same. */
static void like_a_list(void) {
  enum { STEPS = 40000, TIMES = 500 };
  static model m;
  unsigned long random = test_seed(1);
  mn_timers timers = {0};
  model_init(&m);
  for (int step = 0; step < STEPS; step++) {
    size_t i = next_random(&random) % TIMERS;
    mn_time time = (mn_time)(next_random(&random) % TIMES);
    /* In turns it grows and shrinks. */
    unsigned add_share = step / 4000 % 2 ? 30 : 70;
    if (next_random(&random) % 100 < add_share) {
      if (m.due[i] == MN_FOREVER) add(&m, &timers, i, time);
    } else if (next_random(&random) % 2) {
      mn_timers_remove(&timers, &m.timers[i]);
      if (m.due[i] != MN_FOREVER) take_out(&m, i);
    } else {
      take(&m, &timers, time);
    }
    check_same(&m, &timers);
  }
  while (m.count > 0) take(&m, &timers, MN_FOREVER);
  check_same(&m, &timers);
  mn_timers_free(&timers);
}

/* When it can't grow it is as before, and can later. */
static void no_memory(void) {
#ifdef MN_FAULTS
  static model m;
  mn_timers timers = {0};
  model_init(&m);
  for (size_t i = 0; i < TIMERS; i++) {
    size_t room = timers.room;
    if (m.count == room) {
      mn_alloc_fail_at(0, false);
      CHECK(!mn_timers_reserve(&timers, m.count + 1) && mn_alloc_did_fail());
      mn_alloc_fail_at(-1, false);
      CHECK(timers.room == room);
      check_same(&m, &timers);
    }
    add(&m, &timers, i, (mn_time)(TIMERS - i));
  }
  CHECK(timers.room >= TIMERS);
  while (m.count > 0) take(&m, &timers, MN_FOREVER);
  mn_timers_free(&timers);
#endif
}

int main(void) {
  RUN(empty);
  RUN(is_due_at_its_time);
  RUN(sorts);
  RUN(like_a_list);
  RUN(no_memory);
  return 0;
}

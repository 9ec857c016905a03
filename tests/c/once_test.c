/* tests/c/once_test.c -- it is done once, by whoever gets through with it. */
#include "once/once.h"

#include <string.h>

#include "base/alloc.h"
#include "crew.h"

static void drop(mn_once *once) {
  mn_handle_unref((mn_handle *)(void *)once);
}

static mn_message text(const char *s) {
  mn_message m = {0};
  CHECK(mn_message_make(&m, NULL, s, strlen(s), 1, NULL, 0, 0) == MN_OK);
  return m;
}

static void states(void) {
  mn_waiter *self = crew_waiter(), *dead = crew_waiter();
  mn_once *once = mn_once_new();
  bool runs;
  CHECK(mn_once_begin(once, self, &runs) == MN_OK && runs);
  CHECK(mn_once_begin(once, self, &runs) == MN_DEADLOCK);
  mn_once_fail(once, dead);
  atomic_store(&dead->cancelled, true);
  CHECK(mn_once_begin(once, dead, &runs) == MN_CANCELLED && !runs);
  atomic_store(&dead->cancelled, false);
  mn_once_fail(once, self);
  CHECK(mn_once_begin(once, dead, &runs) == MN_OK && runs && !mn_once_is_done(once));
  drop_waiter(dead);
  CHECK(mn_once_begin(once, self, &runs) == MN_OK && runs);
  mn_message results = text("a result that is too long to stand in the message's own struct");
  mn_once_finish(once, &results);
  CHECK(mn_once_is_done(once) && mn_once_begin(once, self, &runs) == MN_OK && !runs);
  CHECK(mn_once_results(once)->size == 62);
  mn_once_fail(once, self);
  CHECK(mn_once_is_done(once));
  drop(once);
  drop_waiter(self);
}

#ifdef MN_FAULTS
static void failing_allocations(void) {
  mn_alloc_fail_at(0, 1);
  CHECK(!mn_once_new());
  mn_alloc_fail_at(-1, 0);
}
#endif

typedef struct task {
  mn_once *once;
  _Atomic int running, finished, fails;
} task;

static void do_once(member *self) {
  task *t = self->argument;
  for (;;) {
    bool runs;
    if (one_in(self, 4)) atomic_store(&self->waiter->cancelled, true);
    mn_status status = mn_once_begin(t->once, self->waiter, &runs);
    atomic_store(&self->waiter->cancelled, false);
    if (status == MN_CANCELLED) continue;
    if (!runs) break;
    CHECK(atomic_fetch_add(&t->running, 1) == 0);
    if (one_in(self, 2)) mn_cpu_yield();
    atomic_fetch_sub(&t->running, 1);
    if (atomic_fetch_add(&t->fails, 1) < 4) {
      if (one_in(self, 2)) return; /* its thread ends */
      mn_once_fail(t->once, self->waiter);
      continue;
    }
    mn_message results = text("done");
    atomic_fetch_add(&t->finished, 1);
    mn_once_finish(t->once, &results);
  }
  CHECK(atomic_load(&t->finished) == 1 && mn_once_results(t->once)->size == 4);
}

static void crowds(void) {
  unsigned long seed = test_seed(31);
  const int sizes[] = {2, 8, 64};
  for (unsigned n = 0; n < 150; n++) {
    task t = {.once = mn_once_new()};
    crew_run(sizes[n % 50 == 49 ? 2 : n % 2], do_once, &t, seed + n);
    /* Two threads may both have ended in it. */
    CHECK(atomic_load(&t.finished) == 1 || atomic_load(&t.fails) <= 4);
    drop(t.once);
  }
}

/* ---- two threads go through many, side by side ---- */

enum { MANY = 30000 };

static mn_once *many[MANY];
static _Atomic uint8_t times[MANY];

static void go_through(member *self) {
  for (int i = 0; i < MANY; i++) {
    bool runs;
    CHECK(mn_once_begin(many[i], self->waiter, &runs) == MN_OK);
    if (!runs) continue;
    CHECK(atomic_fetch_add(&times[i], 1) == 0);
    mn_message results = {0};
    mn_once_finish(many[i], &results);
  }
}

static void none_is_done_twice(void) {
  for (int i = 0; i < MANY; i++) many[i] = mn_once_new();
  crew_run(2, go_through, NULL, 1);
  for (int i = 0; i < MANY; i++) {
    CHECK(atomic_load(&times[i]) == 1);
    drop(many[i]);
  }
}

int main(void) {
  RUN(states);
#ifdef MN_FAULTS
  RUN(failing_allocations);
#endif
  RUN(crowds);
  RUN(none_is_done_twice);
  return 0;
}

/* tests/c/event_test.c -- whoever waits when an event is set goes on, even if it is cleared at once. */
#include "event/event.h"

#include "base/alloc.h"
#include "crew.h"

static void drop(mn_event *event) {
  mn_handle_unref((mn_handle *)(void *)event);
}

static void flag(void) {
  mn_waiter self;
  mn_waiter_init(&self);
  mn_event *e = mn_event_new();
  CHECK(!mn_event_is_set(e) && mn_event_wait(e, &self, 0) == MN_TIMEOUT);
  mn_event_clear(e);
  CHECK(mn_event_wait(e, &self, mn_clock() + 1000) == MN_TIMEOUT);
  mn_event_set(e);
  mn_event_set(e);
  CHECK(mn_event_is_set(e) && mn_event_wait(e, &self, MN_FOREVER) == MN_OK);
  mn_event_clear(e);
  CHECK(!mn_event_is_set(e) && mn_event_wait(e, &self, 0) == MN_TIMEOUT);
  drop(e);
}

#ifdef MN_FAULTS
static void failing_allocations(void) {
  mn_alloc_fail_at(0, 1);
  CHECK(!mn_event_new());
  mn_alloc_fail_at(-1, 0);
}
#endif

static void wait_once(member *self) {
  CHECK(mn_event_wait(self->argument, self->waiter, MN_FOREVER) == MN_OK);
}

/* Each stands when the event is set and cleared; nobody may stay. */
static void a_pulse_reaches_all(void) {
  enum { CROWD = 16, ROUNDS = 20 };
  static member crowd[CROWD];
  mn_event *e = mn_event_new();
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < CROWD; i++) member_start(&crowd[i], wait_once, e, 1);
    for (int i = 0; i < CROWD; i++) until_blocked(crowd[i].waiter);
    mn_event_set(e);
    mn_event_clear(e);
    for (int i = 0; i < CROWD; i++) member_join(&crowd[i]);
  }
  drop(e);
}

typedef struct stage {
  mn_event *event;
  int pulses;
  _Atomic int round, left;
} stage;

/* Waits with all kinds of ends until the last round. */
static void come_and_go(member *self) {
  stage *s = self->argument;
  while (atomic_load(&s->round) >= 0) {
    if (one_in(self, 8)) atomic_store(&self->waiter->cancelled, true);
    mn_time deadline = one_in(self, 2) ? soon(self) : MN_FOREVER;
    (void)mn_event_wait(s->event, self->waiter, deadline);
    atomic_store(&self->waiter->cancelled, false);
  }
  atomic_fetch_sub(&s->left, 1);
}

static void set_and_clear(member *self) {
  stage *s = self->argument;
  for (int i = 0; i < s->pulses; i++) {
    mn_event_set(s->event);
    if (one_in(self, 4)) mn_cpu_yield();
    mn_event_clear(s->event);
  }
}

static void crowds(void) {
  unsigned long seed = test_seed(13);
  const int sizes[] = {2, 8, 64};
  static member crowd[CREW_MOST], setter;
  for (unsigned n = 0; n < 3; n++) {
    stage s = {.event = mn_event_new(), .pulses = 2000 / sizes[n]};
    atomic_store(&s.left, sizes[n]);
    for (int i = 0; i < sizes[n]; i++) member_start(&crowd[i], come_and_go, &s, seed + (unsigned)i);
    member_start(&setter, set_and_clear, &s, seed);
    member_join(&setter);
    atomic_store(&s.round, -1);
    mn_event_set(s.event);
    for (int i = 0; i < sizes[n]; i++) member_join(&crowd[i]);
    CHECK(atomic_load(&s.left) == 0);
    drop(s.event);
  }
}

int main(void) {
  RUN(flag);
#ifdef MN_FAULTS
  RUN(failing_allocations);
#endif
  RUN(a_pulse_reaches_all);
  RUN(crowds);
  return 0;
}

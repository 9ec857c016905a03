/* tests/c/barrier_test.c -- rounds pass together or break together, whoever leaves. */
#include "barrier/barrier.h"

#include "base/alloc.h"
#include "crew.h"
#include "parker.h"

static void drop(mn_barrier *barrier) {
  mn_handle_unref((mn_handle *)(void *)barrier);
}

static mn_barrier *new_barrier(uint32_t parties, bool acts) {
  mn_message action = {0};
  if (acts) CHECK(mn_message_make(&action, NULL, "x", 1, 1, NULL, 0, 0) == MN_OK);
  mn_barrier *barrier = mn_barrier_new(parties, &action, MN_FOREVER);
  CHECK(barrier);
  return barrier;
}

static void breaking(void) {
  mn_waiter self;
  mn_arrival a;
  mn_waiter_init(&self);
  mn_barrier *b = new_barrier(2, false);
  CHECK(mn_barrier_wait(b, &self, 0, &a) == MN_TIMEOUT && mn_barrier_is_broken(b));
  CHECK(mn_barrier_wait(b, &self, MN_FOREVER, &a) == MN_BROKEN);
  mn_barrier_reset(b);
  CHECK(!mn_barrier_is_broken(b) && mn_barrier_waiting(b) == 0);
  atomic_store(&self.cancelled, true);
  CHECK(mn_barrier_wait(b, &self, MN_FOREVER, &a) == MN_CANCELLED && mn_barrier_is_broken(b));
  mn_barrier_reset(b);
  mn_barrier_abort(b);
  CHECK(mn_barrier_wait(b, &self, MN_FOREVER, &a) == MN_BROKEN);
  drop(b);
}

static void acting(void) {
  mn_waiter self;
  mn_arrival a, other;
  mn_waiter_init(&self);
  mn_barrier *b = new_barrier(1, true);
  CHECK(mn_barrier_wait(b, &self, 0, &a) == MN_OK && a.acts && a.index == 1);
  /* One too many stands outside until the action is done; it breaks nothing. */
  CHECK(mn_barrier_wait(b, &self, mn_clock() + 1000, &other) == MN_TIMEOUT);
  CHECK(!mn_barrier_is_broken(b));
  CHECK(mn_barrier_finish(b, a.round) == MN_OK);
  mn_barrier_fail(b, a.round);
  CHECK(!mn_barrier_is_broken(b));
  CHECK(mn_barrier_wait(b, &self, 0, &a) == MN_OK && a.acts);
  mn_barrier_reset(b);
  CHECK(mn_barrier_finish(b, a.round) == MN_BROKEN && !mn_barrier_is_broken(b));
  CHECK(mn_barrier_wait(b, &self, 0, &a) == MN_OK && a.acts);
  mn_barrier_fail(b, a.round);
  CHECK(mn_barrier_is_broken(b));
  drop(b);
}

#ifdef MN_FAULTS
static void failing_allocations(void) {
  mn_alloc_fail_at(0, 1);
  CHECK(!mn_barrier_new(1, NULL, MN_FOREVER));
  mn_alloc_fail_at(-1, 0);
}
#endif

/* ---- phases: nobody is ever a round ahead ---- */

typedef struct phases {
  mn_barrier *barrier;
  int parties;
  long rounds;
  _Atomic long steps, sum;
} phases;

static void step(member *self) {
  phases *p = self->argument;
  for (long round = 1; round <= p->rounds; round++) {
    mn_arrival a;
    atomic_fetch_add(&p->steps, 1);
    if (one_in(self, 8)) mn_cpu_yield();
    CHECK(mn_barrier_wait(p->barrier, self->waiter, MN_FOREVER, &a) == MN_OK);
    atomic_fetch_add(&p->sum, a.index);
    if (a.acts) {
      CHECK(atomic_load(&p->steps) == round * p->parties);
      CHECK(mn_barrier_finish(p->barrier, a.round) == MN_OK);
    }
    long steps = atomic_load(&p->steps);
    CHECK(steps >= round * p->parties && steps <= (round + 1) * p->parties);
  }
}

static void rounds(void) {
  unsigned long seed = test_seed(19);
  const int sizes[] = {2, 8, 64};
  for (unsigned n = 0; n < 6; n++) {
    int parties = sizes[n / 2];
    phases p = {.barrier = new_barrier((uint32_t)parties, n % 2),
                .parties = parties,
                .rounds = 1200 / parties};
    crew_run(parties, step, &p, seed + n);
    CHECK(atomic_load(&p.sum) == p.rounds * parties * (parties + 1) / 2);
    drop(p.barrier);
  }
}

/* ---- rounds that break: in each, all pass or none does ---- */

typedef struct breaker {
  mn_barrier *barrier, *meet;
  uint32_t parties;
  _Atomic uint32_t passed;
} breaker;

static void meet(member *self, breaker *b) {
  mn_arrival a;
  CHECK(mn_barrier_wait(b->meet, self->waiter, MN_FOREVER, &a) == MN_OK);
}

static void pass_or_break(member *self) {
  breaker *b = self->argument;
  for (int i = 0; i < 1600 / (int)b->parties; i++) {
    mn_arrival a;
    bool cancelled = one_in(self, 4UL * b->parties);
    if (cancelled) atomic_store(&self->waiter->cancelled, true);
    mn_time deadline = one_in(self, 2UL * b->parties) ? soon(self) : MN_FOREVER;
    mn_status status = mn_barrier_wait(b->barrier, self->waiter, deadline, &a);
    atomic_store(&self->waiter->cancelled, false);
    if (status == MN_OK && a.acts)
      status = one_in(self, 8) ? MN_BROKEN : mn_barrier_finish(b->barrier, a.round);
    if (status == MN_BROKEN) mn_barrier_fail(b->barrier, a.round);
    /* Who is cancelled as the round passes has passed without knowing. */
    if (status == MN_CANCELLED && !mn_barrier_is_broken(b->barrier)) status = MN_OK;
    if (status == MN_OK) atomic_fetch_add(&b->passed, 1);
    meet(self, b);
    uint32_t passed = atomic_load(&b->passed);
    CHECK(passed == 0 || passed == b->parties);
    CHECK((passed == 0) == mn_barrier_is_broken(b->barrier));
    meet(self, b);
    atomic_store(&b->passed, 0);
    mn_barrier_reset(b->barrier);
    meet(self, b);
  }
}

static void all_or_none(void) {
  unsigned long seed = test_seed(23);
  const int sizes[] = {2, 8, 64};
  for (unsigned n = 0; n < 6; n++) {
    uint32_t parties = (uint32_t)sizes[n / 2];
    breaker b = {new_barrier(parties, n % 2), new_barrier(parties, false), parties, 0};
    crew_run(sizes[n / 2], pass_or_break, &b, seed + n);
    drop(b.barrier);
    drop(b.meet);
  }
}

/* One of three never comes back: the round is broken, unless it has ended. */
static void who_never_comes_back_breaks(void) {
  for (int late = 0; late < 2; late++) {
    mn_barrier *barrier = mn_barrier_new(3, NULL, MN_FOREVER);
    CHECK(barrier);
    mn_arrival arrival;
    parker p[3];
    for (unsigned i = 0; i < 3; i++) parker_init(&p[i], i + 1);
    for (unsigned i = 0; i < 2; i++)
      CHECK(mn_barrier_wait(barrier, &p[i].waiter, MN_FOREVER, &arrival) == MN_PARKED);
    if (!late) parker_drop(&p[0]);
    mn_status status = late ? MN_OK : MN_BROKEN;
    CHECK(mn_barrier_wait(barrier, &p[2].waiter, MN_FOREVER, &arrival) == status);
    CHECK(p[1].woken == 1);
    if (late) parker_drop(&p[0]);
    mn_waiter_come_back(&p[1].waiter);
    CHECK(mn_barrier_wait(barrier, &p[1].waiter, MN_FOREVER, &arrival) == status);
    CHECK(!late || arrival.index == 2);
    CHECK(mn_barrier_is_broken(barrier) == !late && mn_barrier_waiting(barrier) == 0);
    mn_handle_unref((mn_handle *)(void *)barrier);
  }
}

int main(void) {
  RUN(who_never_comes_back_breaks);
  RUN(breaking);
  RUN(acting);
#ifdef MN_FAULTS
  RUN(failing_allocations);
#endif
  RUN(rounds);
  RUN(all_or_none);
  return 0;
}

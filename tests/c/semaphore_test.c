/* tests/c/semaphore_test.c -- no permit is lost or made, with waiters that come and go. */
#include "semaphore/semaphore.h"

#include "base/alloc.h"
#include "crew.h"

static void drop(mn_semaphore *semaphore) {
  mn_handle_unref((mn_handle *)(void *)semaphore);
}

static void counts(void) {
  mn_waiter self;
  mn_waiter_init(&self);
  mn_semaphore *s = mn_semaphore_new(&mn_bounded_semaphore_type, 2);
  CHECK(mn_semaphore_acquire(s, &self, 0) == MN_OK && mn_semaphore_acquire(s, &self, 0) == MN_OK);
  CHECK(mn_semaphore_acquire(s, &self, 0) == MN_TIMEOUT);
  CHECK(mn_semaphore_acquire(s, &self, mn_clock() + 1000) == MN_TIMEOUT);
  CHECK(mn_semaphore_release(s, 3) == MN_TOO_MANY && mn_semaphore_value(s) == 0);
  CHECK(mn_semaphore_release(s, 2) == MN_OK && mn_semaphore_value(s) == 2);
  CHECK(mn_semaphore_release(s, 1) == MN_TOO_MANY);
  drop(s);
  s = mn_semaphore_new(&mn_semaphore_type, 0);
  CHECK(mn_semaphore_release(s, MN_SEMAPHORE_MOST - 1) == MN_OK);
  CHECK(mn_semaphore_release(s, 2) == MN_TOO_MANY && mn_semaphore_release(s, 1) == MN_OK);
  CHECK(mn_semaphore_release(s, UINT64_MAX) == MN_TOO_MANY);
  drop(s);
}

#ifdef MN_FAULTS
static void failing_allocations(void) {
  mn_alloc_fail_at(0, 1);
  CHECK(!mn_semaphore_new(&mn_semaphore_type, 1));
  mn_alloc_fail_at(-1, 0);
}
#endif

typedef struct pot {
  mn_semaphore *permits;
  uint64_t size;
  _Atomic uint64_t taken;
} pot;

static void take_and_give(member *self) {
  pot *p = self->argument;
  for (int i = 0; i < 2000; i++) {
    if (one_in(self, 8)) atomic_store(&self->waiter->cancelled, true);
    /* The lasting ones would hang if a release went to one that has left. */
    mn_time deadline = one_in(self, 2) ? soon(self) : MN_FOREVER;
    mn_status status = mn_semaphore_acquire(p->permits, self->waiter, deadline);
    atomic_store(&self->waiter->cancelled, false);
    if (status != MN_OK) continue;
    CHECK(atomic_fetch_add(&p->taken, 1) < p->size);
    if (one_in(self, 8)) mn_cpu_yield();
    atomic_fetch_sub(&p->taken, 1);
    CHECK(mn_semaphore_release(p->permits, 1) == MN_OK);
  }
}

static void crowds(void) {
  unsigned long seed = test_seed(11);
  const int sizes[] = {2, 8, 64};
  for (unsigned s = 0; s < 3; s++) {
    pot p = {.permits = mn_semaphore_new(&mn_bounded_semaphore_type, s + 1), .size = s + 1};
    crew_run(sizes[s], take_and_give, &p, seed + s);
    CHECK(mn_semaphore_value(p.permits) == p.size);
    drop(p.permits);
  }
}

int main(void) {
  RUN(counts);
#ifdef MN_FAULTS
  RUN(failing_allocations);
#endif
  RUN(crowds);
  return 0;
}

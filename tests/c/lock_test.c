/* tests/c/lock_test.c -- Lock and RLock: turns, suspending, holders that end, mutual exclusion. */
#include "lock/lock.h"

#include <string.h>

#include "base/alloc.h"
#include "crew.h"
#include "lock/turns.h"

static void drop(mn_lock *lock) {
  mn_handle_unref((mn_handle *)(void *)lock);
}

static void turns(void) {
  mn_turns t = {0};
  for (uint64_t i = 1; i <= 1000; i++) CHECK(mn_turns_push(&t, i * 2) == MN_OK);
  CHECK(!mn_turns_remove(&t, 7) && !mn_turns_remove(&t, 2002) && t.depth == 1000);
  CHECK(mn_turns_remove(&t, 2) && !mn_turns_remove(&t, 2) && mn_turns_remove(&t, 2000));
  mn_turns moved = t;
  for (uint64_t i = 999; i > 1; i--) {
    if (i % 2)
      mn_turns_pop(&moved);
    else
      CHECK(mn_turns_remove(&moved, i * 2));
  }
  CHECK(moved.depth == 0);
  mn_turns_drop(&moved);
}

static void a_lock_has_one_turn(void) {
  mn_waiter *self = crew_waiter(), *other = crew_waiter();
  mn_lock *lock = mn_lock_new(&mn_lock_type);
  mn_acquired first, second;
  CHECK(mn_lock_release(lock, self) == MN_NOT_OWNER);
  CHECK(mn_lock_acquire(lock, self, MN_FOREVER, &first) == MN_OK && !first.abandoned);
  CHECK(mn_lock_acquire(lock, self, MN_FOREVER, &second) == MN_DEADLOCK);
  CHECK(mn_lock_acquire(lock, self, mn_clock() + 1000, &second) == MN_TIMEOUT);
  CHECK(mn_lock_acquire(lock, other, 0, &second) == MN_TIMEOUT);
  CHECK(mn_lock_release(lock, other) == MN_NOT_OWNER);
  CHECK(mn_lock_release(lock, self) == MN_OK && !mn_lock_is_held(lock));
  CHECK(mn_lock_acquire(lock, self, 0, &second) == MN_OK && second.turn != first.turn);
  mn_lock_release_turn(lock, self, first.turn);
  CHECK(mn_lock_is_held_by(lock, self));
  mn_lock_release_turn(lock, other, second.turn);
  mn_lock_release_turn(lock, self, second.turn);
  CHECK(!mn_lock_is_held(lock));
  drop(lock);
  drop_waiter(self);
  drop_waiter(other);
}

static void an_rlock_has_many(void) {
  mn_waiter *self = crew_waiter(), *other = crew_waiter();
  mn_lock *lock = mn_lock_new(&mn_rlock_type);
  mn_acquired got[10];
  for (int i = 0; i < 10; i++) CHECK(mn_lock_acquire(lock, self, MN_FOREVER, &got[i]) == MN_OK);
  mn_lock_release_turn(lock, self, got[4].turn);
  mn_lock_release_turn(lock, self, got[4].turn);
  for (int i = 0; i < 8; i++) CHECK(mn_lock_release(lock, self) == MN_OK);
  CHECK(mn_lock_is_held_by(lock, self));
  for (int i = 1; i < 10; i++) mn_lock_release_turn(lock, self, got[i].turn);
  CHECK(mn_lock_is_held_by(lock, self)); /* the first is still there */
  mn_turns saved;
  mn_lock_suspend(lock, &saved);
  mn_acquired others;
  CHECK(mn_lock_acquire(lock, other, 0, &others) == MN_OK);
  mn_lock_release_turn(lock, other, got[0].turn);
  CHECK(mn_lock_release(lock, other) == MN_OK);
  mn_lock_resume(lock, self, &saved);
  mn_lock_release_turn(lock, self, others.turn);
  CHECK(mn_lock_is_held_by(lock, self));
  mn_lock_release_turn(lock, self, got[0].turn);
  CHECK(!mn_lock_is_held(lock));
  drop(lock);
  drop_waiter(self);
  drop_waiter(other);
}

static void a_holder_that_ends(void) {
  mn_waiter *self = crew_waiter();
  mn_lock *lock = mn_lock_new(&mn_rlock_type);
  mn_acquired got;
  mn_waiter *dead = crew_waiter();
  for (int i = 0; i < 20; i++) CHECK(mn_lock_acquire(lock, dead, 0, &got) == MN_OK);
  drop_waiter(dead);
  CHECK(!mn_lock_is_held(lock));
  CHECK(mn_lock_acquire(lock, self, 0, &got) == MN_OK && got.abandoned);
  CHECK(mn_lock_acquire(lock, self, 0, &got) == MN_OK && !got.abandoned);
  CHECK(mn_lock_release(lock, self) == MN_OK && mn_lock_release(lock, self) == MN_OK);
  CHECK(!mn_lock_is_held(lock));
  /* A held lock lives on although nobody else refers to it. */
  CHECK(mn_lock_acquire(lock, self, 0, &got) == MN_OK);
  drop(lock);
  drop_waiter(self);
}

#ifdef MN_FAULTS
static void failing_allocations(void) {
  mn_waiter *self = crew_waiter();
  mn_alloc_fail_at(0, 1);
  CHECK(!mn_lock_new(&mn_lock_type));
  mn_alloc_fail_at(-1, 0);
  mn_lock *lock = mn_lock_new(&mn_rlock_type);
  mn_acquired got;
  mn_alloc_fail_at(0, 1);
  for (int i = 0; i < MN_TURNS_INLINE; i++) CHECK(mn_lock_acquire(lock, self, 0, &got) == MN_OK);
  CHECK(mn_lock_acquire(lock, self, 0, &got) == MN_NOMEM);
  mn_alloc_fail_at(-1, 0);
  for (int i = 0; i < MN_TURNS_INLINE; i++) CHECK(mn_lock_release(lock, self) == MN_OK);
  CHECK(!mn_lock_is_held(lock));
  drop(lock);
  drop_waiter(self);
}
#endif

/* ---- mutual exclusion, with recursion, deadlines, cancels and deaths ---- */

typedef struct account {
  mn_lock *lock;
  long left, right; /* guarded by the lock */
  _Atomic long entries, deaths, told;
} account;

static void change(member *self) {
  account *a = self->argument;
  for (int i = 0; i < 3000; i++) {
    mn_acquired got, again;
    if (one_in(self, 16)) atomic_store(&self->waiter->cancelled, true);
    mn_time deadline = one_in(self, 2) ? soon(self) : MN_FOREVER;
    mn_status status = mn_lock_acquire(a->lock, self->waiter, deadline, &got);
    atomic_store(&self->waiter->cancelled, false);
    if (status != MN_OK) continue;
    if (got.abandoned) {
      atomic_fetch_add(&a->told, 1);
      a->right = a->left;
    }
    CHECK(a->left == a->right);
    a->left++;
    atomic_fetch_add(&a->entries, 1);
    if (one_in(self, 8))
      CHECK(mn_lock_acquire(a->lock, self->waiter, 0, &again) == MN_OK &&
            mn_lock_release(a->lock, self->waiter) == MN_OK);
    if (i > 2000 && one_in(self, 500)) {
      atomic_fetch_add(&a->deaths, 1);
      return;
    }
    a->right++;
    if (one_in(self, 32)) mn_cpu_yield();
    mn_lock_release_turn(a->lock, self->waiter, got.turn);
  }
}

static void crowds(void) {
  unsigned long seed = test_seed(7);
  const int sizes[] = {2, 8, 64};
  for (int s = 0; s < 3; s++) {
    account a = {.lock = mn_lock_new(&mn_rlock_type)};
    crew_run(sizes[s], change, &a, seed + (unsigned)s);
    mn_waiter *self = crew_waiter();
    mn_acquired got;
    CHECK(mn_lock_acquire(a.lock, self, 0, &got) == MN_OK);
    CHECK(atomic_load(&a.told) + got.abandoned == atomic_load(&a.deaths));
    CHECK(a.left == atomic_load(&a.entries));
    drop_waiter(self);
    drop(a.lock);
  }
}

int main(void) {
  RUN(turns);
  RUN(a_lock_has_one_turn);
  RUN(an_rlock_has_many);
  RUN(a_holder_that_ends);
#ifdef MN_FAULTS
  RUN(failing_allocations);
#endif
  RUN(crowds);
  return 0;
}

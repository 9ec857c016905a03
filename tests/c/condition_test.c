/* tests/c/condition_test.c -- each notification ends one wait; none is lost with a waiter that leaves. */
#include "condition/condition.h"

#include "base/alloc.h"
#include "crew.h"
#include "parker.h"

static mn_condition *new_condition(const mn_type *type) {
  mn_lock *lock = mn_lock_new(type);
  CHECK(lock);
  mn_condition *condition = mn_condition_new(lock);
  mn_handle_unref((mn_handle *)(void *)lock);
  return condition;
}

static void drop(mn_condition *condition) {
  mn_handle_unref((mn_handle *)(void *)condition);
}

static void the_lock_comes_back(void) {
  mn_waiter *self = crew_waiter();
  mn_condition *c = new_condition(&mn_rlock_type);
  mn_lock *lock = mn_condition_lock(c);
  mn_acquired got[6];
  for (int i = 0; i < 6; i++) CHECK(mn_lock_acquire(lock, self, 0, &got[i]) == MN_OK);
  mn_condition_notify(c, 5); /* is not kept for those who come later */
  CHECK(mn_condition_wait(c, self, 0) == MN_TIMEOUT);
  CHECK(mn_condition_wait(c, self, mn_clock() + 1000) == MN_TIMEOUT);
  atomic_store(&self->cancelled, true);
  CHECK(mn_condition_wait(c, self, MN_FOREVER) == MN_CANCELLED);
  CHECK(mn_lock_is_held_by(lock, self));
  for (int i = 0; i < 6; i++) mn_lock_release_turn(lock, self, got[i].turn);
  CHECK(!mn_lock_is_held(lock));
  drop(c);
  drop_waiter(self);
}

#ifdef MN_FAULTS
static void failing_allocations(void) {
  mn_lock *lock = mn_lock_new(&mn_lock_type);
  mn_alloc_fail_at(0, 1);
  CHECK(!mn_condition_new(lock));
  mn_alloc_fail_at(-1, 0);
  mn_handle_unref((mn_handle *)(void *)lock);
}
#endif

/* ---- a buffer of one kind of token: takers that wait for ever, and others ---- */

typedef struct buffer {
  mn_condition *changed;
  long tokens, made, taken; /* guarded by the lock */
  bool over;
  int size; /* how many are made; immutable */
} buffer;

static void enter(member *self, mn_lock *lock) {
  mn_acquired got;
  CHECK(mn_lock_acquire(lock, self->waiter, MN_FOREVER, &got) == MN_OK);
}

static void take(member *self) {
  buffer *b = self->argument;
  mn_lock *lock = mn_condition_lock(b->changed);
  enter(self, lock);
  while (!b->over || b->tokens > 0) {
    mn_status status = MN_OK;
    if (b->tokens == 0) {
      bool cancelled = one_in(self, 8);
      if (cancelled) atomic_store(&self->waiter->cancelled, true);
      mn_time deadline = one_in(self, 2) ? soon(self) : MN_FOREVER;
      status = mn_condition_wait(b->changed, self->waiter, deadline);
      atomic_store(&self->waiter->cancelled, false);
      CHECK(mn_lock_is_held_by(lock, self->waiter));
      CHECK(status != MN_CANCELLED || cancelled);
    }
    /* Who is cancelled does not look: the notification must have gone to another. */
    if (status != MN_CANCELLED && b->tokens > 0) {
      b->tokens--;
      b->taken++;
    }
  }
  CHECK(mn_lock_release(lock, self->waiter) == MN_OK);
}

/* Makes tokens one by one, each only when the last one was taken: a lost notification is a hang. */
static void make(member *self) {
  buffer *b = self->argument;
  mn_lock *lock = mn_condition_lock(b->changed);
  for (int i = 0; i < b->size; i++) {
    enter(self, lock);
    b->tokens++;
    b->made++;
    mn_condition_notify(b->changed, 1);
    CHECK(mn_lock_release(lock, self->waiter) == MN_OK);
    if (one_in(self, 4)) mn_cpu_yield();
  }
  enter(self, lock);
  b->over = true;
  mn_condition_notify(b->changed, UINT64_MAX);
  CHECK(mn_lock_release(lock, self->waiter) == MN_OK);
}

static void crowds(void) {
  unsigned long seed = test_seed(17);
  const int sizes[] = {2, 8, 64};
  static member crowd[CREW_MOST], maker;
  for (unsigned n = 0; n < 3; n++) {
    buffer b = {.changed = new_condition(n % 2 ? &mn_rlock_type : &mn_lock_type),
                .size = 4000 / sizes[n]};
    for (int i = 0; i < sizes[n]; i++) member_start(&crowd[i], take, &b, seed + (unsigned)i);
    member_start(&maker, make, &b, seed);
    member_join(&maker);
    for (int i = 0; i < sizes[n]; i++) member_join(&crowd[i]);
    CHECK(b.tokens == 0 && b.taken == b.made);
    drop(b.changed);
  }
}

/* ---- one lasting waiter among those that leave as soon as they stand ---- */

/* As many rounds as the time allows: locks are unfair, so on a busy machine those that come and go
 * all the time keep the others out for long. */
enum { HANDED_ON = 3000 };
#define HAND_ON_TIME (2 * MN_SECOND)

typedef struct relay {
  mn_condition *condition;
  long given; /* guarded by the lock, as is what follows */
  bool stands, over;
} relay;

/* Its time has run out, or it is cancelled, before it waits; it may yet be notified. If it says so it
 * hands that on. */
static void leave_at_once(member *self) {
  relay *r = self->argument;
  mn_lock *lock = mn_condition_lock(r->condition);
  for (bool over = false; !over;) {
    enter(self, lock);
    bool cancelled = one_in(self, 2);
    atomic_store(&self->waiter->cancelled, cancelled);
    mn_status status = mn_condition_wait(r->condition, self->waiter, cancelled ? MN_FOREVER : 0);
    atomic_store(&self->waiter->cancelled, false);
    if (status == MN_OK) mn_condition_notify(r->condition, 1);
    over = r->over;
    CHECK(mn_lock_release(lock, self->waiter) == MN_OK);
  }
}

static void stay(member *self) {
  relay *r = self->argument;
  mn_lock *lock = mn_condition_lock(r->condition);
  enter(self, lock);
  while (!r->over) {
    r->stands = true;
    CHECK(mn_condition_wait(r->condition, self->waiter, MN_FOREVER) == MN_OK);
    r->stands = false;
    r->given++;
  }
  CHECK(mn_lock_release(lock, self->waiter) == MN_OK);
}

/* Each notification is given once, when the lasting one stands: if one is lost, this hangs. */
static void who_leaves_hands_on(void) {
  static member leaving[3], staying;
  relay r = {.condition = new_condition(&mn_lock_type)};
  mn_lock *lock = mn_condition_lock(r.condition);
  mn_waiter *self = crew_waiter();
  member_start(&staying, stay, &r, 1);
  for (unsigned i = 0; i < 3; i++) member_start(&leaving[i], leave_at_once, &r, i);
  mn_time until = mn_clock() + HAND_ON_TIME;
  long round = 0;
  while (!r.over) {
    mn_acquired got;
    CHECK(mn_lock_acquire(lock, self, MN_FOREVER, &got) == MN_OK);
    if (r.stands && r.given == round) {
      round++;
      r.over = round == HANDED_ON || mn_clock() >= until; /* this is the last notification then */
      mn_condition_notify(r.condition, 1);
    }
    CHECK(mn_lock_release(lock, self) == MN_OK);
    mn_cpu_pause();
  }
  member_join(&staying);
  for (int i = 0; i < 3; i++) member_join(&leaving[i]);
  CHECK(r.given == round);
  drop(r.condition);
  drop_waiter(self);
}

static mn_status wait_parked(mn_condition *condition, parker *p) {
  mn_acquired got;
  CHECK(mn_lock_acquire(mn_condition_lock(condition), &p->waiter, 0, &got) == MN_OK);
  return mn_condition_wait(condition, &p->waiter, MN_FOREVER);
}

/* Three wait away from their threads; the first never comes back, before or after it is notified. */
static void who_never_comes_back_hands_on(void) {
  for (int early = 0; early < 2; early++) {
    mn_condition *condition = new_condition(&mn_lock_type);
    mn_lock *lock = mn_condition_lock(condition);
    mn_waiter *self = crew_waiter();
    mn_acquired got;
    parker p[3];
    for (unsigned i = 0; i < 3; i++) {
      parker_init(&p[i], UINT64_MAX - i);
      CHECK(wait_parked(condition, &p[i]) == MN_PARKED);
      CHECK(mn_condition_has_ticket(&p[i].waiter) && !mn_lock_is_held(lock));
    }
    CHECK(mn_lock_acquire(lock, self, MN_FOREVER, &got) == MN_OK);
    if (early) parker_drop(&p[0]);
    mn_condition_notify(condition, 1);
    if (!early) parker_drop(&p[0]); /* while another one holds the lock */
    CHECK(p[1].woken == 1 && p[2].woken == 0);
    mn_waiter_come_back(&p[1].waiter);
    CHECK(mn_condition_wait(condition, &p[1].waiter, MN_FOREVER) == MN_PARKED);
    CHECK(mn_lock_release(lock, self) == MN_OK);
    CHECK(p[1].woken == 2);
    mn_waiter_come_back(&p[1].waiter);
    CHECK(mn_condition_wait(condition, &p[1].waiter, MN_FOREVER) == MN_OK);
    CHECK(mn_lock_is_held_by(lock, &p[1].waiter));
    parker_drop(&p[1]);
    parker_drop(&p[2]);
    CHECK(!mn_lock_is_held(lock));
    drop(condition);
    drop_waiter(self);
  }
}

int main(void) {
  RUN(who_never_comes_back_hands_on);
  RUN(the_lock_comes_back);
#ifdef MN_FAULTS
  RUN(failing_allocations);
#endif
  RUN(crowds);
  RUN(who_leaves_hands_on);
  return 0;
}

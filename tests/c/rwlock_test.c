/* tests/c/rwlock_test.c -- readers together, writers alone, nobody starved, holders that end. */
#include "rwlock/rwlock.h"

#include "base/alloc.h"
#include "crew.h"

static void drop(mn_rwlock *lock) {
  mn_handle_unref((mn_handle *)(void *)lock);
}

static void rules(void) {
  mn_waiter *one = crew_waiter(), *two = crew_waiter();
  mn_rwlock *lock = mn_rwlock_new();
  mn_acquired got, again;
  CHECK(mn_rwlock_release_read(lock, one) == MN_NOT_OWNER);
  CHECK(mn_rwlock_release_write(lock, one) == MN_NOT_OWNER);
  CHECK(mn_rwlock_acquire_read(lock, one, 0, &got) == MN_OK);
  CHECK(mn_rwlock_acquire_read(lock, two, 0, &again) == MN_OK && mn_rwlock_readers(lock) == 2);
  CHECK(mn_rwlock_acquire_read(lock, two, 0, &again) == MN_OK && mn_rwlock_readers(lock) == 2);
  CHECK(mn_rwlock_acquire_write(lock, one, 0, &again) == MN_DEADLOCK);
  CHECK(mn_rwlock_release_read(lock, two) == MN_OK && mn_rwlock_readers(lock) == 2);
  CHECK(mn_rwlock_release_read(lock, two) == MN_OK && mn_rwlock_readers(lock) == 1);
  CHECK(mn_rwlock_acquire_write(lock, two, 0, &again) == MN_TIMEOUT);
  mn_rwlock_release_read_turn(lock, one, got.turn);
  CHECK(mn_rwlock_acquire_write(lock, two, 0, &got) == MN_OK && mn_rwlock_is_written_by(lock, two));
  CHECK(mn_rwlock_acquire_write(lock, two, 0, &again) == MN_DEADLOCK);
  CHECK(mn_rwlock_acquire_read(lock, two, 0, &again) == MN_DEADLOCK);
  CHECK(mn_rwlock_acquire_read(lock, one, 0, &again) == MN_TIMEOUT);
  CHECK(mn_rwlock_release_write(lock, one) == MN_NOT_OWNER);
  CHECK(mn_rwlock_release_write(lock, two) == MN_OK);
  CHECK(mn_rwlock_acquire_write(lock, two, 0, &again) == MN_OK);
  mn_rwlock_release_write_turn(lock, two, got.turn);
  CHECK(mn_rwlock_is_written(lock));
  mn_rwlock_release_write_turn(lock, two, again.turn);
  CHECK(!mn_rwlock_is_written(lock));
  drop(lock);
  drop_waiter(one);
  drop_waiter(two);
}

static void holders_that_end(void) {
  mn_waiter *self = crew_waiter(), *dead = crew_waiter();
  mn_rwlock *lock = mn_rwlock_new();
  mn_acquired got;
  CHECK(mn_rwlock_acquire_read(lock, dead, 0, &got) == MN_OK);
  CHECK(mn_rwlock_acquire_read(lock, dead, 0, &got) == MN_OK);
  drop_waiter(dead);
  CHECK(mn_rwlock_readers(lock) == 0);
  CHECK(mn_rwlock_acquire_write(lock, self, 0, &got) == MN_OK && !got.abandoned);
  CHECK(mn_rwlock_release_write(lock, self) == MN_OK);
  dead = crew_waiter();
  CHECK(mn_rwlock_acquire_write(lock, dead, 0, &got) == MN_OK);
  drop_waiter(dead);
  for (int i = 0; i < 2; i++) {
    CHECK(mn_rwlock_acquire_read(lock, self, 0, &got) == MN_OK && got.abandoned);
    CHECK(mn_rwlock_release_read(lock, self) == MN_OK);
  }
  CHECK(mn_rwlock_acquire_write(lock, self, 0, &got) == MN_OK && got.abandoned);
  CHECK(mn_rwlock_release_write(lock, self) == MN_OK);
  CHECK(mn_rwlock_acquire_read(lock, self, 0, &got) == MN_OK && !got.abandoned);
  drop(lock); /* held: it lives on */
  drop_waiter(self);
}

static void write_once(member *self) {
  mn_acquired got;
  CHECK(mn_rwlock_acquire_write(self->argument, self->waiter, MN_FOREVER, &got) == MN_OK);
  CHECK(mn_rwlock_release_write(self->argument, self->waiter) == MN_OK);
}

static void a_waiting_writer_keeps_readers_out(void) {
  static member writer;
  mn_waiter *reader = crew_waiter(), *late = crew_waiter();
  mn_rwlock *lock = mn_rwlock_new();
  mn_acquired got;
  CHECK(mn_rwlock_acquire_read(lock, reader, 0, &got) == MN_OK);
  member_start(&writer, write_once, lock, 1);
  until_blocked(writer.waiter);
  CHECK(mn_rwlock_acquire_read(lock, late, 0, &got) == MN_TIMEOUT);
  CHECK(mn_rwlock_acquire_read(lock, reader, 0, &got) == MN_OK);
  CHECK(mn_rwlock_release_read(lock, reader) == MN_OK);
  /* One that gives up lets them in again. */
  mn_waiter *hasty = crew_waiter();
  CHECK(mn_rwlock_acquire_write(lock, hasty, mn_clock() + 1000, &got) == MN_TIMEOUT);
  CHECK(mn_rwlock_release_read(lock, reader) == MN_OK);
  member_join(&writer);
  CHECK(mn_rwlock_acquire_read(lock, late, 0, &got) == MN_OK);
  CHECK(mn_rwlock_acquire_write(lock, hasty, mn_clock() + 1000, &got) == MN_TIMEOUT);
  CHECK(mn_rwlock_acquire_read(lock, reader, 0, &got) == MN_OK);
  drop_waiter(reader);
  drop_waiter(late);
  drop_waiter(hasty);
  drop(lock);
}

#ifdef MN_FAULTS
static void failing_allocations(void) {
  mn_waiter *self = crew_waiter();
  mn_acquired got;
  mn_alloc_fail_at(0, 1);
  CHECK(!mn_rwlock_new());
  mn_alloc_fail_at(-1, 0);
  mn_rwlock *lock = mn_rwlock_new();
  mn_alloc_fail_at(0, 1);
  CHECK(mn_rwlock_acquire_read(lock, self, 0, &got) == MN_NOMEM && mn_rwlock_readers(lock) == 0);
  mn_alloc_fail_at(1, 1);
  for (int i = 0; i < MN_TURNS_INLINE; i++)
    CHECK(mn_rwlock_acquire_read(lock, self, 0, &got) == MN_OK);
  CHECK(mn_rwlock_acquire_read(lock, self, 0, &got) == MN_NOMEM);
  mn_alloc_fail_at(-1, 0);
  for (int i = 0; i < MN_TURNS_INLINE; i++) CHECK(mn_rwlock_release_read(lock, self) == MN_OK);
  CHECK(mn_rwlock_readers(lock) == 0);
  drop(lock);
  drop_waiter(self);
}
#endif

/* ---- many, with deadlines, cancels and deaths ---- */

typedef struct page {
  mn_rwlock *lock;
  long left, right; /* guarded by the lock */
  _Atomic long reading, writes, reads, deaths, told;
} page;

static void read_page(member *self, page *p, bool abandoned) {
  mn_acquired again;
  atomic_fetch_add(&p->reading, 1);
  CHECK(abandoned || p->left == p->right);
  if (one_in(self, 8)) {
    CHECK(mn_rwlock_acquire_read(p->lock, self->waiter, 0, &again) == MN_OK);
    if (one_in(self, 2)) mn_cpu_yield();
    CHECK(mn_rwlock_release_read(p->lock, self->waiter) == MN_OK);
  }
  atomic_fetch_add(&p->reads, 1);
  atomic_fetch_sub(&p->reading, 1);
}

static void write_page(member *self, page *p, bool abandoned) {
  CHECK(atomic_load(&p->reading) == 0);
  if (abandoned) {
    atomic_fetch_add(&p->told, 1);
    p->right = p->left;
  }
  CHECK(p->left == p->right);
  p->left++;
  atomic_fetch_add(&p->writes, 1);
  if (one_in(self, 8)) mn_cpu_yield();
}

static void use_page(member *self) {
  page *p = self->argument;
  for (int i = 0; i < 2000; i++) {
    mn_acquired got;
    bool writes = one_in(self, 4);
    if (one_in(self, 16)) atomic_store(&self->waiter->cancelled, true);
    mn_time deadline = one_in(self, 2) ? soon(self) : MN_FOREVER;
    mn_status status = (writes ? mn_rwlock_acquire_write
                               : mn_rwlock_acquire_read)(p->lock, self->waiter, deadline, &got);
    atomic_store(&self->waiter->cancelled, false);
    if (status != MN_OK) continue;
    if (!writes) {
      read_page(self, p, got.abandoned);
      if (i > 1500 && one_in(self, 300)) return;
      mn_rwlock_release_read_turn(p->lock, self->waiter, got.turn);
      continue;
    }
    write_page(self, p, got.abandoned);
    if (i > 1500 && one_in(self, 300)) {
      atomic_fetch_add(&p->deaths, 1);
      return;
    }
    p->right++;
    mn_rwlock_release_write_turn(p->lock, self->waiter, got.turn);
  }
}

static void crowds(void) {
  unsigned long seed = test_seed(29);
  const int sizes[] = {2, 8, 64};
  for (unsigned n = 0; n < 3; n++) {
    page p = {.lock = mn_rwlock_new()};
    crew_run(sizes[n], use_page, &p, seed + n);
    mn_waiter *self = crew_waiter();
    mn_acquired got;
    CHECK(mn_rwlock_readers(p.lock) == 0);
    CHECK(mn_rwlock_acquire_write(p.lock, self, 0, &got) == MN_OK);
    CHECK(atomic_load(&p.told) + got.abandoned == atomic_load(&p.deaths));
    CHECK(p.left == atomic_load(&p.writes));
    drop_waiter(self);
    drop(p.lock);
  }
}

/* ---- a reader that leaves while a writer comes out ---- */

enum { LEAVINGS = 20000 };

typedef struct door {
  mn_rwlock *lock;
  _Atomic int opened, passed;
} door;

static void leave_at_once(member *self) {
  door *d = self->argument;
  for (int i = 1; i <= LEAVINGS; i++) {
    mn_acquired got;
    for (int spins = 0; atomic_load(&d->opened) < i; spins++)
      if (spins > 1000) mn_cpu_yield();
    atomic_store(&self->waiter->cancelled, true);
    mn_status status = mn_rwlock_acquire_read(d->lock, self->waiter, MN_FOREVER, &got);
    if (status == MN_OK) CHECK(mn_rwlock_release_read(d->lock, self->waiter) == MN_OK);
    atomic_store(&d->passed, i);
  }
}

/* What was granted to one that has left must be taken back, or no writer gets in. */
static void who_leaves_blocks_nobody(void) {
  static member reader;
  mn_waiter *self = crew_waiter();
  door d = {.lock = mn_rwlock_new()};
  unsigned long random = test_seed(37);
  member_start(&reader, leave_at_once, &d, 1);
  for (int i = 1; i <= LEAVINGS; i++) {
    mn_acquired got;
    CHECK(mn_rwlock_acquire_write(d.lock, self, 0, &got) == MN_OK);
    atomic_store(&d.opened, i);
    for (unsigned long n = next_random(&random) % 128; n > 0; n--) (void)atomic_load(&d.passed);
    CHECK(mn_rwlock_release_write(d.lock, self) == MN_OK);
    while (atomic_load(&d.passed) < i) mn_cpu_yield();
  }
  member_join(&reader);
  drop(d.lock);
  drop_waiter(self);
}

int main(void) {
  RUN(rules);
  RUN(holders_that_end);
  RUN(a_waiting_writer_keeps_readers_out);
#ifdef MN_FAULTS
  RUN(failing_allocations);
#endif
  RUN(crowds);
  RUN(who_leaves_blocks_nobody);
  return 0;
}

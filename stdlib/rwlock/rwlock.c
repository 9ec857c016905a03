/* rwlock/rwlock.c -- counters under a mutex, and a record for each thread that reads.
 *
 * A thread or task that reads has a record in its list `held`, with its turns: so one that reads again is
 * recognised without any lock, and one that ends is counted out. The writer is known by its id.
 *
 * Who may go in is decided by five numbers, with the mutex held: `writer`, `readers`, and
 *   waiting_writers  while there are any, no new reader goes in;
 *   waiting_readers  how many stand outside;
 *   granted          how many of those may pass waiting writers, because a writer has just come out.
 * While some are granted no writer goes in. granted <= waiting_readers always, so each of them is
 * used up by one who goes in, or is taken back when one leaves.
 *
 * Waiting. What lets others in is written before the lists are woken, with the mutex held, and who
 * looks has it too, or looks at `writer` and `readers` seq_cst: so core/wait.h's first rule holds.
 *
 * Lock order: mutex; the lists are woken without it. */
#include "rwlock/rwlock.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"

struct mn_rwlock {
  mn_handle handle;
  mn_mutex mutex;           /* guards what follows; the two atomics are read without it, too */
  _Atomic uint64_t writer;  /* id of the thread that writes, or 0 */
  _Atomic uint32_t readers; /* threads that read */
  uint32_t waiting_writers, waiting_readers, granted;
  bool abandoned;     /* by a writer, since the last one went in */
  uint64_t last_turn; /* counts acquisitions */
  mn_waitlist read_list, write_list;
  /* The writer's only. */
  mn_held held;
  uint64_t turn;
};

/* A thread's reading. The thread's only. */
typedef struct record {
  mn_held held;
  mn_rwlock *lock; /* a reference */
  mn_turns turns;  /* at least one */
} record;

static void destroy(mn_handle *handle) {
  mn_free(handle);
}

static void describe(mn_handle *handle, char *text, size_t size) {
  const mn_rwlock *lock = (const mn_rwlock *)(const void *)handle;
  uint64_t writer = atomic_load(&lock->writer);
  uint64_t number;
  const char *kind = mn_waiter_kind(writer, &number);
  uint32_t readers = mn_rwlock_readers(lock);
  if (writer != 0)
    (void)snprintf(text, size, "(written by %s %" PRIu64 ")", kind, number);
  else if (readers > 0)
    (void)snprintf(text, size, "(read by %" PRIu32 ")", readers);
  else
    (void)snprintf(text, size, "(free)");
}

static uint32_t waiting(const mn_handle *handle) {
  return atomic_load(&((const mn_rwlock *)(const void *)handle)->read_list.count) +
         atomic_load(&((const mn_rwlock *)(const void *)handle)->write_list.count);
}

static uint64_t holder(const mn_handle *handle) {
  return atomic_load(&((const mn_rwlock *)(const void *)handle)->writer);
}

const mn_type mn_rwlock_type = {.name = "RWLock",
                                .destroy = destroy,
                                .describe = describe,
                                .waiting = waiting,
                                .holder = holder};

static void abandon_write(mn_held *held, mn_waiter *holder);

mn_rwlock *mn_rwlock_new(void) {
  mn_rwlock *lock = mn_alloc_zero(sizeof *lock);
  if (!lock) return NULL;
  mn_handle_init(&lock->handle, &mn_rwlock_type);
  mn_waitlist_init(&lock->read_list);
  mn_waitlist_init(&lock->write_list);
  mn_list_init(&lock->held.link);
  lock->held.abandon = abandon_write;
  return lock;
}

/* ---- going in ---- */

typedef struct entering {
  mn_rwlock *lock;
  mn_waiter *self;
  mn_acquired acquired;
  bool reads;
  bool waiting; /* counted among those that wait */
} entering;

static mn_status try_read_locked(entering *e) {
  mn_rwlock *lock = e->lock;
  if (atomic_load(&lock->writer) != 0) return MN_EMPTY;
  if (lock->waiting_writers > 0 && !(e->waiting && lock->granted > 0)) return MN_EMPTY;
  atomic_fetch_add(&lock->readers, 1);
  if (e->waiting) {
    lock->waiting_readers--;
    if (lock->granted > 0) lock->granted--;
  }
  e->acquired = (mn_acquired){.turn = ++lock->last_turn, .abandoned = lock->abandoned};
  return MN_OK;
}

static mn_status try_write_locked(entering *e) {
  mn_rwlock *lock = e->lock;
  if (atomic_load(&lock->writer) != 0 || atomic_load(&lock->readers) > 0 || lock->granted > 0)
    return MN_EMPTY;
  atomic_store(&lock->writer, e->self->id);
  if (e->waiting) lock->waiting_writers--;
  e->acquired = (mn_acquired){.turn = ++lock->last_turn, .abandoned = lock->abandoned};
  lock->abandoned = false;
  return MN_OK;
}

static mn_status attempt_read(mn_wait_case *c) {
  entering *e = c->argument;
  if (atomic_load(&e->lock->writer) != 0) return MN_EMPTY; /* for those who spin */
  mn_mutex_lock(&e->lock->mutex);
  mn_status status = try_read_locked(e);
  mn_mutex_unlock(&e->lock->mutex);
  return status;
}

static mn_status attempt_write(mn_wait_case *c) {
  entering *e = c->argument;
  mn_rwlock *lock = e->lock;
  if (atomic_load(&lock->writer) != 0 || atomic_load(&lock->readers) > 0) return MN_EMPTY;
  mn_mutex_lock(&lock->mutex);
  mn_status status = try_write_locked(e);
  mn_mutex_unlock(&lock->mutex);
  return status;
}

/* Wakes those who may be able to go in now, whoever that is. */
static void wake(mn_rwlock *lock, bool readers, bool writer) {
  if (readers) mn_waitlist_wake_all(&lock->read_list);
  if (writer) mn_waitlist_wake(&lock->write_list, 1);
}

static void stop_waiting_to_read(mn_rwlock *lock) {
  mn_mutex_lock(&lock->mutex);
  lock->waiting_readers--;
  if (lock->granted > lock->waiting_readers) lock->granted = lock->waiting_readers;
  bool writer = lock->granted == 0;
  mn_mutex_unlock(&lock->mutex);
  wake(lock, false, writer);
}

static void stop_waiting_to_write(mn_rwlock *lock) {
  mn_mutex_lock(&lock->mutex);
  bool readers = --lock->waiting_writers == 0;
  mn_mutex_unlock(&lock->mutex);
  wake(lock, readers, false);
}

static void stop_waiting(entering *e) {
  if (e->reads)
    stop_waiting_to_read(e->lock);
  else
    stop_waiting_to_write(e->lock);
}

/* Tries, and is counted among those that wait if that is needed. */
static mn_status begin(entering *e, mn_time deadline) {
  mn_rwlock *lock = e->lock;
  mn_mutex_lock(&lock->mutex);
  mn_status status = e->reads ? try_read_locked(e) : try_write_locked(e);
  if (status == MN_EMPTY && deadline > 0) {
    e->waiting = true;
    if (e->reads)
      lock->waiting_readers++;
    else
      lock->waiting_writers++;
  }
  mn_mutex_unlock(&lock->mutex);
  return status;
}

/* MN_PARKED: to be done again. */
static mn_status await(entering *e, mn_time deadline) {
  mn_rwlock *lock = e->lock;
  mn_wait_case c = {.list = e->reads ? &lock->read_list : &lock->write_list,
                    .attempt = e->reads ? attempt_read : attempt_write,
                    .argument = e,
                    .object = &lock->handle,
                    .verb = e->reads ? "acquire_read" : "acquire_write"};
  mn_status status = mn_wait(e->self, &c, 1, deadline, NULL);
  if (status != MN_OK && status != MN_PARKED && e->waiting) stop_waiting(e);
  return status;
}

static void free_entering(entering *e) {
  mn_handle_unref(&e->lock->handle);
  mn_free(e);
}

/* A task's that never comes back. */
static void drop(void *kept) {
  stop_waiting(kept);
  free_entering(kept);
}

/* It goes on being counted while the task is away. */
static mn_status wait_as_task(entering *e, mn_time deadline) {
  mn_waiter *self = e->self;
  entering *kept = mn_waiter_take_kept(self, drop);
  if (!kept) {
    kept = mn_alloc(sizeof *kept);
    if (!kept) {
      stop_waiting(e);
      return MN_NOMEM;
    }
    *kept = *e;
    mn_handle_ref(&e->lock->handle);
  }
  mn_status status = await(kept, deadline);
  if (status == MN_PARKED) {
    mn_waiter_keep(self, kept, drop);
    return status;
  }
  *e = *kept;
  free_entering(kept);
  return status;
}

static mn_status enter(entering *e, mn_time deadline) {
  bool comes_back = mn_waiter_has_kept(e->self, drop);
  mn_status status = comes_back ? MN_EMPTY : begin(e, deadline);
  if (status != MN_EMPTY) return status;
  bool parks = e->self->may_park && (comes_back || e->waiting);
  return parks ? wait_as_task(e, deadline) : await(e, deadline);
}

/* ---- coming out ---- */

static void leave_read(mn_rwlock *lock) {
  mn_mutex_lock(&lock->mutex);
  bool last = atomic_fetch_sub(&lock->readers, 1) == 1;
  mn_mutex_unlock(&lock->mutex);
  wake(lock, false, last);
  mn_handle_unref(&lock->handle);
}

static void leave_write(mn_rwlock *lock, bool abandoned) {
  mn_list_remove(&lock->held.link);
  mn_mutex_lock(&lock->mutex);
  lock->abandoned = abandoned;
  lock->granted = lock->waiting_readers;
  bool readers = lock->granted > 0;
  atomic_store(&lock->writer, 0);
  mn_mutex_unlock(&lock->mutex);
  wake(lock, readers, !readers);
  mn_handle_unref(&lock->handle);
}

static void abandon_write(mn_held *held, mn_waiter *holder) {
  (void)holder;
  leave_write(mn_list_entry(held, mn_rwlock, held), true);
}

static void forget(record *r) {
  mn_rwlock *lock = r->lock;
  mn_list_remove(&r->held.link);
  mn_turns_drop(&r->turns);
  mn_free(r);
  leave_read(lock);
}

static void abandon_read(mn_held *held, mn_waiter *holder) {
  (void)holder;
  forget(mn_list_entry(held, record, held));
}

/* ---- reading ---- */

static record *find(const mn_rwlock *lock, mn_waiter *self) {
  for (mn_list *l = self->held.next; l != &self->held; l = l->next) {
    mn_held *held = mn_list_entry(l, mn_held, link);
    if (held->abandon != abandon_read) continue;
    record *r = mn_list_entry(held, record, held);
    if (r->lock == lock) return r;
  }
  return NULL;
}

static mn_status read_again(record *r, mn_acquired *acquired) {
  mn_rwlock *lock = r->lock;
  mn_mutex_lock(&lock->mutex);
  mn_acquired got = {.turn = ++lock->last_turn, .abandoned = lock->abandoned};
  mn_mutex_unlock(&lock->mutex);
  mn_status status = mn_turns_push(&r->turns, got.turn);
  if (status == MN_OK) *acquired = got;
  return status;
}

mn_status mn_rwlock_acquire_read(mn_rwlock *lock, mn_waiter *self, mn_time deadline,
                                 mn_acquired *acquired) {
  record *r = find(lock, self);
  if (r) return read_again(r, acquired);
  if (mn_rwlock_is_written_by(lock, self)) return MN_DEADLOCK;
  r = mn_alloc_zero(sizeof *r);
  if (!r) return MN_NOMEM;
  entering e = {.lock = lock, .self = self, .reads = true};
  mn_status status = enter(&e, deadline);
  if (status != MN_OK) {
    mn_free(r);
    return status;
  }
  *acquired = e.acquired;
  r->held.abandon = abandon_read;
  r->lock = lock;
  mn_handle_ref(&lock->handle);
  mn_list_push_back(&self->held, &r->held.link);
  return mn_turns_push(&r->turns, acquired->turn); /* the first never fails */
}

mn_status mn_rwlock_release_read(mn_rwlock *lock, mn_waiter *self) {
  record *r = find(lock, self);
  if (!r) return MN_NOT_OWNER;
  mn_turns_pop(&r->turns);
  if (r->turns.depth == 0) forget(r);
  return MN_OK;
}

void mn_rwlock_release_read_turn(mn_rwlock *lock, mn_waiter *self, uint64_t turn) {
  record *r = find(lock, self);
  if (r && mn_turns_remove(&r->turns, turn) && r->turns.depth == 0) forget(r);
}

uint32_t mn_rwlock_readers(const mn_rwlock *lock) {
  return atomic_load(&lock->readers);
}

/* ---- writing ---- */

mn_status mn_rwlock_acquire_write(mn_rwlock *lock, mn_waiter *self, mn_time deadline,
                                  mn_acquired *acquired) {
  if (mn_rwlock_is_written_by(lock, self) || find(lock, self)) return MN_DEADLOCK;
  entering e = {.lock = lock, .self = self};
  mn_status status = enter(&e, deadline);
  if (status != MN_OK) return status;
  *acquired = e.acquired;
  lock->turn = acquired->turn;
  mn_handle_ref(&lock->handle);
  mn_list_push_back(&self->held, &lock->held.link);
  return MN_OK;
}

mn_status mn_rwlock_release_write(mn_rwlock *lock, mn_waiter *self) {
  if (!mn_rwlock_is_written_by(lock, self)) return MN_NOT_OWNER;
  leave_write(lock, false);
  return MN_OK;
}

void mn_rwlock_release_write_turn(mn_rwlock *lock, mn_waiter *self, uint64_t turn) {
  if (mn_rwlock_is_written_by(lock, self) && lock->turn == turn) leave_write(lock, false);
}

bool mn_rwlock_is_written(const mn_rwlock *lock) {
  return atomic_load(&lock->writer) != 0;
}

bool mn_rwlock_is_written_by(const mn_rwlock *lock, const mn_waiter *thread) {
  return atomic_load(&lock->writer) == thread->id;
}

/* lock/lock.c -- one word, a wait list, and the list of what a thread holds.
 *
 * `owner` is the id of the thread that holds the lock, or 0. Acquiring is a compare-and-swap from
 * 0; releasing stores 0 and wakes one waiter, which tries like everybody else. A held lock stands
 * in its holder's list `held`, with a reference: so it can't be destroyed while held, and a thread
 * that ends abandons what is left in its list.
 *
 * What a holder wrote in C is seen by the next one, since acquiring reads what releasing stored. */
#include "lock/lock.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"

struct mn_lock {
  mn_handle handle;
  _Atomic uint64_t owner;
  mn_held held;   /* in the holder's list; the holder's only */
  bool abandoned; /* by the last holder; the holder's only */
  uint64_t turn;  /* counts acquisitions; the holder's only */
  mn_waitlist waiters;
};

static void destroy(mn_handle *handle) {
  mn_free(handle);
}

static void describe(mn_handle *handle, char *text, size_t size) {
  uint64_t owner = atomic_load(&((mn_lock *)(void *)handle)->owner);
  if (owner == 0)
    (void)snprintf(text, size, "(free)");
  else
    (void)snprintf(text, size, "(held by thread %" PRIu64 ")", owner);
}

const mn_type mn_lock_type = {.name = "Lock", .destroy = destroy, .describe = describe};

static void set_free(mn_lock *lock) {
  mn_list_remove(&lock->held.link);
  /* seq_cst, as is reading the count of waiters: core/wait.h. */
  atomic_store(&lock->owner, 0);
  mn_waitlist_wake(&lock->waiters, 1);
  mn_handle_unref(&lock->handle);
}

static void abandon(mn_held *held, mn_thread *holder) {
  (void)holder;
  mn_lock *lock = mn_list_entry(held, mn_lock, held);
  lock->abandoned = true;
  set_free(lock);
}

mn_lock *mn_lock_new(void) {
  mn_lock *lock = mn_alloc_zero(sizeof *lock);
  if (!lock) return NULL;
  mn_handle_init(&lock->handle, &mn_lock_type);
  mn_list_init(&lock->held.link);
  lock->held.abandon = abandon;
  mn_waitlist_init(&lock->waiters);
  return lock;
}

static bool try_acquire(mn_lock *lock, mn_thread *self) {
  uint64_t nobody = 0;
  if (atomic_load(&lock->owner) != 0 ||
      !atomic_compare_exchange_strong(&lock->owner, &nobody, self->id))
    return false;
  mn_handle_ref(&lock->handle);
  mn_list_push_back(&self->held, &lock->held.link);
  return true;
}

typedef struct acquiring {
  mn_lock *lock;
  mn_thread *self;
} acquiring;

static mn_status attempt_acquire(mn_wait_case *c) {
  acquiring *a = c->argument;
  return try_acquire(a->lock, a->self) ? MN_OK : MN_EMPTY;
}

mn_status mn_lock_acquire(mn_lock *lock, mn_thread *self, mn_time deadline, bool *abandoned) {
  if (!try_acquire(lock, self)) {
    if (deadline == MN_FOREVER && mn_lock_is_held_by(lock, self)) return MN_DEADLOCK;
    acquiring a = {lock, self};
    mn_wait_case c = {.list = &lock->waiters,
                      .attempt = attempt_acquire,
                      .argument = &a,
                      .object = &lock->handle,
                      .verb = "acquire"};
    mn_status status = mn_wait(&self->waiter, &c, 1, deadline, NULL);
    if (status != MN_OK) return status;
  }
  lock->turn++;
  *abandoned = lock->abandoned;
  lock->abandoned = false;
  return MN_OK;
}

mn_status mn_lock_release(mn_lock *lock, mn_thread *self) {
  if (!mn_lock_is_held_by(lock, self)) return MN_NOT_OWNER;
  set_free(lock);
  return MN_OK;
}

uint64_t mn_lock_turn(const mn_lock *lock) {
  return lock->turn;
}

void mn_lock_release_turn(mn_lock *lock, mn_thread *self, uint64_t turn) {
  if (mn_lock_is_held_by(lock, self) && lock->turn == turn) set_free(lock);
}

bool mn_lock_is_held(const mn_lock *lock) {
  return atomic_load(&lock->owner) != 0;
}

bool mn_lock_is_held_by(const mn_lock *lock, const mn_thread *thread) {
  return atomic_load(&lock->owner) == thread->id;
}

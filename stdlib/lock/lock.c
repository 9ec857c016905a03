/* lock/lock.c -- an owner, and the turns that it has.
 *
 * A lock and a lock that can be acquired again differ in one place only, `acquire`: the first has at
 * most one turn. */
#include "lock/lock.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "base/alloc.h"
#include "lock/owner.h"

struct mn_lock {
  mn_handle handle;
  mn_owner owner;
  uint64_t last_turn; /* counts acquisitions; the holder's only, as is the next */
  mn_turns turns;
};

/* All that acquiring once and releasing write lies in two cache lines: each has to come from the
 * last holder's processor. */
_Static_assert(offsetof(mn_lock, turns.first[1]) <=
                   offsetof(mn_lock, handle.references) / MN_CACHE_LINE * MN_CACHE_LINE +
                       (size_t)2 * MN_CACHE_LINE,
               "two lines");

static void destroy(mn_handle *handle) {
  mn_lock *lock = (mn_lock *)(void *)handle;
  mn_turns_drop(&lock->turns);
  mn_free(lock);
}

static void describe(mn_handle *handle, char *text, size_t size) {
  uint64_t owner = atomic_load(&((mn_lock *)(void *)handle)->owner.thread);
  uint64_t number;
  const char *kind = mn_waiter_kind(owner, &number);
  if (owner == 0)
    (void)snprintf(text, size, "(free)");
  else
    (void)snprintf(text, size, "(held by %s %" PRIu64 ")", kind, number);
}

static uint32_t waiting(const mn_handle *handle) {
  return atomic_load(&((const mn_lock *)(const void *)handle)->owner.waiters.count);
}

static uint64_t holder(const mn_handle *handle) {
  return atomic_load(&((const mn_lock *)(const void *)handle)->owner.thread);
}

const mn_type mn_lock_type = {
    .name = "Lock", .destroy = destroy, .describe = describe, .waiting = waiting, .holder = holder};
const mn_type mn_rlock_type = {.name = "RLock",
                               .destroy = destroy,
                               .describe = describe,
                               .waiting = waiting,
                               .holder = holder};

mn_lock *mn_lock_new(const mn_type *type) {
  mn_lock *lock = mn_alloc_aligned(MN_CACHE_LINE, sizeof *lock);
  if (!lock) return NULL;
  *lock = (mn_lock){0};
  mn_handle_init(&lock->handle, type);
  mn_owner_init(&lock->owner, &lock->handle);
  return lock;
}

bool mn_lock_take_abandoned(mn_lock *lock) {
  bool abandoned = lock->owner.abandoned;
  lock->owner.abandoned = false;
  return abandoned;
}

/* One acquisition more by who holds it; `first`: who has just got it. */
static mn_status add_turn(mn_lock *lock, bool first, mn_acquired *acquired) {
  if (first) lock->turns.depth = 0; /* of a holder that ended */
  mn_status status = mn_turns_push(&lock->turns, lock->last_turn + 1);
  if (status == MN_OK)
    *acquired = (mn_acquired){.turn = ++lock->last_turn, .abandoned = mn_lock_take_abandoned(lock)};
  return status;
}

mn_status mn_lock_acquire(mn_lock *lock, mn_waiter *self, mn_time deadline, mn_acquired *acquired) {
  bool again = mn_lock_is_held_by(lock, self);
  if (!again && !mn_owner_try(&lock->owner, self)) {
    mn_status status = mn_owner_wait(&lock->owner, self, deadline, "acquire");
    if (status != MN_OK) return status;
  } else if (again && lock->handle.type == &mn_lock_type) {
    if (deadline == MN_FOREVER) return MN_DEADLOCK;
    return mn_owner_wait(&lock->owner, self, deadline, "acquire");
  }
  return add_turn(lock, !again, acquired);
}

static mn_status attempt_choice(mn_wait_case *c) {
  mn_lock_choice *choice = c->argument;
  bool again = mn_lock_is_held_by(choice->lock, choice->self);
  if (!again && !mn_owner_try(&choice->lock->owner, choice->self)) return MN_EMPTY;
  return add_turn(choice->lock, !again, &choice->acquired);
}

mn_status mn_lock_prepare(mn_lock *lock, mn_waiter *self, mn_lock_choice *choice,
                          mn_wait_case *wait) {
  if (lock->handle.type == &mn_lock_type && mn_lock_is_held_by(lock, self)) return MN_DEADLOCK;
  *choice = (mn_lock_choice){.lock = lock, .self = self};
  *wait = (mn_wait_case){.list = &lock->owner.waiters,
                         .attempt = attempt_choice,
                         .argument = choice,
                         .object = &lock->handle,
                         .verb = "acquire"};
  return MN_OK;
}

static void release_if_last(mn_lock *lock) {
  if (lock->turns.depth == 0) mn_owner_release(&lock->owner);
}

mn_status mn_lock_release(mn_lock *lock, mn_waiter *self) {
  if (!mn_lock_is_held_by(lock, self)) return MN_NOT_OWNER;
  mn_turns_pop(&lock->turns);
  release_if_last(lock);
  return MN_OK;
}

void mn_lock_release_turn(mn_lock *lock, mn_waiter *self, uint64_t turn) {
  if (mn_lock_is_held_by(lock, self) && mn_turns_remove(&lock->turns, turn)) release_if_last(lock);
}

bool mn_lock_is_held(const mn_lock *lock) {
  return mn_owner_is_somebody(&lock->owner);
}

bool mn_lock_is_held_by(const mn_lock *lock, const mn_waiter *thread) {
  return mn_owner_is(&lock->owner, thread);
}

bool mn_lock_is_held_by_task(const mn_lock *lock) {
  return atomic_load(&lock->owner.thread) & MN_TASK_ID;
}

/* ---- for who waits for something else meanwhile ---- */

void mn_lock_suspend(mn_lock *lock, mn_turns *saved) {
  *saved = lock->turns;
  lock->turns = (mn_turns){0};
  mn_owner_release(&lock->owner);
}

static void take_turns(mn_lock *lock, mn_turns *saved) {
  mn_turns_drop(&lock->turns); /* of a holder that ended */
  lock->turns = *saved;
  *saved = (mn_turns){0};
}

bool mn_lock_try_resume(mn_lock *lock, mn_waiter *self, mn_turns *saved) {
  if (!mn_owner_try(&lock->owner, self)) return false;
  take_turns(lock, saved);
  return true;
}

mn_status mn_lock_resume(mn_lock *lock, mn_waiter *self, mn_turns *saved) {
  if (mn_lock_try_resume(lock, self, saved)) return MN_OK;
  self->shield++;
  mn_status status = mn_owner_wait(&lock->owner, self, MN_FOREVER, "acquire");
  self->shield--;
  if (status == MN_OK) take_turns(lock, saved);
  return status;
}

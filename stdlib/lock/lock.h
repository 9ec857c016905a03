/* lock/lock.h -- a lock that threads share, with an owner: Lock, and RLock, whose holder may acquire
 * it again.
 * Level stdlib: vm/core and below; never lua.h.
 * Safe from any thread; only acquire and resume block. */
#ifndef MN_LOCK_LOCK_H
#define MN_LOCK_LOCK_H

#include <stdbool.h>

#include "core/thread.h"
#include "lock/turns.h"

typedef struct mn_lock mn_lock;

extern const mn_type mn_lock_type, mn_rlock_type;

/* A free lock of that type, one reference. NULL: no memory. */
mn_lock *mn_lock_new(const mn_type *type);

/* Takes the lock for `self`, waiting until `deadline`. acquired->abandoned is said once.
 * MN_TIMEOUT, MN_CANCELLED. MN_DEADLOCK: self holds it already and would wait for ever (never for an
 * RLock). MN_NOMEM, MN_TOO_MANY: self can't acquire an RLock once more. */
mn_status mn_lock_acquire(mn_lock *lock, mn_waiter *self, mn_time deadline, mn_acquired *acquired);

/* For a wait with several cases: makes `wait` one that acquires. `choice` is its own until it is over;
 * choice->acquired is what acquiring gave. MN_DEADLOCK: self holds it already (never an RLock). */
typedef struct mn_lock_choice {
  mn_lock *lock;
  mn_waiter *self;
  mn_acquired acquired;
} mn_lock_choice;
mn_status mn_lock_prepare(mn_lock *lock, mn_waiter *self, mn_lock_choice *choice,
                          mn_wait_case *wait);

/* Undoes self's latest acquisition. MN_NOT_OWNER: somebody else holds it, or nobody. */
mn_status mn_lock_release(mn_lock *lock, mn_waiter *self);

/* Undoes self's acquisition number `turn`; nothing if that was undone before. */
void mn_lock_release_turn(mn_lock *lock, mn_waiter *self, uint64_t turn);

bool mn_lock_is_held(const mn_lock *lock);
bool mn_lock_is_held_by(const mn_lock *lock, const mn_waiter *thread);
/* By some task, of any thread. */
bool mn_lock_is_held_by_task(const mn_lock *lock);

/* For who waits for something else meanwhile: lets go of the lock, all acquisitions at once, and takes
 * it back with all of them. By the holder. Resuming waits whatever happens, cancelled or not: MN_OK, or
 * MN_PARKED. */
void mn_lock_suspend(mn_lock *lock, mn_turns *saved);
mn_status mn_lock_resume(mn_lock *lock, mn_waiter *self, mn_turns *saved);
/* The same if the lock is free. */
bool mn_lock_try_resume(mn_lock *lock, mn_waiter *self, mn_turns *saved);
/* Whether a holder's thread ended since the last acquire; said once. By the holder. */
bool mn_lock_take_abandoned(mn_lock *lock);

#endif

/* lock/lock.h -- a lock that threads share, with an owner.
 * Level stdlib: vm/core and below; never lua.h.
 * Safe from any thread; only acquire blocks. */
#ifndef MN_LOCK_LOCK_H
#define MN_LOCK_LOCK_H

#include <stdbool.h>

#include "core/thread.h"

typedef struct mn_lock mn_lock;

extern const mn_type mn_lock_type;

/* A free lock, one reference. NULL: no memory. */
mn_lock *mn_lock_new(void);

/* Takes the lock for `self`, waiting until `deadline`. *abandoned: the last holder's thread ended
 * while it held the lock; this is said once. MN_TIMEOUT, MN_CANCELLED.
 * MN_DEADLOCK: self holds it already and would wait for ever. */
mn_status mn_lock_acquire(mn_lock *lock, mn_thread *self, mn_time deadline, bool *abandoned);

/* MN_NOT_OWNER: somebody else holds it, or nobody. */
mn_status mn_lock_release(mn_lock *lock, mn_thread *self);

/* The number of self's acquisition, while it holds the lock: no two of a lock's are equal. */
uint64_t mn_lock_turn(const mn_lock *lock);
/* Releases what self acquired as number `turn`; nothing if that was released before. */
void mn_lock_release_turn(mn_lock *lock, mn_thread *self, uint64_t turn);

bool mn_lock_is_held(const mn_lock *lock);
bool mn_lock_is_held_by(const mn_lock *lock, const mn_thread *thread);

#endif

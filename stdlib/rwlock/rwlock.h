/* rwlock/rwlock.h -- a lock that many threads hold for reading, or one for writing.
 * Level stdlib: vm/core and below; never lua.h.
 * Safe from any thread; only the two acquire calls block.
 *
 * A writer that waits keeps new readers out; a thread that reads already may read once more. When a
 * writer is done, the readers that have waited meanwhile come before the next writer. */
#ifndef MN_RWLOCK_RWLOCK_H
#define MN_RWLOCK_RWLOCK_H

#include "core/thread.h"
#include "lock/turns.h"

typedef struct mn_rwlock mn_rwlock;

extern const mn_type mn_rwlock_type;

/* A free lock, one reference. NULL: no memory. */
mn_rwlock *mn_rwlock_new(void);

/* Takes the lock for `self`, waiting until `deadline`: MN_TIMEOUT, MN_CANCELLED.
 * acquired->abandoned: a writer's thread ended while it held the lock; this is said to all who read
 * until it was said to one who writes.
 * MN_DEADLOCK: self holds it in a way that would make it wait for itself: for writing, or, when it
 * wants to write, for reading. MN_NOMEM; MN_TOO_MANY: self reads too many times already. MN_PARKED: self, a
 * task, waits until the next call, and is counted. */
mn_status mn_rwlock_acquire_read(mn_rwlock *lock, mn_waiter *self, mn_time deadline,
                                 mn_acquired *acquired);
mn_status mn_rwlock_acquire_write(mn_rwlock *lock, mn_waiter *self, mn_time deadline,
                                  mn_acquired *acquired);

/* Undoes self's latest acquisition. MN_NOT_OWNER: it has none of the kind. */
mn_status mn_rwlock_release_read(mn_rwlock *lock, mn_waiter *self);
mn_status mn_rwlock_release_write(mn_rwlock *lock, mn_waiter *self);
/* Undoes self's acquisition number `turn`; nothing if that was undone before. */
void mn_rwlock_release_read_turn(mn_rwlock *lock, mn_waiter *self, uint64_t turn);
void mn_rwlock_release_write_turn(mn_rwlock *lock, mn_waiter *self, uint64_t turn);

/* How many threads hold it for reading; a moment ago. */
uint32_t mn_rwlock_readers(const mn_rwlock *lock);
bool mn_rwlock_is_written(const mn_rwlock *lock);
bool mn_rwlock_is_written_by(const mn_rwlock *lock, const mn_waiter *thread);

#endif

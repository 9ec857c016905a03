/* condition/condition.h -- threads that hold a lock wait until another one says that what it
 * protects has changed.
 * Level stdlib: vm/core and below; never lua.h.
 * Safe from any thread; only wait blocks. */
#ifndef MN_CONDITION_CONDITION_H
#define MN_CONDITION_CONDITION_H

#include "lock/lock.h"

typedef struct mn_condition mn_condition;

extern const mn_type mn_condition_type;

/* A condition of `lock`, of which it takes a reference; one reference. NULL: no memory. */
mn_condition *mn_condition_new(mn_lock *lock);

mn_lock *mn_condition_lock(const mn_condition *condition);

/* Lets go of the lock, which self must hold, waits to be notified, and takes the lock back with all its
 * acquisitions, whatever happens. MN_OK: this wait has used up a notification. MN_TIMEOUT,
 * MN_CANCELLED: it has not. MN_NOMEM: nothing was done. MN_PARKED: self, a task, has a ticket now, and
 * goes on with the next call, which it makes without the lock. */
mn_status mn_condition_wait(mn_condition *condition, mn_waiter *self, mn_time deadline);

/* Self is about to make that call once more. */
bool mn_condition_has_ticket(const mn_waiter *self);

/* Ends the waits of the `most` threads that wait longest. The caller holds the lock. */
void mn_condition_notify(mn_condition *condition, uint64_t most);

#endif

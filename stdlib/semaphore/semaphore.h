/* semaphore/semaphore.h -- a number of permits that threads take and give back.
 * Level stdlib: vm/core and below; never lua.h.
 * Safe from any thread; only acquire blocks. Permits have no owner: one thread may give back what
 * another took, and those of a thread that ended stay taken. */
#ifndef MN_SEMAPHORE_SEMAPHORE_H
#define MN_SEMAPHORE_SEMAPHORE_H

#include "core/wait.h"

typedef struct mn_semaphore mn_semaphore;

extern const mn_type mn_semaphore_type, mn_bounded_semaphore_type;

#define MN_SEMAPHORE_MOST ((uint64_t)INT64_MAX)

/* A semaphore of that type with `value` permits, which a bounded one never exceeds; one reference.
 * NULL: no memory. */
mn_semaphore *mn_semaphore_new(const mn_type *type, uint64_t value);

/* Takes a permit, waiting until `deadline`: MN_TIMEOUT, MN_CANCELLED. */
mn_status mn_semaphore_acquire(mn_semaphore *semaphore, mn_waiter *self, mn_time deadline);

/* For a wait with several cases: makes `wait` one that takes a permit. */
void mn_semaphore_prepare(mn_semaphore *semaphore, mn_wait_case *wait);

/* Adds `count` permits, all or none. MN_TOO_MANY: there would be more than there may be. */
mn_status mn_semaphore_release(mn_semaphore *semaphore, uint64_t count);

/* How many permits can be taken; of a semaphore in use, a moment ago. */
uint64_t mn_semaphore_value(const mn_semaphore *semaphore);

#endif

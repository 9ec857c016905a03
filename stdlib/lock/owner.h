/* lock/owner.h -- which thread holds a thing, who waits for it, and what happens when the holder's
 * thread ends: the part that locks, and what else is held, have in common.
 * Level stdlib; never lua.h. Safe from any thread; only wait blocks.
 *
 * Part of a shared object, which it keeps alive while it is held. */
#ifndef MN_LOCK_OWNER_H
#define MN_LOCK_OWNER_H

#include <stdbool.h>

#include "core/thread.h"

typedef struct mn_owner {
  _Atomic uint64_t thread; /* its id, or 0: nobody's */
  mn_handle *object;       /* what this is part of; immutable */
  mn_held held;            /* in the holder's list; the holder's only */
  bool abandoned;          /* by a holder whose thread ended; the holder's only, who may clear it */
  mn_waitlist waiters;
} mn_owner;

void mn_owner_init(mn_owner *owner, mn_handle *object);

/* Makes `self` the holder if nobody is. */
bool mn_owner_try(mn_owner *owner, mn_waiter *self);
/* The same, waiting until `deadline`: MN_TIMEOUT, MN_CANCELLED. `verb` is for diagnostics. */
mn_status mn_owner_wait(mn_owner *owner, mn_waiter *self, mn_time deadline, const char *verb);
/* By the holder; one of those who wait may try. */
void mn_owner_release(mn_owner *owner);

static inline bool mn_owner_is(const mn_owner *owner, const mn_waiter *thread) {
  return atomic_load(&owner->thread) == thread->id;
}
static inline bool mn_owner_is_somebody(const mn_owner *owner) {
  return atomic_load(&owner->thread) != 0;
}

#endif

/* os/mutex.h -- a mutex of four bytes, for sections of a few instructions.
 * Level os. All zero is unlocked; nothing to destroy. Not recursive. Never held across a call of
 * Lua, nor while waiting for anything else. Not for signal handlers. */
#ifndef MN_OS_MUTEX_H
#define MN_OS_MUTEX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct mn_mutex {
  _Atomic uint32_t state; /* 0 free, 1 held, 2 held and somebody sleeps */
} mn_mutex;

void mn_mutex_lock_slow(mn_mutex *mutex);
void mn_mutex_unlock_slow(mn_mutex *mutex);

/* False: somebody holds it. */
static inline bool mn_mutex_try_lock(mn_mutex *mutex) {
  uint32_t free = 0;
  /* relaxed look first: a failing exchange would take the line away from the holder. */
  return atomic_load_explicit(&mutex->state, memory_order_relaxed) == 0 &&
         atomic_compare_exchange_strong_explicit(&mutex->state, &free, 1, memory_order_acquire,
                                                 memory_order_relaxed);
}

static inline void mn_mutex_lock(mn_mutex *mutex) {
  uint32_t free = 0;
  /* acquire: what the last holder wrote is seen; failing reads nothing that matters. */
  if (!atomic_compare_exchange_strong_explicit(&mutex->state, &free, 1, memory_order_acquire,
                                               memory_order_relaxed))
    mn_mutex_lock_slow(mutex);
}

static inline void mn_mutex_unlock(mn_mutex *mutex) {
  /* release: the next holder sees what was written here. */
  if (atomic_exchange_explicit(&mutex->state, 0, memory_order_release) == 2)
    mn_mutex_unlock_slow(mutex);
}

#endif

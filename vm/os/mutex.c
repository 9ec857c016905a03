/* os/mutex.c -- the contended road of the mutex.
 *
 * After Drepper, "Futexes are tricky": a thread that has slept takes the lock in state 2, since it
 * cannot know whether others still sleep; the unlocker of a 2 wakes one. Before it sleeps a thread
 * spins a little (the holder is on another processor and soon done) and then yields (the holder
 * was pushed off this one). It looks less and less often: each look takes the cache line away from
 * the other thread, which gets through several sections in between. */
#include "os/mutex.h"

#include "os/os.h"

/* In pauses of the processor, and in tries. */
enum { LONGEST_SPIN = 32, YIELDS = 4 };

void mn_mutex_lock_slow(mn_mutex *mutex) {
  for (int spin = 1; spin <= LONGEST_SPIN; spin *= 2) {
    for (int i = 0; i < spin; i++) mn_cpu_pause();
    if (mn_mutex_try_lock(mutex)) return;
  }
  for (int i = 0; i < YIELDS; i++) {
    mn_cpu_yield();
    if (mn_mutex_try_lock(mutex)) return;
  }
  while (atomic_exchange_explicit(&mutex->state, 2, memory_order_acquire) != 0)
    (void)mn_futex_wait(&mutex->state, 2, MN_FOREVER);
}

void mn_mutex_unlock_slow(mn_mutex *mutex) {
  mn_futex_wake(&mutex->state, 1);
}

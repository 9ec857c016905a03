/* barrier/barrier.h -- a place where a number of threads wait until all have arrived.
 * Level stdlib: vm/core and below; never lua.h.
 * Safe from any thread; only wait blocks.
 *
 * A round begins with the first to arrive. It ends when all have: they pass, and the next begins. Or
 * it breaks, for all who have arrived, and the barrier stays broken until it is reset. */
#ifndef MN_BARRIER_BARRIER_H
#define MN_BARRIER_BARRIER_H

#include "core/message.h"
#include "core/wait.h"

typedef struct mn_barrier mn_barrier;

extern const mn_type mn_barrier_type;

/* One reference. `action`, NULL for none, is the message of a function that the last to arrive is to
 * run; the barrier takes it over. `timeout` is for waits without a deadline of their own;
 * MN_FOREVER: none. NULL: no memory, the action is the caller's. */
mn_barrier *mn_barrier_new(uint32_t parties, mn_message *action, mn_time timeout);

/* What a thread knows of its round. */
typedef struct mn_arrival {
  uint32_t index; /* who has arrived as which, from 1 */
  bool acts;      /* it is the last, and is to run the action; then to call finish */
  uint64_t round;
} mn_arrival;

/* Arrives, and waits for the others until `deadline`. MN_OK: all have arrived, or arrival->acts.
 * MN_BROKEN. MN_TIMEOUT, MN_CANCELLED: and so the barrier is broken. MN_DEADLOCK: there is
 * no deadline, and the caller is running the action, for which the others wait. MN_NOMEM: it has not
 * arrived. MN_PARKED: self, a task, goes on with the next call, which it makes with the same deadline. */
mn_status mn_barrier_wait(mn_barrier *barrier, mn_waiter *self, mn_time deadline,
                          mn_arrival *arrival);

/* By the thread that acts: the action is done, all may pass. MN_BROKEN: the round is over. */
mn_status mn_barrier_finish(mn_barrier *barrier, uint64_t round);
/* Breaks the barrier if it is still in that round. */
void mn_barrier_fail(mn_barrier *barrier, uint64_t round);

/* Breaks the barrier. */
void mn_barrier_abort(mn_barrier *barrier);
/* Makes it as new; those who wait have been in a broken round. */
void mn_barrier_reset(mn_barrier *barrier);

bool mn_barrier_is_broken(mn_barrier *barrier);
uint32_t mn_barrier_parties(const mn_barrier *barrier);
/* How many have arrived and wait for the others; a moment ago. */
uint32_t mn_barrier_waiting(mn_barrier *barrier);
/* The action's message, which stays the barrier's, or NULL. */
const mn_message *mn_barrier_action(const mn_barrier *barrier);
mn_time mn_barrier_timeout(const mn_barrier *barrier);

#endif

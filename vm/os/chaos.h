/* os/chaos.h -- the seam by which tests disturb the schedule where threads wait for and wake each
 * other.
 * Level os. Safe from any thread. In builds without MN_FAULTS nothing is disturbed; in the others
 * when the environment has MOONS_CHAOS, a number, which is the seed of what is done. */
#ifndef MN_OS_CHAOS_H
#define MN_OS_CHAOS_H

#include <stdbool.h>

#ifdef MN_FAULTS

/* Goes on at once, after giving up the processor, or after a short sleep. */
void mn_chaos_point(void);
/* Whether a short cut is to be left out this time. */
bool mn_chaos_skips(void);

#else

static inline void mn_chaos_point(void) {}
static inline bool mn_chaos_skips(void) {
  return false;
}

#endif

#endif

/* os/chaos.c -- random numbers of each thread's own, made of the seed and of how many threads asked
 * before. So the choices of a thread can be had again by the seed; what comes of them depends on
 * the system's schedule, too. */
#define _GNU_SOURCE /* for nanosleep */
#include "os/chaos.h"

#ifdef MN_FAULTS

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/* Odds, of 64. */
enum { YIELDS = 16, SLEEPS = 3, SKIPS = 40 };

static _Atomic uint64_t threads;
static _Thread_local uint64_t state;    /* 0: not begun */
static _Thread_local bool is_disturbed; /* MOONS_CHAOS was there */

static unsigned draw(void) {
  if (state == 0) {
    const char *seed = getenv("MOONS_CHAOS");
    is_disturbed = seed && *seed;
    uint64_t number = atomic_fetch_add(&threads, 1) + 1;
    state = (is_disturbed ? strtoull(seed, NULL, 0) : 0) ^ number * 0x9e3779b97f4a7c15u;
    if (state == 0) state = 1;
  }
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (unsigned)(state * 2685821657736338717u >> 58);
}

void mn_chaos_point(void) {
  unsigned drawn = draw();
  if (!is_disturbed) return;
  if (drawn < YIELDS)
    (void)sched_yield();
  else if (drawn < YIELDS + SLEEPS)
    (void)nanosleep(&(struct timespec){.tv_nsec = 1000 * (long)draw()}, NULL);
}

bool mn_chaos_skips(void) {
  return draw() < SKIPS && is_disturbed;
}

#else

/* A file of C must declare something. */
typedef int mn_chaos_none;

#endif

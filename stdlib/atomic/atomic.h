/* atomic/atomic.h -- a number that threads change together, each change whole.
 * Level stdlib: vm/core and below; never lua.h.
 * Safe from any thread; nothing blocks, no lock is taken. */
#ifndef MN_ATOMIC_ATOMIC_H
#define MN_ATOMIC_ATOMIC_H

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "core/handle.h"
#include "os/os.h"

typedef struct mn_atomic {
  mn_handle handle;
  bool is_float; /* immutable */
  /* The integer, or the bits of the float; on a cache line of its own, since nothing else of the
   * object should move between processors with it. Changes are seq_cst: scripts may order other
   * things by them, and the processors we run on charge the same for less. */
  _Alignas(MN_CACHE_LINE) _Atomic uint64_t word;
} mn_atomic;

extern const mn_type mn_atomic_type;

/* One reference. NULL: no memory. */
mn_atomic *mn_atomic_new(bool is_float, uint64_t word);

/* Each gives the new number. Integers wrap around; those of floats are for atomics of floats. */
double mn_atomic_add_float(mn_atomic *atomic, double more);
int64_t mn_atomic_max(mn_atomic *atomic, int64_t least);
int64_t mn_atomic_min(mn_atomic *atomic, int64_t most);
/* A number that is not smaller, or greater, changes nothing: so no NaN does, and none is changed. */
double mn_atomic_max_float(mn_atomic *atomic, double least);
double mn_atomic_min_float(mn_atomic *atomic, double most);

/* Puts `wanted` in the place of what equals *expected. False: *expected is what is there. */
bool mn_atomic_cas_float(mn_atomic *atomic, double *expected, double wanted);

static inline uint64_t mn_float_to_word(double number) {
  uint64_t word;
  memcpy(&word, &number, sizeof word);
  return word;
}

static inline double mn_word_to_float(uint64_t word) {
  double number;
  memcpy(&number, &word, sizeof number);
  return number;
}

#endif

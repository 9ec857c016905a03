/* atomic/atomic.c -- what the processor has no instruction for: look, compute, put it there if
 * nobody came between, else again. Some thread always gets on. */
#include "atomic/atomic.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a word of 64 bits is changed without a lock");

static void destroy(mn_handle *handle) {
  mn_free(handle);
}

static void describe(mn_handle *handle, char *text, size_t size) {
  mn_atomic *atomic = (mn_atomic *)(void *)handle;
  uint64_t word = atomic_load(&atomic->word);
  if (atomic->is_float)
    (void)snprintf(text, size, "(%.14g)", mn_word_to_float(word));
  else
    (void)snprintf(text, size, "(%" PRId64 ")", (int64_t)word);
}

const mn_type mn_atomic_type = {.name = "Atomic", .destroy = destroy, .describe = describe};

mn_atomic *mn_atomic_new(bool is_float, uint64_t word) {
  mn_atomic *atomic = mn_alloc_aligned(MN_CACHE_LINE, sizeof *atomic);
  if (!atomic) return NULL;
  mn_handle_init(&atomic->handle, &mn_atomic_type);
  atomic->is_float = is_float;
  atomic_init(&atomic->word, word);
  return atomic;
}

double mn_atomic_add_float(mn_atomic *atomic, double more) {
  uint64_t seen = atomic_load(&atomic->word), wanted;
  do {
    wanted = mn_float_to_word(mn_word_to_float(seen) + more);
  } while (!atomic_compare_exchange_weak(&atomic->word, &seen, wanted));
  return mn_word_to_float(wanted);
}

int64_t mn_atomic_max(mn_atomic *atomic, int64_t least) {
  uint64_t seen = atomic_load(&atomic->word);
  while ((int64_t)seen < least)
    if (atomic_compare_exchange_weak(&atomic->word, &seen, (uint64_t)least)) return least;
  return (int64_t)seen;
}

int64_t mn_atomic_min(mn_atomic *atomic, int64_t most) {
  uint64_t seen = atomic_load(&atomic->word);
  while ((int64_t)seen > most)
    if (atomic_compare_exchange_weak(&atomic->word, &seen, (uint64_t)most)) return most;
  return (int64_t)seen;
}

double mn_atomic_max_float(mn_atomic *atomic, double least) {
  uint64_t seen = atomic_load(&atomic->word);
  while (mn_word_to_float(seen) < least)
    if (atomic_compare_exchange_weak(&atomic->word, &seen, mn_float_to_word(least))) return least;
  return mn_word_to_float(seen);
}

double mn_atomic_min_float(mn_atomic *atomic, double most) {
  uint64_t seen = atomic_load(&atomic->word);
  while (mn_word_to_float(seen) > most)
    if (atomic_compare_exchange_weak(&atomic->word, &seen, mn_float_to_word(most))) return most;
  return mn_word_to_float(seen);
}

bool mn_atomic_cas_float(mn_atomic *atomic, double *expected, double wanted) {
  /* By value, not by bits: -0.0 equals 0.0, and no NaN equals anything. */
  uint64_t seen = atomic_load(&atomic->word);
  while (mn_word_to_float(seen) == *expected)
    if (atomic_compare_exchange_weak(&atomic->word, &seen, mn_float_to_word(wanted))) return true;
  *expected = mn_word_to_float(seen);
  return false;
}

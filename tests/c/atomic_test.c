/* tests/c/atomic_test.c -- what has no instruction of its own, by many threads at once. */
#include "atomic/atomic.h"

#include "check.h"

enum { THREADS = 4, EACH = 50000 };

typedef struct share {
  mn_atomic *sum, *most, *least;
  int64_t id;
} share;

static void *add_all(void *p) {
  share *s = p;
  for (int64_t i = 0; i < EACH; i++) {
    mn_atomic_add_float(s->sum, 0.25);
    mn_atomic_max(s->most, i * THREADS + s->id);
    mn_atomic_min(s->least, -(i * THREADS + s->id));
    double seen = mn_word_to_float(atomic_load(&s->sum->word));
    while (!mn_atomic_cas_float(s->sum, &seen, seen + 0.25)) continue;
  }
  return NULL;
}

static void nothing_is_lost(void) {
  mn_atomic *sum = mn_atomic_new(true, mn_float_to_word(0.0));
  mn_atomic *most = mn_atomic_new(false, 0), *least = mn_atomic_new(false, 0);
  share shares[THREADS];
  pthread_t threads[THREADS];
  CHECK((uintptr_t)&sum->word % MN_CACHE_LINE == 0);
  for (int i = 0; i < THREADS; i++) {
    shares[i] = (share){sum, most, least, i};
    threads[i] = start_thread(add_all, &shares[i]);
  }
  for (int i = 0; i < THREADS; i++) join_thread(threads[i]);
  CHECK(mn_word_to_float(atomic_load(&sum->word)) == THREADS * EACH * 0.5);
  CHECK((int64_t)atomic_load(&most->word) == THREADS * EACH - 1);
  CHECK((int64_t)atomic_load(&least->word) == -(THREADS * EACH - 1));
  mn_handle_unref(&sum->handle);
  mn_handle_unref(&most->handle);
  mn_handle_unref(&least->handle);
}

static void no_nan_is_greater_or_smaller(void) {
  mn_atomic *a = mn_atomic_new(true, mn_float_to_word(1.5));
  double nan = strtod("nan", NULL);
  CHECK(mn_atomic_max_float(a, nan) == 1.5 && mn_atomic_min_float(a, nan) == 1.5);
  CHECK(!mn_atomic_cas_float(a, &nan, 2.0) && nan == 1.5);
  CHECK(mn_atomic_max_float(a, 2.5) == 2.5 && mn_atomic_min_float(a, 0.5) == 0.5);
  mn_handle_unref(&a->handle);
}

int main(void) {
  RUN(nothing_is_lost);
  RUN(no_nan_is_greater_or_smaller);
  return 0;
}

/* peers/c/roundtrip.c -- an integer goes to another thread and comes back,
 * through two one-slot boxes: by raw futex, or by mutex and condition. Neither
 * spins: the cost shown is that of sleeping and waking. */
#include "bench.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct box {
  _Atomic unsigned full; /* the futex word; the condition's predicate */
  long value;            /* owned by the producer while full is 0 */
  pthread_mutex_t mutex;
  pthread_cond_t changed;
} box;

static box there = {0, 0, PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER};
static box back = {0, 0, PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER};
static int by_futex;
static long rounds;

static void put_futex(box *b, long value) {
  b->value = value;
  atomic_store(&b->full, 1);
  syscall(SYS_futex, &b->full, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static long get_futex(box *b) {
  while (atomic_load(&b->full) == 0)
    syscall(SYS_futex, &b->full, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
  long value = b->value;
  atomic_store(&b->full, 0);
  return value;
}

static void put_condition(box *b, long value) {
  pthread_mutex_lock(&b->mutex);
  b->value = value;
  b->full = 1;
  pthread_cond_signal(&b->changed);
  pthread_mutex_unlock(&b->mutex);
}

static long get_condition(box *b) {
  pthread_mutex_lock(&b->mutex);
  while (!b->full) pthread_cond_wait(&b->changed, &b->mutex);
  long value = b->value;
  b->full = 0;
  pthread_mutex_unlock(&b->mutex);
  return value;
}

static void put(box *b, long value) {
  if (by_futex)
    put_futex(b, value);
  else
    put_condition(b, value);
}

static long get(box *b) {
  return by_futex ? get_futex(b) : get_condition(b);
}

static void *echo(void *arg) {
  for (long i = 0; i < rounds; i++) put(&back, get(&there));
  return arg;
}

static double round_trips(long n) {
  pthread_t thread;
  rounds = n + 1;
  bench_check(pthread_create(&thread, NULL, echo, NULL) == 0, "no thread");
  put(&there, 0);
  get(&back);
  double start = bench_now();
  for (long i = 1; i <= n; i++) {
    put(&there, i);
    bench_check(get(&back) == i, "wrong value came back");
  }
  double seconds = bench_now() - start;
  pthread_join(thread, NULL);
  return seconds;
}

/* roundtrip futex|condition N */
void bench_roundtrip(char **args) {
  long n = atol(args[1]);
  by_futex = strcmp(args[0], "futex") == 0;
  round_trips(n / 10);
  bench_report("seconds_each", round_trips(n) / (double)n);
}

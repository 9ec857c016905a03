/* peers/c/counter.c -- threads that change one number together: under a mutex, or atomically. */
#include "bench.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t gate;
static volatile long locked;
static _Atomic long atomic;

static void *change_locked(void *argument) {
  long count = *(long *)argument;
  pthread_barrier_wait(&gate);
  for (long i = 0; i < count; i++) {
    pthread_mutex_lock(&mutex);
    locked = locked + 1;
    pthread_mutex_unlock(&mutex);
  }
  return NULL;
}

static void *change_atomic(void *argument) {
  long count = *(long *)argument;
  pthread_barrier_wait(&gate);
  for (long i = 0; i < count; i++) atomic_fetch_add(&atomic, 1);
  return NULL;
}

/* counter mutex|atomic THREADS N */
void bench_counter(char **args) {
  enum { MOST = 64 };
  int is_atomic = strcmp(args[0], "atomic") == 0, count = atoi(args[1]);
  long each = atol(args[2]) / count;
  pthread_t threads[MOST];
  bench_check(count > 0 && count <= MOST, "1 to 64 threads");
  pthread_barrier_init(&gate, NULL, (unsigned)count + 1);
  for (int i = 0; i < count; i++)
    bench_check(
        pthread_create(&threads[i], NULL, is_atomic ? change_atomic : change_locked, &each) == 0,
        "no thread");
  pthread_barrier_wait(&gate);
  double start = bench_now();
  for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
  double seconds = bench_now() - start;
  bench_check((is_atomic ? atomic : locked) == each * count, "counts were lost");
  bench_report("per_second", (double)(each * count) / seconds);
}

/* peers/c/threads.c -- what bare threads cost: one after the other, and
 * many that wait at the same time. */
#include "bench.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

static void *identity(void *arg) {
  return arg;
}

static double spawn_and_join(long n) {
  double start = bench_now();
  for (long i = 0; i < n; i++) {
    pthread_t thread;
    void *result;
    bench_check(pthread_create(&thread, NULL, identity, &start) == 0, "no thread");
    pthread_join(thread, &result);
    bench_check(result == &start, "wrong result");
  }
  return bench_now() - start;
}

/* spawn FORM N */
void bench_spawn(char **args) {
  long n = atol(args[1]);
  spawn_and_join(n / 10);
  bench_report("seconds_each", spawn_and_join(n) / (double)n);
}

static sem_t ready, gate;

static void *wait_at_gate(void *arg) {
  sem_post(&ready);
  sem_wait(&gate);
  return arg;
}

/* live FORM N: the time until all N threads have come to their wait. */
void bench_live(char **args) {
  long n = atol(args[1]);
  pthread_t *threads = calloc((size_t)n, sizeof *threads);
  sem_init(&ready, 0, 0);
  sem_init(&gate, 0, 0);
  double before = bench_rss(), start = bench_now();
  for (long i = 0; i < n; i++)
    bench_check(pthread_create(&threads[i], NULL, wait_at_gate, NULL) == 0, "no thread");
  for (long i = 0; i < n; i++) sem_wait(&ready);
  bench_report("seconds", bench_now() - start);
  bench_report("bytes_each", (bench_rss() - before) / (double)n);
  for (long i = 0; i < n; i++) sem_post(&gate);
  for (long i = 0; i < n; i++) pthread_join(threads[i], NULL);
  free(threads);
}

/* peers/c/queue.c -- one-way traffic: chooses the queue, runs the race and
 * checks that every value arrived. Plain memcpy is here as the limit of the
 * string rows. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

/* Every producer sends 1, 2, 3 ... n/producers. */
static long expected_sum(const bench_race *race) {
  long each = race->n / race->producers;
  return race->producers * (each * (each + 1) / 2);
}

/* queue ring|mutex int|batch|string PRODUCERS CONSUMERS N BYTES */
void bench_queue(char **args) {
  const char *form = args[0], *kind = args[1];
  bench_race race = {.producers = atoi(args[2]), .consumers = atoi(args[3]), .n = atol(args[4])};
  long sum;
  race.bytes = (size_t)atol(args[5]);
  if (strcmp(form, "ring") == 0)
    bench_use_ring(&race);
  else
    bench_use_mutex(&race, kind);
  bench_race warm = race;
  warm.n = race.n / 8;
  bench_run_race(&warm, &sum);
  double seconds = bench_run_race(&race, &sum);
  if (strcmp(kind, "string") != 0) bench_check(sum == expected_sum(&race), "values were lost");
  bench_report("per_second", (double)race.n / seconds);
}

/* memcpy N BYTES */
void bench_memcpy(char **args) {
  long n = atol(args[0]);
  size_t bytes = (size_t)atol(args[1]);
  char *from = malloc(bytes), *to = malloc(bytes);
  bench_check(from != NULL && to != NULL, "no memory");
  memset(from, 'x', bytes);
  memset(to, 'y', bytes);
  double start = bench_now();
  for (long i = 0; i < n; i++) {
    memcpy(to, from, bytes);
    /* Keeps the compiler from dropping copies that nobody reads. */
    __asm__ volatile("" : : "r"(to), "r"(from) : "memory");
  }
  double seconds = bench_now() - start;
  bench_report("per_second", (double)n / seconds);
  free(from);
  free(to);
}

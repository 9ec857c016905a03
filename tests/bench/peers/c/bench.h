/* peers/c/bench.h -- what the C peers share: a clock, the `key value` output
 * and a race of producers against consumers.
 * All figures are printed in SI base units; the harness scales them. */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>

/* Monotonic seconds. */
double bench_now(void);

/* Prints one `key value` line. */
void bench_report(const char *key, double value);

/* Resident bytes of this process, exact (the kernel walks the pages). */
double bench_rss(void);

/* Ends the program with a message if `ok` is false. */
void bench_check(int ok, const char *what);

/* One side of a race: does `n` operations on `queue`, returns a checksum. */
typedef long (*bench_side)(void *queue, long n, size_t bytes);

typedef struct bench_race {
  void *queue;
  int producers, consumers;
  long n; /* values in all; divisible by both counts */
  size_t bytes;
  bench_side produce, consume;
} bench_race;

/* Runs the race in fresh threads which start together. Returns the seconds
 * from the start to the last thread's end; `*sum` adds up what the consumers
 * returned. */
double bench_run_race(const bench_race *race, long *sum);

/* The cases: each gets the words after its name. */
void bench_spawn(char **args);
void bench_live(char **args);
void bench_roundtrip(char **args);
void bench_queue(char **args);
void bench_memcpy(char **args);
void bench_cpu(char **args);
void bench_counter(char **args);
void bench_run_true(char **args);
void bench_capture(char **args);
void bench_process(char **args);

/* The two families of queues behind `bench_queue`: they fill in queue and
 * sides of `race`. */
void bench_use_ring(bench_race *race);
void bench_use_mutex(bench_race *race, const char *kind);

#endif

/* peers/c/cpu.c -- how much two threads get out of this machine when nothing
 * is shared: the ceiling for the speed-up rows. */
#include "bench.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct node {
  struct node *left, *right;
} node;

static long fib(long n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static node *grow(int depth) {
  node *t = malloc(sizeof *t);
  bench_check(t != NULL, "no memory");
  *t = depth == 0 ? (node){NULL, NULL} : (node){grow(depth - 1), grow(depth - 1)};
  return t;
}

static long count_and_free(node *t) {
  long count = 1;
  if (t->left != NULL) count += count_and_free(t->left) + count_and_free(t->right);
  free(t);
  return count;
}

/* The benchmarks game's binary-trees. */
static long trees(int depth) {
  long total = count_and_free(grow(depth + 1));
  node *lasting = grow(depth);
  for (int d = 4; d <= depth; d += 2)
    for (long i = 1L << (depth - d + 4); i > 0; i--) total += count_and_free(grow(d));
  return total + count_and_free(lasting);
}

static int chosen_fib;
static long argument;

static void *work(void *result) {
  *(volatile long *)result = chosen_fib ? fib(argument) : trees((int)argument);
  return NULL;
}

static double timed(int count) {
  pthread_t threads[2];
  long results[2];
  double start = bench_now();
  for (int i = 0; i < count; i++)
    bench_check(pthread_create(&threads[i], NULL, work, &results[i]) == 0, "no thread");
  for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
  return bench_now() - start;
}

/* cpu FORM fib|trees ARGUMENT */
void bench_cpu(char **args) {
  chosen_fib = strcmp(args[1], "fib") == 0;
  argument = atol(args[2]);
  timed(2);
  double one = timed(1), two = timed(2);
  bench_report("speedup", 2 * one / two);
  bench_report("seconds", one);
}

/* peers/c/main.c -- the plain limits of the machine: `peer_c CASE WORD...`
 * measures one case and prints `key value` lines. */
#include "bench.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double bench_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void bench_report(const char *key, double value) {
  printf("%s %.9g\n", key, value);
}

void bench_check(int ok, const char *what) {
  if (!ok) {
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
  }
}

double bench_rss(void) {
  FILE *f = fopen("/proc/self/smaps_rollup", "r");
  char line[256];
  double kilobytes = 0;
  bench_check(f != NULL, "cannot read /proc/self/smaps_rollup");
  while (fgets(line, sizeof line, f) != NULL)
    if (sscanf(line, "Rss: %lf", &kilobytes) == 1) break;
  fclose(f);
  return kilobytes * 1024;
}

typedef struct runner {
  const bench_race *race;
  pthread_barrier_t *gate;
  bench_side side;
  long n, result;
} runner;

static void *run_side(void *arg) {
  runner *r = arg;
  pthread_barrier_wait(r->gate);
  r->result = r->side(r->race->queue, r->n, r->race->bytes);
  return NULL;
}

double bench_run_race(const bench_race *race, long *sum) {
  int total = race->producers + race->consumers;
  pthread_t threads[64];
  runner runners[64];
  pthread_barrier_t gate;
  bench_check(total <= 64, "too many threads");
  pthread_barrier_init(&gate, NULL, (unsigned)total + 1);
  for (int i = 0; i < total; i++) {
    int produces = i < race->producers;
    runners[i] = (runner){race, &gate, produces ? race->produce : race->consume,
                          race->n / (produces ? race->producers : race->consumers), 0};
    bench_check(pthread_create(&threads[i], NULL, run_side, &runners[i]) == 0, "no thread");
  }
  pthread_barrier_wait(&gate);
  double start = bench_now();
  *sum = 0;
  for (int i = 0; i < total; i++) {
    pthread_join(threads[i], NULL);
    if (i >= race->producers) *sum += runners[i].result;
  }
  double seconds = bench_now() - start;
  pthread_barrier_destroy(&gate);
  return seconds;
}

static const struct {
  const char *name;
  void (*run)(char **args);
} cases[] = {
    {"spawn", bench_spawn},     {"live", bench_live},         {"roundtrip", bench_roundtrip},
    {"queue", bench_queue},     {"memcpy", bench_memcpy},     {"cpu", bench_cpu},
    {"counter", bench_counter}, {"run_true", bench_run_true}, {"capture", bench_capture},
    {"process", bench_process},
};

int main(int argc, char **argv) {
  for (size_t i = 0; argc > 1 && i < sizeof cases / sizeof *cases; i++) {
    if (strcmp(cases[i].name, argv[1]) == 0) {
      cases[i].run(argv + 2);
      return 0;
    }
  }
  fprintf(stderr, "usage: peer_c CASE WORD...\n");
  return 2;
}

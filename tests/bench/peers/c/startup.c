/* peers/c/startup.c -- `startup N COMMAND WORD...` starts the command N times,
 * one after the other, and prints the median time from its start to its end.
 * The harness can't time this itself: plain Lua has no clock that fine. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Seconds of one run, negative if it could not be started or failed. */
static double run_once(char **argv) {
  pid_t pid;
  int status;
  double start = now();
  if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) != 0) return -1;
  if (waitpid(pid, &status, 0) != pid) return -1;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return -1;
  return now() - start;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  long n = argc > 2 ? atol(argv[1]) : 0;
  double *times = calloc(n > 0 ? (size_t)n : 1, sizeof *times);
  if (n < 1 || times == NULL) {
    fprintf(stderr, "usage: startup N COMMAND WORD...\n");
    return 2;
  }
  run_once(argv + 2);
  for (long i = 0; i < n; i++) {
    times[i] = run_once(argv + 2);
    if (times[i] < 0) {
      fprintf(stderr, "startup: %s failed\n", argv[2]);
      return 1;
    }
  }
  qsort(times, (size_t)n, sizeof *times, by_value);
  printf("seconds_each %.9g\n", times[n / 2]);
  free(times);
  return 0;
}

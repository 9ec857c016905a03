/* peers/c/programs.c -- posix_spawn and waitid, fork and exec, and a plain loop
 * of reads. */
#include "bench.h"

#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char *const true_words[] = {"true", NULL};

static void wait_for(pid_t pid) {
  siginfo_t info;
  bench_check(waitid(P_PID, (id_t)pid, &info, WEXITED) == 0 && info.si_status == 0,
              "a program failed");
}

static void run_once(int forks) {
  pid_t pid = 0;
  if (!forks) {
    bench_check(posix_spawn(&pid, "/bin/true", NULL, NULL, true_words, environ) == 0,
                "cannot spawn");
  } else if ((pid = fork()) == 0) {
    execv("/bin/true", true_words);
    _exit(127);
  }
  wait_for(pid);
}

/* run_true spawn|fork plain|touched N */
void bench_run_true(char **args) {
  int forks = strcmp(args[0], "fork") == 0;
  long n = atol(args[2]);
  size_t size = (size_t)1 << 30;
  char *block = NULL;
  if (strcmp(args[1], "touched") == 0) {
    block = malloc(size);
    bench_check(block != NULL, "no memory");
    memset(block, 'x', size);
  }
  for (long i = 0; i < n / 10; i++) run_once(forks);
  double start = bench_now();
  for (long i = 0; i < n; i++) run_once(forks);
  bench_report("per_second", (double)n / (bench_now() - start));
  bench_check(!block || block[size - 1] == 'x', "memory was lost");
  free(block);
}

static double capture(const char *count) {
  char *words[] = {"head", "-c", (char *)count, "/dev/zero", NULL};
  size_t size = (size_t)atol(count), got = 0;
  char *text = malloc(size);
  int ends[2];
  pid_t pid;
  posix_spawn_file_actions_t actions;
  double start = bench_now();
  bench_check(text && pipe(ends) == 0, "no memory or pipe");
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  bench_check(posix_spawnp(&pid, words[0], &actions, NULL, words, environ) == 0, "cannot spawn");
  close(ends[1]);
  for (ssize_t n; (n = read(ends[0], text + got, size - got)) > 0;) got += (size_t)n;
  close(ends[0]);
  wait_for(pid);
  double seconds = bench_now() - start;
  bench_check(got == size, "bytes were lost");
  posix_spawn_file_actions_destroy(&actions);
  free(text);
  return seconds;
}

/* capture plain N */
void bench_capture(char **args) {
  (void)capture("1000000");
  bench_report("per_second", (double)atol(args[1]) / capture(args[1]));
}

/* peers/c/processes.c -- a child by fork, and two pipes between it and its
 * parent. Neither side spins: a turn's cost is that of sleeping and waking. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct wire {
  int in, out;
} wire;

typedef void (*child_body)(wire w, long n, size_t size);

static void write_all(int fd, const void *bytes, size_t size) {
  const char *at = bytes;
  while (size > 0) {
    ssize_t count = write(fd, at, size);
    bench_check(count > 0, "cannot write");
    at += count;
    size -= (size_t)count;
  }
}

static void read_all(int fd, void *bytes, size_t size) {
  char *at = bytes;
  while (size > 0) {
    ssize_t count = read(fd, at, size);
    bench_check(count > 0, "cannot read");
    at += count;
    size -= (size_t)count;
  }
}

/* Our ends of the pipes; the child runs the body and ends. */
static wire fork_child(child_body body, long n, size_t size, pid_t *pid) {
  int there[2], back[2];
  bench_check(pipe(there) == 0 && pipe(back) == 0, "no pipes");
  *pid = fork();
  bench_check(*pid >= 0, "cannot fork");
  if (*pid == 0) {
    close(there[1]);
    close(back[0]);
    body((wire){there[0], back[1]}, n, size);
    _exit(0);
  }
  close(there[0]);
  close(back[1]);
  return (wire){back[0], there[1]};
}

static void join_child(wire w, pid_t pid) {
  int status;
  close(w.in);
  close(w.out);
  bench_check(waitpid(pid, &status, 0) == pid && status == 0, "the child failed");
}

/* Also the body of a child that is only started: one turn. */
static void echo(wire w, long n, size_t size) {
  (void)size;
  for (long value; n > 0; n--) {
    read_all(w.in, &value, sizeof value);
    write_all(w.out, &value, sizeof value);
  }
}

static void turn(wire w, long value) {
  long back;
  write_all(w.out, &value, sizeof value);
  read_all(w.in, &back, sizeof back);
  bench_check(back == value, "wrong value came back");
}

static double start_children(long n, size_t size) {
  pid_t pid;
  double start = bench_now();
  for (long i = 0; i < n; i++) {
    wire w = fork_child(echo, 1, size, &pid);
    turn(w, i);
    join_child(w, pid);
  }
  return bench_now() - start;
}

static double take_turns(long n, size_t size) {
  pid_t pid;
  wire w = fork_child(echo, n + 1, size, &pid);
  turn(w, 0);
  double start = bench_now();
  for (long i = 1; i <= n; i++) turn(w, i);
  double seconds = bench_now() - start;
  join_child(w, pid);
  return seconds;
}

/* Each block in memory of its own, as a language's strings are. */
static void consume(wire w, long n, size_t size) {
  for (long i = 0; i <= n; i++) {
    char *block = malloc(size);
    bench_check(block != NULL, "no memory");
    read_all(w.in, block, size);
    bench_check(block[size - 1] == 'x', "wrong bytes came");
    free(block);
    if (i == 0 || i == n) write_all(w.out, &i, sizeof i);
  }
}

static double stream(long n, size_t size) {
  pid_t pid;
  long count;
  char *block = malloc(size);
  bench_check(block != NULL, "no memory");
  memset(block, 'x', size);
  wire w = fork_child(consume, n, size, &pid);
  write_all(w.out, block, size);
  read_all(w.in, &count, sizeof count);
  double start = bench_now();
  for (long i = 0; i < n; i++) write_all(w.out, block, size);
  read_all(w.in, &count, sizeof count);
  double seconds = bench_now() - start;
  bench_check(count == n, "bytes were lost");
  join_child(w, pid);
  free(block);
  return seconds;
}

/* process start|turns|stream N BYTES */
void bench_process(char **args) {
  double (*measure)(long n, size_t size) = stream;
  long n = atol(args[1]);
  size_t size = (size_t)atol(args[2]);
  if (strcmp(args[0], "start") == 0) measure = start_children;
  if (strcmp(args[0], "turns") == 0) measure = take_turns;
  measure(n / 10, size);
  double seconds = measure(n, size);
  bench_report("seconds_each", seconds / (double)n);
  bench_report("per_second", (double)n / seconds);
}

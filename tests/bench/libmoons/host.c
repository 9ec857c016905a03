/* libmoons/host.c -- a program with libmoons: `host CASE N` does N of something after a tenth of that to warm up,
 * and prints the time of each. */
#include "moons.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static moons_runtime *runtime;
static moons_function *function;
static moons_executor *executor;
static moons_thread *thread;
static moons_state *state;
static moons_queue *there, *back;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void check(moons_status status) {
  if (status == MOONS_OK) return;
  fprintf(stderr, "host: %s\n", moons_status_text(status));
  exit(1);
}

/* ---- what is done N times ---- */

static void new_runtime(void) {
  moons_runtime *one;
  check(moons_runtime_new(NULL, &one));
  check(moons_runtime_free(one));
}

static void new_thread(moons_runtime *of, moons_function *what) {
  moons_thread *one;
  check(moons_thread_new(of, NULL, what, NULL, 0, &one));
  check(moons_thread_join(one, MOONS_FOREVER, NULL));
  moons_thread_free(one);
}

static void thread_here(void) {
  new_thread(runtime, function);
}

static void new_state(void) {
  moons_state *one;
  check(moons_state_new(runtime, NULL, &one));
  moons_state_free(one);
}

static void check_sum(moons_values *results) {
  if (moons_values_at(results, 0).as.integer != 42) check(MOONS_FAILED);
  moons_values_free(results);
}

static void call(void) {
  moons_values *results;
  moons_value arguments[] = {moons_integer(40), moons_integer(2)};
  check(moons_state_call(state, function, arguments, 2, &results));
  check_sum(results);
}

static void submit(void) {
  moons_future *future;
  moons_values *results;
  moons_value arguments[] = {moons_integer(40), moons_integer(2)};
  check(moons_submit(executor, function, arguments, 2, &future));
  check(moons_future_result(future, MOONS_FOREVER, &results));
  moons_future_free(future);
  check_sum(results);
}

static void round_trip(void) {
  moons_values *results;
  check(moons_queue_put(there, moons_integer(41), MOONS_FOREVER));
  check(moons_queue_get(back, MOONS_FOREVER, &results));
  check_sum(results);
}

/* ---- the cases ---- */

static void compile(const char *source) {
  check(moons_function_new(runtime, source, strlen(source), "=host", &function, NULL));
}

static void with_executor(void) {
  moons_executor_options options = {.size = sizeof options, .threads = 1};
  check(moons_executor_new(runtime, &options, &executor));
}

static void with_state(void) {
  check(moons_state_new(runtime, NULL, &state));
}

static void with_echo(void) {
  moons_function *echo;
  const char *source = "local there, back = ... for n in there:iter() do back:put(n + 1) end";
  check(moons_queue_new(runtime, 0, &there));
  check(moons_queue_new(runtime, 0, &back));
  check(moons_function_new(runtime, source, strlen(source), "=echo", &echo, NULL));
  moons_value queues[] = {moons_of_queue(there), moons_of_queue(back)};
  check(moons_thread_new(runtime, NULL, echo, queues, 2, &thread));
}

static void nothing(void) {}

static const struct {
  const char *name;
  void (*prepare)(void), (*once)(void);
} cases[] = {
    {"runtime", nothing, new_runtime}, {"thread", nothing, thread_here},
    {"state", nothing, new_state},     {"call", with_state, call},
    {"submit", with_executor, submit}, {"queue", with_echo, round_trip},
};

int main(int argc, char **argv) {
  long n = argc == 3 ? atol(argv[2]) : 0;
  size_t which = 0, count = sizeof cases / sizeof cases[0];
  while (argc == 3 && which < count && strcmp(argv[1], cases[which].name) != 0) which++;
  if (n < 1 || which == count) {
    fprintf(stderr, "usage: host CASE N\n");
    return 2;
  }
  check(moons_runtime_new(NULL, &runtime));
  compile("local a, b = ... return (a or 0) + (b or 0)");
  cases[which].prepare();
  for (long i = 0; i < n / 10; i++) cases[which].once();
  double start = now();
  for (long i = 0; i < n; i++) cases[which].once();
  printf("seconds_each %.9g\n", (now() - start) / (double)n);
  if (there) moons_queue_close(there, 0);
  if (state) moons_state_free(state);
  check(moons_runtime_free(runtime));
  return 0;
}

/* tests/embed/cancel_test.c -- a host whose threads start, feed, cancel and free at random, all at once: each
 * second thread is cancelled. Nothing may be lost, and the end find nothing running. For two seconds, or as many
 * as its argument or MOONS_SECONDS says. */
#include <moons.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

enum { HOSTS = 4 };

static moons_runtime *runtime;
static moons_function *work;
static moons_executor *executor;
static moons_queue *queue;
static double until; /* by `now` */

static const char script[] =
    "local queue, how = ...\n"
    "local guard <close> = setmetatable({}, { __close = function() end })\n"
    "if how == 0 then while true do end end\n"
    "if how == 1 then moons.sleep(1000) end\n"
    "if how == 2 then return queue:get() end\n"
    "if how == 3 then queue:put { how, tostring(how) } return true end\n"
    "if how == 4 then\n"
    "  local t <close> = spawn(function() moons.sleep(1000) end)\n"
    "  return t:join()\n"
    "end\n"
    "if how == 5 then\n"
    "  local s <close> = moons.Scope()\n"
    "  s:task(function() queue:get() end)\n"
    "  s:spawn(function() while true do end end)\n"
    "end\n"
    "return how\n";

static double now(void) {
  struct timespec time;
  CHECK(clock_gettime(CLOCK_MONOTONIC, &time) == 0);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void check_end(moons_status status) {
  CHECK(status == MOONS_OK || status == MOONS_CANCELLED);
}

static void run_thread(unsigned long *seed, const moons_value *arguments, bool ends) {
  moons_thread *thread;
  CHECK(moons_thread_new(runtime, NULL, work, arguments, 2, &thread) == MOONS_OK);
  if (!ends || next_random(seed) % 2 == 0) {
    for (unsigned long spin = next_random(seed) % 20000; spin > 0; spin--) __asm__ volatile("");
    (void)moons_thread_cancel(thread, "by the host");
    check_end(moons_thread_join(thread, MOONS_FOREVER, NULL));
  } else {
    check_end(moons_thread_join(thread, MOONS_FOREVER, NULL));
  }
  moons_thread_free(thread);
}

static void run_state(unsigned long *seed, const moons_value *arguments, bool ends) {
  moons_state *state;
  CHECK(moons_state_new(runtime, NULL, &state) == MOONS_OK);
  if (!ends || next_random(seed) % 2 == 0) {
    moons_state_cancel(state);
    CHECK(moons_state_call(state, work, arguments, 2, NULL) == MOONS_CANCELLED);
  }
  if (ends) CHECK(moons_state_call(state, work, arguments, 2, NULL) == MOONS_OK);
  moons_state_free(state);
}

static void run_future(unsigned long *seed, const moons_value *arguments) {
  moons_future *future;
  CHECK(moons_submit(executor, work, arguments, 2, &future) == MOONS_OK);
  if (next_random(seed) % 2 == 0) (void)moons_future_cancel(future);
  if (next_random(seed) % 2 == 0) check_end(moons_future_result(future, MOONS_FOREVER, NULL));
  moons_future_free(future);
}

static void *host(void *argument) {
  unsigned long seed = *(unsigned long *)argument;
  while (now() < until) {
    int how = (int)(next_random(&seed) % 7);
    bool ends = how == 3 || how == 6;
    moons_value arguments[] = {moons_of_queue(queue), moons_integer(how)};
    switch (next_random(&seed) % 3) {
      case 0: run_thread(&seed, arguments, ends); break;
      case 1: run_state(&seed, arguments, ends); break;
      default:
        if (ends) run_future(&seed, arguments);
    }
    moons_values *values;
    if (moons_queue_get(queue, 0, &values) == MOONS_OK) moons_values_free(values);
  }
  return NULL;
}

int main(int argc, char **argv) {
  unsigned long seed = test_seed(20261122), seeds[HOSTS];
  pthread_t threads[HOSTS];
  const char *seconds = argc > 1 ? argv[1] : getenv("MOONS_SECONDS");
  until = now() + (seconds ? strtod(seconds, NULL) : 2);
  CHECK(moons_runtime_new(NULL, &runtime) == MOONS_OK);
  CHECK(moons_function_new(runtime, script, strlen(script), "=work", &work, NULL) == MOONS_OK);
  CHECK(moons_executor_new(runtime, NULL, &executor) == MOONS_OK);
  CHECK(moons_queue_new(runtime, 0, &queue) == MOONS_OK);
  for (int i = 0; i < HOSTS; i++) {
    seeds[i] = next_random(&seed);
    threads[i] = start_thread(host, &seeds[i]);
  }
  for (int i = 0; i < HOSTS; i++) join_thread(threads[i]);
  moons_executor_close(executor);
  CHECK(moons_executor_join(executor, MOONS_FOREVER) == MOONS_OK);
  CHECK(moons_runtime_wait(runtime, MOONS_FOREVER) == MOONS_OK);
  moons_stats stats = {.size = sizeof stats};
  do { /* who has been waited for may still be on the way out */
    (void)usleep(1000);
    CHECK(moons_runtime_stats(runtime, &stats) == MOONS_OK);
  } while (stats.threads > 0);
  moons_executor_free(executor);
  moons_queue_free(queue);
  moons_function_free(work);
  CHECK(moons_runtime_free(runtime) == MOONS_OK);
  return 0;
}

/* A server that runs a script of a user's for each request, in a state of its own: with a limit of memory, a
 * limit of time, and no way to the system (sandbox). The requests are a list here, a worker of the
 * program takes one after the other. */
#include <moons.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { WORKERS = 2, REQUESTS = 5 };

static const char *const scripts[REQUESTS] = {
    "local n = ... return 'the answer is ' .. n * 2",
    "while true do end",
    "local t = {} while true do t[#t + 1] = ('x'):rep(1 << 16) .. #t end",
    "return require('io')",
    "error('this user makes mistakes', 0)",
};

static moons_runtime *runtime;
static char answers[REQUESTS][200];
static atomic_int next_request;

static void answer(int request, moons_thread *thread) {
  char *text = answers[request];
  size_t size = sizeof answers[request];
  moons_values *values;
  moons_status status = moons_thread_join(thread, 0.2, &values);
  if (status == MOONS_TIMEOUT) {
    moons_thread_cancel(thread, "out of time");
    status = moons_thread_join(thread, MOONS_FOREVER, NULL);
  }
  if (status == MOONS_OK) {
    snprintf(text, size, "200 %s", moons_values_at(values, 0).as.string.bytes);
    moons_values_free(values);
  } else if (status == MOONS_FAILED && moons_thread_error(thread, &values) == MOONS_OK) {
    snprintf(text, size, "500 %s", moons_values_at(values, 0).as.string.bytes);
    moons_values_free(values);
  } else {
    snprintf(text, size, "503 %s", moons_status_text(status));
  }
}

static void serve(int request) {
  moons_function *function;
  moons_thread *thread;
  char *message = NULL;
  const char *script = scripts[request];
  if (moons_function_new(runtime, script, strlen(script), "=request", &function, &message) !=
      MOONS_OK) {
    snprintf(answers[request], sizeof answers[request], "400 %s", message ? message : "");
    moons_text_free(message);
    return;
  }
  moons_thread_options options = {
      .size = sizeof options, .name = "request", .memory_limit = 8 << 20};
  moons_value argument = moons_integer(21);
  moons_status status = moons_thread_new(runtime, &options, function, &argument, 1, &thread);
  if (status == MOONS_OK) {
    answer(request, thread);
    moons_thread_free(thread);
  } else {
    snprintf(answers[request], sizeof answers[request], "503 %s", moons_status_text(status));
  }
  moons_function_free(function);
}

static void *work(void *argument) {
  for (int request; (request = atomic_fetch_add(&next_request, 1)) < REQUESTS;) serve(request);
  return argument;
}

int main(void) {
  moons_config config = MOONS_CONFIG;
  pthread_t workers[WORKERS];
  config.sandbox = 1;
  if (moons_runtime_new(&config, &runtime) != MOONS_OK) return 1;
  for (int i = 0; i < WORKERS; i++) pthread_create(&workers[i], NULL, work, NULL);
  for (int i = 0; i < WORKERS; i++) pthread_join(workers[i], NULL);
  for (int i = 0; i < REQUESTS; i++) printf("%s\n", answers[i]);
  return moons_runtime_free(runtime) == MOONS_OK ? 0 : 1;
}

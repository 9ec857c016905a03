/* tests/embed/outlet_test.c -- a program that uses moons while it is given what scripts write. */
#include <moons.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "check.h"

static moons_runtime *runtime;

static moons_function *compile(const char *source) {
  moons_function *function = NULL;
  CHECK(moons_function_new(runtime, source, strlen(source), "=test", &function, NULL) == MOONS_OK);
  return function;
}

typedef struct busy_outlet {
  moons_runtime *runtime;
  moons_queue *lines;
  moons_function *quiet, *noisy;
  moons_thread *last; /* which it has started */
  bool is_ending;
  atomic_int calls[4]; /* by stream */
} busy_outlet;

static void run_quiet(busy_outlet *o) {
  moons_state *state;
  CHECK(moons_state_new(o->runtime, NULL, &state) == MOONS_OK);
  CHECK(moons_state_call(state, o->quiet, NULL, 0, NULL) == MOONS_OK);
  moons_state_free(state);
  if (o->last) {
    CHECK(moons_thread_join(o->last, MOONS_FOREVER, NULL) == MOONS_OK);
    moons_thread_free(o->last);
  }
  CHECK(moons_thread_new(o->runtime, NULL, o->quiet, NULL, 0, &o->last) == MOONS_OK);
}

/* For one thread after the other. The runtime is being freed when the last thing is written. */
static void write_busily(void *argument, moons_stream stream, const char *bytes, size_t size) {
  busy_outlet *o = argument;
  moons_stats stats = {.size = sizeof stats};
  moons_status put = moons_queue_put(o->lines, moons_bytes(bytes, size), MOONS_FOREVER);
  CHECK(moons_runtime_stats(o->runtime, &stats) == MOONS_OK);
  if (!o->is_ending) {
    CHECK(put == MOONS_OK);
    run_quiet(o);
  } else {
    moons_state *state;
    CHECK(stream == MOONS_LOG);
    CHECK(moons_state_new(o->runtime, NULL, &state) == MOONS_CLOSED);
    CHECK(moons_runtime_free(o->runtime) == MOONS_BUSY);
    CHECK(moons_runtime_wait(o->runtime, MOONS_FOREVER) == MOONS_OK);
  }
  atomic_fetch_add(&o->calls[stream], 1);
}

static void the_program_may_use_moons_when_it_is_written_to(void) {
  busy_outlet o = {0};
  moons_config config = MOONS_CONFIG;
  config.write = write_busily;
  config.argument = &o;
  CHECK(moons_runtime_new(&config, &runtime) == MOONS_OK);
  o.runtime = runtime;
  o.quiet = compile("return 1");
  o.noisy =
      compile("print 'out' io.stderr:write 'err' "
              "setmetatable({}, {__gc = function() print 'gc' end}) collectgarbage() "
              "local q <const> = moons.Queue() "
              "q:put(setmetatable({}, {__transfer = function() print 'way' return print end})) "
              "warn '@on' warn 'w' error 'lost'");
  CHECK(moons_queue_new(runtime, 0, &o.lines) == MOONS_OK);
  moons_thread *thread, *kept;
  CHECK(moons_thread_new(runtime, NULL, o.noisy, NULL, 0, &thread) == MOONS_OK);
  moons_thread_free(thread);
  CHECK(moons_runtime_wait(runtime, MOONS_FOREVER) == MOONS_OK);
  while (atomic_load(&o.calls[MOONS_LOG]) == 0) (void)usleep(1000); /* it goes after it has ended */
  /* The error of this one is still to be told. */
  CHECK(moons_thread_new(runtime, NULL, o.noisy, NULL, 0, &kept) == MOONS_OK);
  CHECK(moons_runtime_wait(runtime, MOONS_FOREVER) == MOONS_OK);
  o.is_ending = true;
  CHECK(moons_thread_join(o.last, MOONS_FOREVER, NULL) == MOONS_OK);
  moons_thread_free(o.last);
  CHECK(moons_runtime_free(runtime) == MOONS_OK);
  CHECK(o.calls[MOONS_OUTPUT] == 6 && o.calls[MOONS_ERRORS] >= 4 && o.calls[MOONS_LOG] == 2);
  moons_thread_free(kept);
  moons_queue_free(o.lines);
  moons_function_free(o.quiet);
  moons_function_free(o.noisy);
}

int main(void) {
  RUN(the_program_may_use_moons_when_it_is_written_to);
  return 0;
}

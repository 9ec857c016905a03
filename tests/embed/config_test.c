/* tests/embed/config_test.c -- what a program may say of a runtime: where memory comes from, and limits. */
#include <moons.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "check.h"

static moons_runtime *runtime;

static moons_function *compile(const char *source) {
  moons_function *function = NULL;
  char *message = NULL;
  moons_status status =
      moons_function_new(runtime, source, strlen(source), "=test", &function, &message);
  if (status != MOONS_OK) fprintf(stderr, "%s: %s\n", moons_status_text(status), message);
  CHECK(status == MOONS_OK);
  return function;
}

/* Runs the script in a thread. */
static moons_status run(const char *source, char *error, size_t size) {
  moons_function *function = compile(source);
  moons_thread *thread;
  moons_values *values;
  CHECK(moons_thread_new(runtime, NULL, function, NULL, 0, &thread) == MOONS_OK);
  moons_status status = moons_thread_join(thread, MOONS_FOREVER, NULL);
  if (status == MOONS_FAILED && error) {
    CHECK(moons_thread_error(thread, &values) == MOONS_OK);
    snprintf(error, size, "%s", moons_values_at(values, 0).as.string.bytes);
    moons_values_free(values);
  }
  moons_thread_free(thread);
  moons_function_free(function);
  return status;
}

static void open_runtime(const moons_config *config) {
  CHECK(moons_runtime_new(config, &runtime) == MOONS_OK);
}

static void close_runtime(void) {
  CHECK(moons_runtime_free(runtime) == MOONS_OK);
}

/* ---- memory ---- */

typedef struct heap {
  atomic_size_t used, most, calls;
  size_t limit; /* 0: none */
} heap;

static void *allocate(void *argument, void *block, size_t old_size, size_t new_size) {
  heap *h = argument;
  CHECK((block != NULL) == (old_size > 0));
  atomic_fetch_add(&h->calls, 1);
  if (h->limit > 0 && new_size > old_size && atomic_load(&h->used) + new_size - old_size > h->limit)
    return NULL;
  void *moved = NULL;
  if (new_size == 0)
    free(block);
  else
    moved = realloc(block, new_size);
  CHECK(moved || new_size == 0);
  size_t used = atomic_fetch_add(&h->used, new_size - old_size) + new_size - old_size;
  if (used > atomic_load(&h->most)) atomic_store(&h->most, used);
  return moved;
}

static const char greedy[] =
    "local t = {} while true do t[#t + 1] = ('x'):rep(100) .. #t end return 1";
static const char modest[] =
    "local t = {} for i = 1, 2000 do t[i] = ('x'):rep(100) .. i end return #t";

static void states_live_in_memory_of_the_program(void) {
  static heap h;
  moons_config config = MOONS_CONFIG;
  config.allocate = allocate;
  config.allocate_argument = &h;
  open_runtime(&config);
  CHECK(run(modest, NULL, 0) == MOONS_OK);
  CHECK(atomic_load(&h.calls) > 0 && atomic_load(&h.most) >= 100 * 2000);
  h.limit = 4 << 20;
  char error[200] = "";
  CHECK(run(greedy, error, sizeof error) == MOONS_FAILED);
  CHECK(strstr(error, "not enough memory"));
  CHECK(run(modest, NULL, 0) == MOONS_OK);
  close_runtime();
  CHECK(atomic_load(&h.used) == 0);
}

static void all_states_together_have_a_limit(void) {
  moons_config config = MOONS_CONFIG;
  config.memory_limit = 8 << 20;
  open_runtime(&config);
  char error[200] = "";
  CHECK(run(greedy, error, sizeof error) == MOONS_FAILED);
  CHECK(strstr(error, "all together reached their memory limit of 8388608 bytes"));
  /* One alone may have it all; what another one holds is missing. */
  static const char hold[] = "kept = {} for i = 1, 35000 do kept[i] = ('x'):rep(100) end return 1";
  moons_function *function = compile(hold);
  moons_state *first, *second;
  CHECK(moons_state_new(runtime, NULL, &first) == MOONS_OK);
  CHECK(moons_state_new(runtime, NULL, &second) == MOONS_OK);
  CHECK(moons_state_call(first, function, NULL, 0, NULL) == MOONS_OK);
  CHECK(moons_state_call(second, function, NULL, 0, NULL) == MOONS_FAILED);
  CHECK(strstr(moons_state_traceback(second), "all together"));
  moons_state_free(first);
  moons_state_free(second);
  CHECK(run(modest, NULL, 0) == MOONS_OK);
  moons_function_free(function);
  close_runtime();
}

static void a_state_that_has_no_room_is_not_made(void) {
  moons_config config = MOONS_CONFIG;
  config.memory_limit = MOONS_MEMORY_LEAST;
  open_runtime(&config);
  enum { MOST = 100 };
  moons_state *states[MOST];
  moons_status status = MOONS_OK;
  int count = 0;
  while (count < MOST && (status = moons_state_new(runtime, NULL, &states[count])) == MOONS_OK)
    count++;
  CHECK(status == MOONS_NO_MEMORY && count > 0 && count < MOST);
  for (int i = 0; i < count; i++) moons_state_free(states[i]);
  CHECK(run("return 1", NULL, 0) == MOONS_OK);
  close_runtime();
}

/* ---- instructions ---- */

static const char *const endless[] = {
    "while true do end",
    "while true do pcall(function() while true do end end) end",
    "while true do pcall(string.rep, 'x') end",
    "while true do coroutine.wrap(function() local x = 1 for i = 1, 20 do x = x + i end end)() end",
    "local c = coroutine.wrap(function() while true do coroutine.yield() end end) "
    "while true do c() end",
    "local x <close> = setmetatable({}, {__close = function() while true do end end}) "
    "while true do end",
    "local t = moons.task(function() while true do end end) while not pcall(t.result, t) do end "
    "while true do end",
};

static void instructions_are_counted(void) {
  moons_config config = MOONS_CONFIG;
  config.instruction_limit = 100 * 1000;
  open_runtime(&config);
  for (size_t i = 0; i < sizeof endless / sizeof *endless; i++) {
    char error[200] = "";
    CHECK(run(endless[i], error, sizeof error) == MOONS_FAILED);
    CHECK(strstr(error, "the limit of instructions was reached"));
  }
  CHECK(run("for i = 1, 30000 do end", NULL, 0) == MOONS_OK);
  /* What cleans up has more, once. */
  CHECK(run("pcall(function() while true do end end) for i = 1, 2000 do end", NULL, 0) == MOONS_OK);
  CHECK(run("debug.sethook(print, 'l')", NULL, 0) == MOONS_FAILED);
  CHECK(run("for i = 1, 5 do moons.spawn(function() for i = 1, 30000 do end end):join() end", NULL,
            0) == MOONS_OK);
  close_runtime();
}

static void each_call_begins_anew(void) {
  moons_config config = MOONS_CONFIG;
  config.instruction_limit = 100 * 1000;
  open_runtime(&config);
  moons_function *some = compile("for i = 1, 30000 do end"), *all = compile(endless[0]);
  moons_executor_options options = {.size = sizeof options, .threads = 1};
  moons_executor *executor;
  moons_state *state;
  CHECK(moons_executor_new(runtime, &options, &executor) == MOONS_OK);
  CHECK(moons_state_new(runtime, NULL, &state) == MOONS_OK);
  for (int i = 0; i < 10; i++) {
    moons_function *function = i % 3 == 1 ? all : some;
    moons_status expected = i % 3 == 1 ? MOONS_FAILED : MOONS_OK;
    moons_future *future;
    CHECK(moons_state_call(state, function, NULL, 0, NULL) == expected);
    CHECK(moons_submit(executor, function, NULL, 0, &future) == MOONS_OK);
    CHECK(moons_future_result(future, MOONS_FOREVER, NULL) == expected);
    moons_future_free(future);
  }
  moons_state_free(state);
  moons_executor_free(executor);
  moons_function_free(some);
  moons_function_free(all);
  close_runtime();
}

static void a_cancel_ends_what_has_a_limit(void) {
  moons_config config = MOONS_CONFIG;
  config.instruction_limit = UINT64_MAX;
  open_runtime(&config);
  moons_function *function = compile("while true do end");
  for (int i = 0; i < 20; i++) {
    moons_thread *thread;
    CHECK(moons_thread_new(runtime, NULL, function, NULL, 0, &thread) == MOONS_OK);
    CHECK(moons_thread_join(thread, i * 0.0005, NULL) == MOONS_TIMEOUT);
    CHECK(moons_thread_cancel(thread, NULL));
    CHECK(moons_thread_join(thread, MOONS_FOREVER, NULL) == MOONS_CANCELLED);
    moons_thread_free(thread);
  }
  moons_function_free(function);
  close_runtime();
}

/* ---- names ---- */

static void threads_have_the_prefix(void) {
  moons_config config = MOONS_CONFIG;
  config.thread_names = "worker ";
  open_runtime(&config);
  CHECK(run("assert(moons.current():name() == 'worker 1', moons.current():name())\n"
            "local t = moons.spawn(function() return moons.current():name() end)\n"
            "assert(t:join() == 'worker 2')",
            NULL, 0) == MOONS_OK);
  close_runtime();
}

/* ---- mistakes ---- */

static void what_cannot_be_is_refused(void) {
  moons_config config = MOONS_CONFIG;
  config.memory_limit = MOONS_MEMORY_LEAST - 1;
  CHECK(moons_runtime_new(&config, &runtime) == MOONS_INVALID);
  config.memory_limit = 0;
  config.thread_names = "a name that is longer than thirty-nine bytes";
  CHECK(moons_runtime_new(&config, &runtime) == MOONS_INVALID);
  /* A newer program wants what this library does not know. */
  struct {
    moons_config known;
    int more;
  } newer = {MOONS_CONFIG, 1};
  newer.known.size = sizeof newer;
  CHECK(moons_runtime_new(&newer.known, &runtime) == MOONS_INVALID);
  newer.more = 0;
  CHECK(moons_runtime_new(&newer.known, &runtime) == MOONS_OK);
  close_runtime();
  /* An older one knows less: what is behind that is not read. */
  config.size = offsetof(moons_config, thread_names);
  CHECK(moons_runtime_new(&config, &runtime) == MOONS_OK);
  close_runtime();
}

int main(void) {
  RUN(states_live_in_memory_of_the_program);
  RUN(all_states_together_have_a_limit);
  RUN(a_state_that_has_no_room_is_not_made);
  RUN(instructions_are_counted);
  RUN(each_call_begins_anew);
  RUN(a_cancel_ends_what_has_a_limit);
  RUN(threads_have_the_prefix);
  RUN(what_cannot_be_is_refused);
  return 0;
}

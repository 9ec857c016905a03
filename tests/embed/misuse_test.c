/* tests/embed/misuse_test.c -- each call with NULL where there may be none, with what was freed, with what is
 * something else, and from the wrong thread. */
#include "misuse.h"

#include <moons.h>
#include <stdbool.h>
#include <stdlib.h>

/* Of each kind one that is in order. */
static moons_runtime *runtime;
static moons_function *function;
static moons_values *values;
static moons_table *table;
static moons_queue *queue;
static moons_executor *executor;
static moons_future *future;
static moons_thread *thread;
static moons_state *state;
static moons_endings *endings;
static moons_value nil, key, item;
static size_t at;
static void *tag;

static void ended(void *argument, moons_status status) {
  (void)argument, (void)status;
}

static void set_up(void) {
  CHECK(moons_runtime_new(NULL, &runtime) == MOONS_OK);
  CHECK(moons_function_new(runtime, "return 1", 8, NULL, &function, NULL) == MOONS_OK);
  CHECK(moons_values_new(&values) == MOONS_OK);
  CHECK(moons_table_new(values, &table) == MOONS_OK);
  CHECK(moons_queue_new(runtime, 0, &queue) == MOONS_OK);
  CHECK(moons_executor_new(runtime, NULL, &executor) == MOONS_OK);
  CHECK(moons_submit(executor, function, NULL, 0, &future) == MOONS_OK);
  CHECK(moons_thread_new(runtime, NULL, function, NULL, 0, &thread) == MOONS_OK);
  CHECK(moons_state_new(runtime, NULL, &state) == MOONS_OK);
  CHECK(moons_endings_new(runtime, &endings) == MOONS_OK);
  nil = moons_nil();
}

static void put_away(void) {
  moons_endings_free(endings);
  moons_state_free(state);
  moons_thread_free(thread);
  moons_future_free(future);
  moons_executor_free(executor);
  moons_queue_free(queue);
  moons_values_free(values);
  moons_function_free(function);
  CHECK(moons_runtime_free(runtime) == MOONS_OK);
}

/* ---- NULL ---- */

static void null_is_no_list(void) {
  MISUSE(moons_values_new, (NULL), MOONS_INVALID);
  MISUSE(moons_values_count, (NULL), 0);
  MISUSE_VOID(moons_values_at, (NULL, 0));
  MISUSE(moons_values_append, (NULL, nil), MOONS_INVALID);
  MISUSE(moons_table_new, (NULL, &table), MOONS_INVALID);
  MISUSE(moons_table_new, (values, NULL), MOONS_INVALID);
  MISUSE(moons_table_set, (NULL, nil, nil), MOONS_INVALID);
  MISUSE(moons_table_append, (NULL, nil), MOONS_INVALID);
  MISUSE_VOID(moons_table_get, (NULL, nil));
  MISUSE_VOID(moons_table_field, (NULL, "x"));
  MISUSE_VOID(moons_table_field, (table, NULL));
  MISUSE(moons_table_length, (NULL), 0);
  MISUSE(moons_table_count, (NULL), 0);
  MISUSE(moons_table_next, (NULL, &at, &key, &item), 0);
  MISUSE(moons_table_next, (table, NULL, &key, &item), 0);
  MISUSE(moons_table_next, (table, &at, NULL, &item), 0);
  MISUSE(moons_table_next, (table, &at, &key, NULL), 0);
  MISUSE_VOID(moons_bytes, (NULL, 1));
  CHECK(moons_string(NULL).type == MOONS_NIL && moons_of_table(NULL).type == MOONS_NIL);
  CHECK(moons_bytes(NULL, 0).type == MOONS_STRING && moons_of_object(NULL).type == MOONS_NIL);
}

static void null_is_no_runtime(void) {
  moons_stats stats = {.size = sizeof stats};
  MISUSE(moons_runtime_new, (NULL, NULL), MOONS_INVALID);
  MISUSE(moons_runtime_wait, (NULL, 0), MOONS_INVALID);
  CHECK(moons_runtime_free(NULL) == MOONS_OK);
  MISUSE(moons_runtime_stats, (NULL, &stats), MOONS_INVALID);
  MISUSE(moons_runtime_stats, (runtime, NULL), MOONS_INVALID);
  MISUSE(moons_function_new, (NULL, "", 0, NULL, &function, NULL), MOONS_INVALID);
  MISUSE(moons_function_new, (runtime, NULL, 1, NULL, &function, NULL), MOONS_INVALID);
  MISUSE(moons_function_new, (runtime, "", 0, NULL, NULL, NULL), MOONS_INVALID);
  MISUSE(moons_function_load, (NULL, "x", &function, NULL), MOONS_INVALID);
  MISUSE(moons_function_load, (runtime, NULL, &function, NULL), MOONS_INVALID);
  MISUSE(moons_function_load, (runtime, "x", NULL, NULL), MOONS_INVALID);
}

static void null_is_no_object(void) {
  static const moons_object_type type = {.size = sizeof type, .name = "T"};
  moons_object *object;
  MISUSE(moons_object_new, (NULL, &type, &at, &object), MOONS_INVALID);
  MISUSE(moons_object_new, (runtime, NULL, &at, &object), MOONS_INVALID);
  MISUSE(moons_object_new, (runtime, &type, NULL, &object), MOONS_INVALID);
  MISUSE(moons_object_new, (runtime, &type, &at, NULL), MOONS_INVALID);
  MISUSE(moons_object_content, (nil, NULL), NULL);
}

static void null_is_no_state(void) {
  MISUSE(moons_state_new, (NULL, NULL, &state), MOONS_INVALID);
  MISUSE(moons_state_new, (runtime, NULL, NULL), MOONS_INVALID);
  MISUSE(moons_state_call, (NULL, function, NULL, 0, NULL), MOONS_INVALID);
  MISUSE(moons_state_call, (state, NULL, NULL, 0, NULL), MOONS_INVALID);
  MISUSE(moons_state_call, (state, function, NULL, 1, NULL), MOONS_INVALID);
  MISUSE(moons_state_call_global, (NULL, "f", NULL, 0, NULL), MOONS_INVALID);
  MISUSE(moons_state_call_global, (state, NULL, NULL, 0, NULL), MOONS_INVALID);
  MISUSE(moons_state_call_global, (state, "f", NULL, 1, NULL), MOONS_INVALID);
  MISUSE_VOID(moons_state_error, (NULL));
  MISUSE(moons_state_traceback, (NULL), NULL);
  MISUSE_VOID(moons_state_cancel, (NULL));
  CHECK(moons_state_call(state, function, NULL, 0, NULL) == MOONS_OK);
}

static void null_is_no_thread(void) {
  MISUSE(moons_thread_new, (NULL, NULL, function, NULL, 0, &thread), MOONS_INVALID);
  MISUSE(moons_thread_new, (runtime, NULL, NULL, NULL, 0, &thread), MOONS_INVALID);
  MISUSE(moons_thread_new, (runtime, NULL, function, NULL, 1, &thread), MOONS_INVALID);
  MISUSE(moons_thread_new, (runtime, NULL, function, NULL, 0, NULL), MOONS_INVALID);
  MISUSE(moons_thread_join, (NULL, 0, NULL), MOONS_INVALID);
  MISUSE(moons_thread_error, (NULL, &values), MOONS_INVALID);
  MISUSE(moons_thread_error, (thread, NULL), MOONS_INVALID);
  MISUSE(moons_thread_traceback, (NULL), NULL);
  MISUSE(moons_thread_cancel, (NULL, NULL), 0);
}

static void null_is_no_executor(void) {
  MISUSE(moons_executor_new, (NULL, NULL, &executor), MOONS_INVALID);
  MISUSE(moons_executor_new, (runtime, NULL, NULL), MOONS_INVALID);
  MISUSE(moons_submit, (NULL, function, NULL, 0, &future), MOONS_INVALID);
  MISUSE(moons_submit, (executor, NULL, NULL, 0, &future), MOONS_INVALID);
  MISUSE(moons_submit, (executor, function, NULL, 1, &future), MOONS_INVALID);
  MISUSE(moons_submit, (executor, function, NULL, 0, NULL), MOONS_INVALID);
  MISUSE_VOID(moons_executor_close, (NULL));
  MISUSE(moons_executor_join, (NULL, 0), MOONS_INVALID);
  MISUSE_VOID(moons_executor_terminate, (NULL));
  MISUSE(moons_future_result, (NULL, 0, NULL), MOONS_INVALID);
  MISUSE(moons_future_error, (NULL, &values), MOONS_INVALID);
  MISUSE(moons_future_error, (future, NULL), MOONS_INVALID);
  MISUSE(moons_future_traceback, (NULL), NULL);
  MISUSE(moons_future_cancel, (NULL), 0);
  MISUSE(moons_future_watch, (NULL, ended, NULL), MOONS_INVALID);
  MISUSE(moons_future_watch, (future, NULL, NULL), MOONS_INVALID);
  MISUSE(moons_endings_new, (NULL, &endings), MOONS_INVALID);
  MISUSE(moons_endings_new, (runtime, NULL), MOONS_INVALID);
  MISUSE(moons_endings_descriptor, (NULL), -1);
  MISUSE(moons_endings_add, (NULL, future, NULL), MOONS_INVALID);
  MISUSE(moons_endings_add, (endings, NULL, NULL), MOONS_INVALID);
  MISUSE(moons_endings_next, (NULL, &tag), MOONS_INVALID);
  MISUSE(moons_endings_next, (endings, NULL), MOONS_INVALID);
}

static void null_is_no_queue(void) {
  MISUSE(moons_queue_new, (NULL, 0, &queue), MOONS_INVALID);
  MISUSE(moons_queue_new, (runtime, 0, NULL), MOONS_INVALID);
  MISUSE(moons_queue_from, (nil, NULL), MOONS_INVALID);
  CHECK(moons_queue_from(nil, &queue) == MOONS_INVALID);
  MISUSE(moons_queue_put, (NULL, moons_integer(1), 0), MOONS_INVALID);
  MISUSE(moons_queue_get, (NULL, 0, &values), MOONS_INVALID);
  MISUSE(moons_queue_get, (queue, 0, NULL), MOONS_INVALID);
  MISUSE_VOID(moons_queue_close, (NULL, 0));
  MISUSE(moons_queue_size, (NULL), 0);
  CHECK(moons_of_queue(NULL).type == MOONS_NIL);
}

static void null_is_no_call(void) {
  MISUSE(moons_call_runtime, (NULL), NULL);
  MISUSE(moons_call_count, (NULL), 0);
  MISUSE_VOID(moons_call_argument, (NULL, 0));
  MISUSE(moons_call_return, (NULL, nil), MOONS_INVALID);
  MISUSE(moons_call_values, (NULL), NULL);
  MISUSE(moons_call_fail, (NULL, "x"), MOONS_INVALID);
}

static void null_can_be_freed(void) {
  moons_values_free(NULL);
  moons_object_free(NULL);
  moons_function_free(NULL);
  moons_text_free(NULL);
  moons_state_free(NULL);
  moons_thread_free(NULL);
  moons_executor_free(NULL);
  moons_future_free(NULL);
  moons_endings_free(NULL);
  moons_queue_free(NULL);
}

/* ---- something else ---- */

static void one_kind_is_no_other(void) {
  void *other = function;
  MISUSE(moons_queue_put, (other, moons_integer(1), 0), MOONS_INVALID);
  MISUSE(moons_thread_join, (other, 0, NULL), MOONS_INVALID);
  MISUSE(moons_state_call, (other, function, NULL, 0, NULL), MOONS_INVALID);
  MISUSE(moons_submit, (other, function, NULL, 0, &future), MOONS_INVALID);
  MISUSE(moons_values_append, (other, nil), MOONS_INVALID);
  MISUSE(moons_table_set, (other, nil, nil), MOONS_INVALID);
  MISUSE(moons_runtime_wait, (other, 0), MOONS_INVALID);
  MISUSE_VOID(moons_queue_free, (other));
  other = queue;
  MISUSE(moons_function_new, (other, "", 0, NULL, &function, NULL), MOONS_INVALID);
  MISUSE(moons_future_result, (other, 0, NULL), MOONS_INVALID);
  /* A queue is an object, but is freed as a queue; and what a list has goes with that. */
  MISUSE_VOID(moons_object_free, (other));
  CHECK(moons_values_append(values, moons_of_queue(queue)) == MOONS_OK);
  MISUSE_VOID(moons_object_free, (moons_values_at(values, 0).as.object));
  other = table;
  moons_value no_object = moons_of_object(other), no_table = moons_of_table((void *)queue);
  MISUSE(moons_values_append, (values, no_object), MOONS_INVALID);
  MISUSE(moons_values_append, (values, no_table), MOONS_INVALID);
}

static void what_is_of_one_is_no_others(void) {
  moons_runtime *foreign;
  moons_function *theirs;
  moons_values *list;
  moons_table *inner;
  CHECK(moons_runtime_new(NULL, &foreign) == MOONS_OK);
  CHECK(moons_function_new(foreign, "", 0, NULL, &theirs, NULL) == MOONS_OK);
  MISUSE(moons_state_call, (state, theirs, NULL, 0, NULL), MOONS_INVALID);
  MISUSE(moons_submit, (executor, theirs, NULL, 0, &future), MOONS_INVALID);
  MISUSE(moons_thread_new, (runtime, NULL, theirs, NULL, 0, &thread), MOONS_INVALID);
  moons_function_free(theirs);
  CHECK(moons_runtime_free(foreign) == MOONS_OK);
  CHECK(moons_values_new(&list) == MOONS_OK && moons_table_new(list, &inner) == MOONS_OK);
  MISUSE(moons_values_append, (values, moons_of_table(inner)), MOONS_INVALID);
  MISUSE(moons_table_append, (table, moons_of_table(inner)), MOONS_INVALID);
  MISUSE(moons_table_set, (table, moons_of_table(inner), moons_integer(1)), MOONS_INVALID);
  moons_values_free(list);
}

/* ---- freed ---- */

/* The memory is looked at, which tools would call a mistake of ours. */
static bool is_watched(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return true;
#else
  return getenv("MOONS_VALGRIND") != NULL;
#endif
}

/* Each in turn, before anything else can have taken its place. */
static void what_was_freed_is_none(void) {
  if (is_watched()) return;
  moons_endings_free(endings);
  MISUSE(moons_endings_next, (endings, &tag), MOONS_INVALID);
  moons_state_free(state);
  MISUSE(moons_state_call, (state, function, NULL, 0, NULL), MOONS_INVALID);
  MISUSE_VOID(moons_state_free, (state));
  CHECK(moons_thread_join(thread, MOONS_FOREVER, NULL) == MOONS_OK);
  moons_thread_free(thread);
  MISUSE(moons_thread_join, (thread, 0, NULL), MOONS_INVALID);
  MISUSE_VOID(moons_thread_free, (thread));
  moons_future_free(future);
  MISUSE(moons_future_result, (future, 0, NULL), MOONS_INVALID);
  moons_executor_free(executor);
  MISUSE(moons_submit, (executor, function, NULL, 0, &future), MOONS_INVALID);
  moons_queue_free(queue);
  MISUSE(moons_queue_size, (queue), 0);
  MISUSE_VOID(moons_queue_free, (queue));
  moons_value list = moons_of_table(table);
  moons_values_free(values);
  MISUSE(moons_table_count, (list.as.table), 0);
  MISUSE(moons_values_count, (values), 0);
  MISUSE_VOID(moons_values_free, (values));
  moons_function_free(function);
  MISUSE_VOID(moons_function_free, (function));
  CHECK(moons_runtime_free(runtime) == MOONS_OK);
  MISUSE(moons_runtime_free, (runtime), MOONS_INVALID);
  MISUSE(moons_queue_new, (runtime, 0, &queue), MOONS_INVALID);
  set_up();
}

/* ---- the wrong thread ---- */

static moons_runtime *host;
static moons_state *running;
static moons_function *inner;
static moons_call *kept;
static moons_thread *caller;

static void *ask_elsewhere(void *call) {
  MISUSE(moons_call_count, (call), 0);
  MISUSE(moons_state_call, (running, inner, NULL, 0, NULL), MOONS_INVALID);
  return NULL;
}

static moons_status within(moons_call *call, void *argument) {
  (void)argument;
  kept = call;
  MISUSE(moons_state_call, (running, inner, NULL, 0, NULL), MOONS_INVALID);
  MISUSE_VOID(moons_state_free, (running));
  MISUSE(moons_runtime_wait, (host, 0), MOONS_INVALID);
  MISUSE(moons_runtime_free, (host), MOONS_INVALID);
  join_thread(start_thread(ask_elsewhere, call));
  return MOONS_OK;
}

static moons_status join_self(moons_call *call, void *argument) {
  (void)call, (void)argument;
  while (!__atomic_load_n(&caller, __ATOMIC_ACQUIRE)) (void)usleep(100);
  MISUSE(moons_thread_join, (caller, 0, NULL), MOONS_INVALID);
  return MOONS_OK;
}

static void calls_from_the_wrong_thread_are_told(void) {
  const moons_c_entry functions[] = {{"host", "within", within, NULL},
                                     {"host", "join", join_self, NULL},
                                     {NULL, NULL, NULL, NULL}};
  static const char script[] = "require 'host'.within()", joins[] = "require 'host'.join()";
  moons_function *outer, *own;
  moons_thread *made;
  moons_config config = MOONS_CONFIG;
  config.functions = functions;
  CHECK(moons_runtime_new(&config, &host) == MOONS_OK);
  CHECK(moons_function_new(host, script, strlen(script), NULL, &outer, NULL) == MOONS_OK);
  CHECK(moons_function_new(host, joins, strlen(joins), NULL, &own, NULL) == MOONS_OK);
  CHECK(moons_function_new(host, "", 0, NULL, &inner, NULL) == MOONS_OK);
  CHECK(moons_state_new(host, NULL, &running) == MOONS_OK);
  CHECK(moons_state_call(running, outer, NULL, 0, NULL) == MOONS_OK);
  if (!is_watched()) MISUSE(moons_call_count, (kept), 0);
  CHECK(moons_thread_new(host, NULL, own, NULL, 0, &made) == MOONS_OK);
  __atomic_store_n(&caller, made, __ATOMIC_RELEASE);
  CHECK(moons_thread_join(made, MOONS_FOREVER, NULL) == MOONS_OK);
  moons_thread_free(made);
  moons_state_free(running);
  moons_function_free(outer);
  moons_function_free(inner);
  moons_function_free(own);
  CHECK(moons_runtime_free(host) == MOONS_OK);
}

int main(void) {
  set_up();
  RUN(null_is_no_list);
  RUN(null_is_no_runtime);
  RUN(null_is_no_object);
  RUN(null_is_no_state);
  RUN(null_is_no_thread);
  RUN(null_is_no_executor);
  RUN(null_is_no_queue);
  RUN(null_is_no_call);
  RUN(null_can_be_freed);
  RUN(one_kind_is_no_other);
  RUN(what_is_of_one_is_no_others);
  RUN(calls_from_the_wrong_thread_are_told);
  RUN(what_was_freed_is_none);
  put_away();
  return 0;
}

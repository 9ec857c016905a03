/* tests/embed/library_test.c -- moons.h as a program uses it, linked with the shared library alone. */
#include <moons.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>

#include "check.h"

static moons_runtime *runtime;

static moons_function *compile(const char *source) {
  moons_function *function = NULL;
  CHECK(moons_function_new(runtime, source, strlen(source), "=test", &function, NULL) == MOONS_OK);
  return function;
}

static bool is_text(moons_value value, const char *text) {
  return value.type == MOONS_STRING && value.as.string.size == strlen(text) &&
         strcmp(value.as.string.bytes, text) == 0;
}

/* ---- values ---- */

static void tables_have_items_and_fields(void) {
  moons_values *values;
  moons_table *table;
  CHECK(moons_values_new(&values) == MOONS_OK);
  CHECK(moons_table_new(values, &table) == MOONS_OK);
  for (int i = 1; i <= 1000; i++)
    CHECK(moons_table_append(table, moons_integer(i * i)) == MOONS_OK);
  for (int i = 0; i < 1000; i++) {
    char name[16];
    snprintf(name, sizeof name, "key%d", i);
    CHECK(moons_table_set(table, moons_string(name), moons_integer(i)) == MOONS_OK);
  }
  CHECK(moons_table_length(table) == 1000 && moons_table_count(table) == 2000);
  CHECK(moons_table_get(table, moons_number(1000)).as.integer == 1000000);
  CHECK(moons_table_field(table, "key777").as.integer == 777);
  CHECK(moons_table_field(table, "key1000").type == MOONS_NIL);

  CHECK(moons_table_set(table, moons_integer(500), moons_nil()) == MOONS_OK);
  CHECK(moons_table_length(table) == 499 && moons_table_count(table) == 1999);
  CHECK(moons_table_get(table, moons_integer(501)).as.integer == 501 * 501);
  CHECK(moons_table_set(table, moons_integer(500), moons_integer(0)) == MOONS_OK);
  CHECK(moons_table_length(table) == 1000);
  CHECK(moons_table_set(table, moons_string("key5"), moons_nil()) == MOONS_OK);
  CHECK(moons_table_count(table) == 1999);

  size_t at = 0, count = 0;
  moons_value key, value;
  while (moons_table_next(table, &at, &key, &value)) count++;
  CHECK(count == 1999);
  CHECK(moons_table_set(table, moons_nil(), moons_nil()) == MOONS_INVALID);
  CHECK(moons_table_set(table, moons_number(0.0 / 0.0), moons_nil()) == MOONS_INVALID);
  moons_values_free(values);
}

static void values_come_back(void) {
  moons_function *function = compile("return ...");
  moons_state *state;
  CHECK(moons_state_new(runtime, NULL, &state) == MOONS_OK);
  moons_values *values, *results;
  moons_table *table, *inner;
  CHECK(moons_values_new(&values) == MOONS_OK);
  CHECK(moons_table_new(values, &table) == MOONS_OK);
  CHECK(moons_table_new(values, &inner) == MOONS_OK);
  CHECK(moons_table_set(table, moons_string("inner"), moons_of_table(inner)) == MOONS_OK);
  CHECK(moons_table_set(inner, moons_string("outer"), moons_of_table(table)) == MOONS_OK);
  CHECK(moons_table_set(inner, moons_boolean(1), moons_number(0.5)) == MOONS_OK);
  CHECK(moons_table_set(inner, moons_number(0.5), moons_bytes("a\0b", 3)) == MOONS_OK);
  moons_value arguments[] = {moons_nil(),          moons_boolean(1),     moons_integer(INT64_MIN),
                             moons_number(1e300),  moons_string("text"), moons_pointer(&runtime),
                             moons_of_table(table)};
  CHECK(moons_state_call(state, function, arguments, 7, &results) == MOONS_OK);
  CHECK(moons_values_count(results) == 7);
  CHECK(moons_values_at(results, 0).type == MOONS_NIL);
  CHECK(moons_values_at(results, 1).as.boolean == 1);
  CHECK(moons_values_at(results, 2).as.integer == INT64_MIN);
  CHECK(moons_values_at(results, 3).as.number == 1e300);
  CHECK(is_text(moons_values_at(results, 4), "text"));
  CHECK(moons_values_at(results, 5).as.pointer == &runtime);
  moons_table *outer = moons_values_at(results, 6).as.table;
  moons_table *nested = moons_table_field(outer, "inner").as.table;
  CHECK(moons_table_field(nested, "outer").as.table == outer);
  CHECK(moons_table_get(nested, moons_boolean(1)).as.number == 0.5);
  CHECK(moons_table_get(nested, moons_number(0.5)).as.string.size == 3);
  CHECK(moons_values_at(results, 7).type == MOONS_NIL);
  moons_values_free(results);
  moons_values_free(values);
  moons_state_free(state);
  moons_function_free(function);
}

static void deep_tables_need_no_deep_stack(void) {
  moons_values *values, *results;
  moons_table *table, *first;
  CHECK(moons_values_new(&values) == MOONS_OK);
  CHECK(moons_table_new(values, &first) == MOONS_OK);
  table = first;
  for (int i = 0; i < 100000; i++) {
    moons_table *next;
    CHECK(moons_table_new(values, &next) == MOONS_OK);
    CHECK(moons_table_append(table, moons_of_table(next)) == MOONS_OK);
    table = next;
  }
  moons_function *function =
      compile("local t, n = ..., 0 local at = t while at do at, n = at[1], n + 1 end return n, t");
  moons_state *state;
  CHECK(moons_state_new(runtime, NULL, &state) == MOONS_OK);
  moons_value argument = moons_of_table(first);
  CHECK(moons_state_call(state, function, &argument, 1, &results) == MOONS_OK);
  CHECK(moons_values_at(results, 0).as.integer == 100001);
  moons_value at = moons_values_at(results, 1);
  int depth = 0;
  for (; at.type == MOONS_TABLE; depth++) at = moons_table_get(at.as.table, moons_integer(1));
  CHECK(depth == 100001);
  moons_values_free(results);
  moons_values_free(values);
  moons_state_free(state);
  moons_function_free(function);
}

static void what_only_scripts_can_use_is_other(void) {
  moons_function *function = compile("local up = {} local c = setmetatable({1}, {__index = {}}) "
                                     "return function() return up end, print, c, {print, "
                                     "function() return c end, x = 1}, moons.Lock()");
  moons_state *state;
  moons_values *results;
  CHECK(moons_state_new(runtime, NULL, &state) == MOONS_OK);
  CHECK(moons_state_call(state, function, NULL, 0, &results) == MOONS_OK);
  CHECK(moons_values_at(results, 0).type == MOONS_OTHER);
  CHECK(moons_values_at(results, 1).type == MOONS_OTHER);
  CHECK(moons_values_at(results, 2).type == MOONS_TABLE);
  moons_table *mixed = moons_values_at(results, 3).as.table;
  CHECK(moons_table_get(mixed, moons_integer(2)).type == MOONS_OTHER);
  CHECK(moons_table_field(mixed, "x").as.integer == 1);
  moons_value lock = moons_values_at(results, 4), other = moons_values_at(results, 0);
  moons_queue *queue;
  CHECK(lock.type == MOONS_OBJECT && moons_queue_from(lock, &queue) == MOONS_INVALID);
  CHECK(moons_state_call(state, function, &lock, 1, NULL) == MOONS_OK);
  CHECK(moons_state_call(state, function, &other, 1, NULL) == MOONS_REFUSED);
  moons_values_free(results);
  moons_state_free(state);
  moons_function_free(function);
}

/* ---- states ---- */

static void a_state_keeps_its_globals(void) {
  moons_function *define =
      compile("function add(a, b) total = (total or 0) + a + b return total end");
  moons_state *state;
  moons_values *results;
  CHECK(moons_state_new(runtime, NULL, &state) == MOONS_OK);
  CHECK(moons_state_call(state, define, NULL, 0, NULL) == MOONS_OK);
  moons_value arguments[] = {moons_integer(1), moons_integer(2)};
  CHECK(moons_state_call_global(state, "add", arguments, 2, NULL) == MOONS_OK);
  CHECK(moons_state_call_global(state, "add", arguments, 2, &results) == MOONS_OK);
  CHECK(moons_values_at(results, 0).as.integer == 6);
  moons_values_free(results);
  CHECK(moons_state_call_global(state, "sub", NULL, 0, NULL) == MOONS_FAILED);
  CHECK(is_text(moons_state_error(state), "global 'sub' is no function (a nil value)"));
  moons_state_free(state);
  moons_function_free(define);
}

static void errors_have_value_and_traceback(void) {
  moons_function *function = compile("local function f() error({ code = 7 }) end f()");
  moons_state *state;
  CHECK(moons_state_new(runtime, NULL, &state) == MOONS_OK);
  CHECK(moons_state_traceback(state) == NULL);
  CHECK(moons_state_call(state, function, NULL, 0, NULL) == MOONS_FAILED);
  CHECK(moons_table_field(moons_state_error(state).as.table, "code").as.integer == 7);
  CHECK(strstr(moons_state_traceback(state), "stack traceback") != NULL);
  moons_state_free(state);
  moons_function_free(function);

  char *message = NULL;
  function = NULL;
  CHECK(moons_function_new(runtime, "x =", 3, "=bad", &function, &message) == MOONS_FAILED);
  CHECK(!function && message && strstr(message, "bad:1:"));
  moons_text_free(message);
  message = NULL;
  CHECK(moons_function_load(runtime, "/no/such.lua", &function, &message) == MOONS_FAILED);
  CHECK(message && strstr(message, "/no/such.lua"));
  moons_text_free(message);
}

static void a_memory_limit_ends_the_call_and_not_the_state(void) {
  moons_state_options options = {sizeof options, "small", 4 << 20};
  moons_function *greedy =
      compile("local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end");
  moons_function *modest = compile("return 1");
  moons_state *state;
  CHECK(moons_state_new(runtime, &options, &state) == MOONS_OK);
  CHECK(moons_state_call(state, greedy, NULL, 0, NULL) == MOONS_FAILED);
  CHECK(moons_state_call(state, modest, NULL, 0, NULL) == MOONS_OK);
  moons_state_free(state);
  moons_function_free(greedy);
  moons_function_free(modest);
}

static void cancel_soon(void *argument, moons_status status) {
  (void)status;
  moons_state_cancel(argument);
}

static void a_call_can_be_cancelled_and_the_state_used_on(void) {
  moons_function *spin = compile("while true do end"), *wait = compile("moons.sleep(1000)");
  moons_function *nap = compile("moons.sleep(0.01)"), *modest = compile("return 1");
  moons_executor *executor;
  moons_state *state;
  CHECK(moons_executor_new(runtime, NULL, &executor) == MOONS_OK);
  CHECK(moons_state_new(runtime, NULL, &state) == MOONS_OK);
  for (int i = 0; i < 2; i++) {
    moons_future *future;
    CHECK(moons_submit(executor, nap, NULL, 0, &future) == MOONS_OK);
    CHECK(moons_future_watch(future, cancel_soon, state) == MOONS_OK);
    moons_future_free(future);
    CHECK(moons_state_call(state, i == 0 ? spin : wait, NULL, 0, NULL) == MOONS_CANCELLED);
    CHECK(moons_state_call(state, modest, NULL, 0, NULL) == MOONS_OK);
  }
  moons_state_free(state);
  moons_executor_free(executor);
  moons_function_free(spin);
  moons_function_free(wait);
  moons_function_free(nap);
  moons_function_free(modest);
}

/* ---- threads, executors, queues ---- */

static void threads_give_results_and_errors(void) {
  moons_function *function =
      compile("local x = ... if x < 0 then error('negative', 0) end return x * 2");
  moons_thread *good, *bad;
  moons_values *results, *error;
  moons_value argument = moons_integer(21);
  CHECK(moons_thread_new(runtime, NULL, function, &argument, 1, &good) == MOONS_OK);
  argument = moons_integer(-1);
  CHECK(moons_thread_new(runtime, NULL, function, &argument, 1, &bad) == MOONS_OK);
  CHECK(moons_thread_join(good, MOONS_FOREVER, &results) == MOONS_OK);
  CHECK(moons_values_at(results, 0).as.integer == 42);
  CHECK(moons_thread_join(bad, MOONS_FOREVER, NULL) == MOONS_FAILED);
  CHECK(moons_thread_error(bad, &error) == MOONS_OK);
  CHECK(is_text(moons_values_at(error, 0), "negative"));
  CHECK(strstr(moons_thread_traceback(bad), "negative") != NULL);
  CHECK(moons_thread_error(good, &error) == MOONS_INVALID);
  moons_values_free(results);
  moons_values_free(error);
  moons_thread_free(good);
  moons_thread_free(bad);
  moons_function_free(function);
}

static void queues_join_program_and_script(void) {
  moons_function *function =
      compile("local from, to = ... for v in from:iter() do to:put{ v, v * v } end to:close()");
  moons_queue *in, *out;
  moons_thread *thread;
  moons_values *values;
  CHECK(moons_queue_new(runtime, 2, &in) == MOONS_OK);
  CHECK(moons_queue_new(runtime, 2, &out) == MOONS_OK);
  moons_value arguments[] = {moons_of_queue(in), moons_of_queue(out)};
  CHECK(moons_queue_get(out, 0, &values) == MOONS_EMPTY);
  CHECK(moons_queue_get(out, 0.001, &values) == MOONS_TIMEOUT);
  CHECK(moons_thread_new(runtime, NULL, function, arguments, 2, &thread) == MOONS_OK);
  for (int i = 1; i <= 100; i++) {
    CHECK(moons_queue_put(in, moons_integer(i), MOONS_FOREVER) == MOONS_OK);
    CHECK(moons_queue_get(out, MOONS_FOREVER, &values) == MOONS_OK);
    moons_table *pair = moons_values_at(values, 0).as.table;
    CHECK(moons_table_get(pair, moons_integer(2)).as.integer == i * i);
    moons_values_free(values);
  }
  moons_queue_close(in, 0);
  CHECK(moons_queue_put(in, moons_integer(0), 0) == MOONS_CLOSED);
  CHECK(moons_queue_get(out, MOONS_FOREVER, &values) == MOONS_CLOSED);
  CHECK(moons_thread_join(thread, MOONS_FOREVER, NULL) == MOONS_OK);
  moons_thread_free(thread);
  moons_queue_free(in);
  moons_queue_free(out);
  moons_function_free(function);
}

static void the_ends_of_futures_wake_an_event_loop(void) {
  enum { CALLS = 50 };
  moons_function *function = compile("return (...)");
  moons_executor *executor;
  moons_endings *endings;
  moons_future *futures[CALLS];
  bool seen[CALLS] = {false};
  CHECK(moons_executor_new(runtime, NULL, &executor) == MOONS_OK);
  CHECK(moons_endings_new(runtime, &endings) == MOONS_OK);
  for (int i = 0; i < CALLS; i++) {
    moons_value argument = moons_integer(i);
    CHECK(moons_submit(executor, function, &argument, 1, &futures[i]) == MOONS_OK);
    CHECK(moons_endings_add(endings, futures[i], &seen[i]) == MOONS_OK);
  }
  for (int left = CALLS; left > 0;) {
    struct pollfd descriptor = {moons_endings_descriptor(endings), POLLIN, 0};
    CHECK(poll(&descriptor, 1, -1) == 1);
    void *tag;
    while (moons_endings_next(endings, &tag) == MOONS_OK) {
      CHECK(!*(bool *)tag);
      *(bool *)tag = true;
      left--;
    }
  }
  struct pollfd descriptor = {moons_endings_descriptor(endings), POLLIN, 0};
  CHECK(poll(&descriptor, 1, 0) == 0);
  for (int i = 0; i < CALLS; i++) {
    moons_values *results;
    CHECK(moons_future_result(futures[i], 0, &results) == MOONS_OK);
    CHECK(moons_values_at(results, 0).as.integer == i);
    moons_values_free(results);
    moons_future_free(futures[i]);
  }
  moons_endings_free(endings);
  CHECK(moons_executor_join(executor, 0) == MOONS_INVALID);
  moons_executor_close(executor);
  CHECK(moons_executor_join(executor, MOONS_FOREVER) == MOONS_OK);
  moons_executor_free(executor);
  moons_function_free(function);
}

static void executors_start_with_their_initializer(void) {
  moons_function *initializer = compile("function double(x) return 2 * x end");
  moons_function *function = compile("return double(...)");
  moons_function *broken = compile("error 'no'");
  moons_executor_options options = {sizeof options, 1, "twice", 0, 0, initializer};
  moons_executor *executor;
  moons_future *future;
  moons_values *results;
  moons_value argument = moons_integer(4);
  CHECK(moons_executor_new(runtime, &options, &executor) == MOONS_OK);
  CHECK(moons_submit(executor, function, &argument, 1, &future) == MOONS_OK);
  CHECK(moons_future_result(future, MOONS_FOREVER, &results) == MOONS_OK);
  CHECK(moons_values_at(results, 0).as.integer == 8);
  moons_values_free(results);
  moons_future_free(future);
  moons_executor_free(executor);

  options.initializer = broken;
  CHECK(moons_executor_new(runtime, &options, &executor) == MOONS_OK);
  CHECK(moons_submit(executor, function, &argument, 1, &future) == MOONS_OK);
  CHECK(moons_future_result(future, MOONS_FOREVER, NULL) == MOONS_FAILED);
  moons_future_free(future);
  moons_executor_free(executor);
  moons_function_free(initializer);
  moons_function_free(function);
  moons_function_free(broken);
}

/* ---- C functions, output ---- */

static moons_status sum(moons_call *call, void *argument) {
  int64_t total = *(int64_t *)argument;
  for (size_t i = 0; i < moons_call_count(call); i++) {
    moons_value value = moons_call_argument(call, i);
    if (value.type == MOONS_TABLE)
      for (size_t j = 1; j <= moons_table_length(value.as.table); j++)
        total += moons_table_get(value.as.table, moons_integer((int64_t)j)).as.integer;
    else if (value.type == MOONS_INTEGER)
      total += value.as.integer;
    else
      return moons_call_fail(call, "sum: integer or list expected");
  }
  moons_values *values = moons_call_values(call);
  moons_table *table;
  if (moons_table_new(values, &table) != MOONS_OK) return MOONS_NO_MEMORY;
  moons_table_set(table, moons_string("total"), moons_integer(total));
  return moons_call_return(call, moons_of_table(table));
}

typedef struct captured {
  char text[4096];
  size_t size;
} captured;

static void capture(void *argument, moons_stream stream, const char *bytes, size_t size) {
  captured *c = argument;
  int length = snprintf(c->text + c->size, sizeof c->text - c->size, "%d:%.*s", (int)stream,
                        (int)size, bytes);
  c->size += (size_t)length;
}

static void what_is_written_goes_to_the_program(void) {
  static int64_t start = 100;
  const moons_c_entry functions[] = {{"host", "sum", sum, &start}, {NULL, NULL, NULL, NULL}};
  captured output = {.size = 0};
  moons_config config = MOONS_CONFIG;
  config.write = capture;
  config.argument = &output;
  config.functions = functions;
  config.package_path = "/nowhere/?.lua";
  moons_runtime *main = runtime;
  CHECK(moons_runtime_new(&config, &runtime) == MOONS_OK);
  moons_function *function =
      compile("local host = require 'host' "
              "print(1, 2.5, 'x') io.write('a', 1) io.stderr:write 'e' warn '@on' warn 'w' "
              "print(host.sum(1, {2, 3}).total, package.path) "
              "print(pcall(host.sum, 'x')) "
              "return moons.spawn(function() return host.sum(7).total end):join()");
  moons_function *fails = compile("error('lost', 0)");
  moons_thread *thread;
  moons_values *results;
  CHECK(moons_thread_new(runtime, NULL, function, NULL, 0, &thread) == MOONS_OK);
  moons_status status = moons_thread_join(thread, MOONS_FOREVER, &results);
  if (status == MOONS_FAILED) fprintf(stderr, "%s\n", moons_thread_traceback(thread));
  CHECK(status == MOONS_OK && moons_values_at(results, 0).as.integer == 107);
  moons_values_free(results);
  moons_thread_free(thread);
  CHECK(strstr(output.text, "1:1\t2.5\tx\n1:a1"
                            "2:e") != NULL);
  CHECK(strstr(output.text, "2:Lua warning: 2:w2:\n") != NULL);
  CHECK(strstr(output.text, "1:106\t/nowhere/?.lua\n") != NULL);
  CHECK(strstr(output.text, "sum: integer or list expected") != NULL);

  CHECK(moons_thread_new(runtime, NULL, fails, NULL, 0, &thread) == MOONS_OK);
  moons_thread_free(thread);
  CHECK(moons_runtime_wait(runtime, MOONS_FOREVER) == MOONS_OK);
  moons_function_free(function);
  moons_function_free(fails);
  CHECK(moons_runtime_free(runtime) == MOONS_OK);
  CHECK(strstr(output.text, "3:moons: thread 'Thread-3' failed: lost") != NULL);
  runtime = main;
}

/* ---- the sandbox ---- */

/* What the chunk gives, a string, in a new runtime of that config. */
static void evaluate(const moons_config *config, const char *source, char *text, size_t size) {
  moons_runtime *main = runtime;
  CHECK(moons_runtime_new(config, &runtime) == MOONS_OK);
  moons_function *function = compile(source);
  moons_state *state;
  moons_values *results = NULL;
  CHECK(moons_state_new(runtime, NULL, &state) == MOONS_OK);
  if (moons_state_call(state, function, NULL, 0, &results) != MOONS_OK)
    fprintf(stderr, "%s\n", moons_state_traceback(state));
  snprintf(text, size, "%s", moons_values_at(results, 0).as.string.bytes);
  moons_values_free(results);
  moons_state_free(state);
  moons_function_free(function);
  CHECK(moons_runtime_free(runtime) == MOONS_OK);
  runtime = main;
}

static const char list_names[] =
    "local function names(t) local list = {} for k in pairs(t) do list[#list + 1] = k end "
    "table.sort(list) return table.concat(list, ' ') end "
    "return table.concat({ names(_G), names(os), names(debug), names(moons), "
    "tostring(string.dump), tostring(load(('x'):rep(0) .. '\\27Lua')), "
    "tostring(select(2, pcall(require, 'io'))), type(require 're'), type(require('host').sum) }, "
    "'; ')";

static void a_sandbox_has_what_is_listed(void) {
  const moons_c_entry functions[] = {{"host", "sum", sum, NULL}, {NULL, NULL, NULL, NULL}};
  moons_config config = MOONS_CONFIG;
  char text[2000];
  config.functions = functions;
  config.sandbox = 1;
  evaluate(&config, list_names, text, sizeof text);
  CHECK(strcmp(text,
               "_G _VERSION assert collectgarbage coroutine debug error getmetatable ipairs load "
               "math moons next os pairs pcall print rawequal rawget rawlen rawset require "
               "select setmetatable string table tonumber tostring type utf8 warn xpcall; "
               "clock date difftime time; traceback; "
               "Generator clock delegate gather sleep task timeout version yield; "
               "nil; nil; module 'io' is not allowed here; table; function") == 0);
  evaluate(&config, "return (moons.task(function() moons.sleep(0.001) return 'done' end):result())",
           text, sizeof text);
  CHECK(strcmp(text, "done") == 0);
  config.allowed = MOONS_ALLOW_FILES | MOONS_ALLOW_THREADS;
  evaluate(&config,
           "return table.concat({ type(io.open), type(io.popen), type(spawn), type(moons.Shared), "
           "type(moons.subprocess), type(moons.net), type(futures.ProcessPoolExecutor), "
           "spawn(function() return type(os.execute) end):join() }, ' ')",
           text, sizeof text);
  CHECK(strcmp(text, "function nil function function nil nil nil nil") == 0);
}

/* ---- the end ---- */

static void a_script_cannot_end_the_program(void) {
  moons_function *function = compile("os.exit(3)");
  moons_state *state;
  CHECK(moons_state_new(runtime, NULL, &state) == MOONS_OK);
  CHECK(moons_state_call(state, function, NULL, 0, NULL) == MOONS_FAILED);
  moons_state_free(state);
  moons_function_free(function);
}

static void freeing_ends_all_that_runs(void) {
  moons_runtime *main = runtime;
  CHECK(moons_runtime_new(NULL, &runtime) == MOONS_OK);
  moons_function *function = compile("while true do end");
  moons_executor *executor;
  moons_future *future, *pending;
  moons_thread *thread;
  moons_queue *queue;
  moons_executor_options options = {.size = sizeof options, .threads = 1};
  CHECK(moons_executor_new(runtime, &options, &executor) == MOONS_OK);
  CHECK(moons_submit(executor, function, NULL, 0, &future) == MOONS_OK);
  CHECK(moons_submit(executor, function, NULL, 0, &pending) == MOONS_OK);
  CHECK(moons_thread_new(runtime, NULL, function, NULL, 0, &thread) == MOONS_OK);
  CHECK(moons_queue_new(runtime, 0, &queue) == MOONS_OK);
  CHECK(moons_runtime_wait(runtime, 0.01) == MOONS_TIMEOUT);
  moons_stats stats = {.size = sizeof stats};
  CHECK(moons_runtime_stats(runtime, &stats) == MOONS_OK && stats.threads == 2);
  CHECK(moons_runtime_free(runtime) == MOONS_OK);
  moons_values *values;
  CHECK(moons_future_result(future, MOONS_FOREVER, NULL) == MOONS_CANCELLED);
  CHECK(moons_future_result(pending, MOONS_FOREVER, NULL) == MOONS_CANCELLED);
  CHECK(moons_thread_join(thread, MOONS_FOREVER, NULL) == MOONS_CANCELLED);
  CHECK(moons_queue_get(queue, MOONS_FOREVER, &values) == MOONS_CANCELLED);
  moons_future_free(future);
  moons_future_free(pending);
  moons_thread_free(thread);
  moons_queue_free(queue);
  moons_executor_free(executor);
  moons_function_free(function);
  runtime = main;
}

static void an_open_state_keeps_the_runtime(void) {
  moons_runtime *other;
  moons_state *state;
  CHECK(moons_runtime_new(NULL, &other) == MOONS_OK);
  CHECK(moons_state_new(other, NULL, &state) == MOONS_OK);
  CHECK(moons_runtime_free(other) == MOONS_BUSY);
  moons_state *late;
  CHECK(moons_state_new(other, NULL, &late) == MOONS_CLOSED);
  moons_state_free(state);
  CHECK(moons_runtime_free(other) == MOONS_OK);
}

static void runtimes_come_and_go(void) {
  for (int i = 0; i < 200; i++) {
    moons_runtime *other;
    CHECK(moons_runtime_new(NULL, &other) == MOONS_OK);
    CHECK(moons_runtime_free(other) == MOONS_OK);
  }
}

static void mistakes_are_answered(void) {
  moons_queue *queue;
  moons_config config = {.size = 1};
  moons_runtime *no;
  CHECK(moons_runtime_new(&config, &no) == MOONS_INVALID);
  CHECK(moons_queue_new(runtime, 1, &queue) == MOONS_OK);
  CHECK(moons_queue_put(queue, moons_nil(), 0) == MOONS_INVALID);
  CHECK(moons_queue_put(queue, moons_integer(1), 0) == MOONS_OK);
  CHECK(moons_queue_put(queue, moons_integer(1), 0) == MOONS_FULL);
  CHECK(moons_queue_put(queue, moons_integer(1), 0.001) == MOONS_TIMEOUT);
  moons_queue_free(queue);
  CHECK(strcmp(moons_status_text((moons_status)99), "unknown status") == 0);
}

int main(void) {
  CHECK(moons_runtime_new(NULL, &runtime) == MOONS_OK);
  RUN(tables_have_items_and_fields);
  RUN(values_come_back);
  RUN(deep_tables_need_no_deep_stack);
  RUN(what_only_scripts_can_use_is_other);
  RUN(a_state_keeps_its_globals);
  RUN(errors_have_value_and_traceback);
  RUN(a_memory_limit_ends_the_call_and_not_the_state);
  RUN(a_call_can_be_cancelled_and_the_state_used_on);
  RUN(threads_give_results_and_errors);
  RUN(queues_join_program_and_script);
  RUN(the_ends_of_futures_wake_an_event_loop);
  RUN(executors_start_with_their_initializer);
  RUN(what_is_written_goes_to_the_program);
  RUN(a_sandbox_has_what_is_listed);
  RUN(a_script_cannot_end_the_program);
  RUN(mistakes_are_answered);
  RUN(freeing_ends_all_that_runs);
  RUN(runtimes_come_and_go);
  RUN(an_open_state_keeps_the_runtime);
  CHECK(moons_runtime_free(runtime) == MOONS_OK);
  return 0;
}

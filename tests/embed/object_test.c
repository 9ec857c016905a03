/* tests/embed/object_test.c -- types of the program's own: their objects in scripts, on their way, and at the end. */
#include <moons.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "check.h"

static moons_runtime *runtime;
static atomic_int alive; /* contents of all types */

static moons_function *compile(const char *source) {
  moons_function *function = NULL;
  char *message = NULL;
  moons_status status =
      moons_function_new(runtime, source, strlen(source), "=test", &function, &message);
  if (status != MOONS_OK) fprintf(stderr, "%s\n", message);
  CHECK(status == MOONS_OK);
  return function;
}

/* ---- a counter, which all threads share ---- */

typedef struct counter {
  atomic_long value;
} counter;

static moons_object_type counter_type;

static void counter_release(void *content) {
  free(content);
  atomic_fetch_sub(&alive, 1);
}

static counter *counter_make(void) {
  counter *c = malloc(sizeof *c);
  CHECK(c);
  atomic_init(&c->value, 0);
  atomic_fetch_add(&alive, 1);
  return c;
}

static moons_status counter_add(moons_call *call, void *argument) {
  counter *c = moons_object_content(moons_call_argument(call, 0), &counter_type);
  if (!c) return moons_call_fail(call, "Counter expected");
  CHECK(strcmp(argument, "of add") == 0);
  moons_value by = moons_call_argument(call, 1);
  long value = atomic_fetch_add(&c->value, (long)by.as.integer) + (long)by.as.integer;
  return moons_call_return(call, moons_integer(value));
}

static const moons_method counter_methods[] = {{"add", counter_add, "of add"}, {NULL, NULL, NULL}};

static moons_object_type counter_type = {.size = sizeof(moons_object_type),
                                         .name = "Counter",
                                         .methods = counter_methods,
                                         .release = counter_release};

/* Gives the new object to the call, as its result. */
static moons_status give(moons_call *call, const moons_object_type *type, void *content) {
  moons_object *object;
  moons_status status = moons_object_new(moons_call_runtime(call), type, content, &object);
  if (status != MOONS_OK) return status;
  status = moons_call_return(call, moons_of_object(object));
  moons_object_free(object);
  return status;
}

static moons_status counter_new(moons_call *call, void *argument) {
  (void)argument;
  return give(call, &counter_type, counter_make());
}

/* ---- a box, of which each thread has its own ---- */

typedef struct box {
  long number;
  moons_runtime *of;
  moons_object *inner; /* or NULL */
} box;

static moons_object_type box_type;

static void box_release(void *content) {
  moons_object_free(((box *)content)->inner);
  free(content);
  atomic_fetch_sub(&alive, 1);
}

static box *box_make(long number) {
  box *b = calloc(1, sizeof *b);
  CHECK(b);
  b->number = number;
  atomic_fetch_add(&alive, 1);
  return b;
}

static moons_status box_pack(void *content, moons_values *values) {
  const box *b = content;
  if (b->number == -1) return MOONS_REFUSED;
  if (b->number == -2) return MOONS_BUSY;
  moons_status status = moons_values_append(values, moons_integer(b->number));
  return status == MOONS_OK ? moons_values_append(values, moons_of_object(b->inner)) : status;
}

static moons_status box_unpack(const moons_values *values, void **content) {
  moons_value inner = moons_values_at(values, 1);
  long number = (long)moons_values_at(values, 0).as.integer;
  if (number == -3) return MOONS_BUSY;
  box *b = box_make(number);
  if (inner.type == MOONS_OBJECT) {
    const box *from = moons_object_content(inner, &box_type);
    CHECK(from);
    b->number += 1000 * (from->number % 1000);
  }
  *content = b;
  return MOONS_OK;
}

static box *self(moons_call *call) {
  return moons_object_content(moons_call_argument(call, 0), &box_type);
}

static moons_status box_new(moons_call *call, void *argument) {
  (void)argument;
  return give(call, &box_type, box_make((long)moons_call_argument(call, 0).as.integer));
}

static moons_status box_set(moons_call *call, void *argument) {
  (void)argument;
  if (!self(call)) return moons_call_fail(call, "Box expected");
  self(call)->number = (long)moons_call_argument(call, 1).as.integer;
  return moons_call_return(call, moons_call_argument(call, 0));
}

static moons_status box_index(moons_call *call, void *argument) {
  (void)argument;
  moons_value key = moons_call_argument(call, 1);
  if (key.type != MOONS_STRING || strcmp(key.as.string.bytes, "number") != 0) return MOONS_OK;
  return moons_call_return(call, moons_integer(self(call)->number));
}

static moons_status box_sum(moons_call *call, void *argument) {
  (void)argument;
  const box *b = moons_object_content(moons_call_argument(call, 1), &box_type);
  if (!self(call) || !b) return moons_call_fail(call, "two boxes expected");
  return give(call, &box_type, box_make(self(call)->number + b->number));
}

static const moons_method box_methods[] = {{"set", box_set, NULL},
                                           {"__index", box_index, NULL},
                                           {"__add", box_sum, NULL},
                                           {NULL, NULL, NULL}};

static moons_object_type box_type = {.size = sizeof(moons_object_type),
                                     .name = "Box",
                                     .methods = box_methods,
                                     .release = box_release,
                                     .pack = box_pack,
                                     .unpack = box_unpack};

/* ---- the runtime ---- */

static const moons_c_entry functions[] = {{"host", "Counter", counter_new, NULL},
                                          {"host", "Box", box_new, NULL},
                                          {NULL, NULL, NULL, NULL}};
static const moons_object_type *const types[] = {&counter_type, &box_type, NULL};

static moons_status open_runtime(int sandbox) {
  moons_config config = MOONS_CONFIG;
  config.functions = functions;
  config.types = types;
  config.sandbox = sandbox;
  return moons_runtime_new(&config, &runtime);
}

/* Runs the script in a state; what it returns is to be true. */
static void run(const char *script) {
  moons_function *function = compile(script);
  moons_state *state;
  moons_values *results;
  CHECK(moons_state_new(runtime, NULL, &state) == MOONS_OK);
  if (moons_state_call(state, function, NULL, 0, &results) != MOONS_OK) {
    fprintf(stderr, "%s\n", moons_state_traceback(state));
    abort();
  }
  CHECK(moons_values_at(results, 0).as.boolean == 1);
  moons_values_free(results);
  moons_state_free(state);
  moons_function_free(function);
}

/* ---- tests ---- */

static void scripts_have_methods_and_metamethods(void) {
  run("local host = require 'host'\n"
      "local a, b = host.Box(3), host.Box(4)\n"
      "assert(a.number == 3 and a.nothing == nil and (a + b).number == 7)\n"
      "assert(a:set(5) == a and a.number == 5)\n"
      "assert(tostring(a):find '^Box: ')\n"
      "local ok, message = pcall(a.set, {})\n"
      "assert(not ok and message:find 'Box expected')\n"
      "local c = host.Counter()\n"
      "assert(c:add(2) == 2 and c:add(3) == 5)\n"
      "return not pcall(function() return a + c end)");
}

static void what_is_shared_is_the_same_in_all_threads(void) {
  run("local c, q = require 'host'.Counter(), moons.Queue()\n"
      "local threads = {}\n"
      "for i = 1, 4 do\n"
      "  threads[i] = moons.spawn(function(c, q) for i = 1, 100 do c:add(1) end q:put(c) end, c, "
      "q)\n"
      "end\n"
      "for i = 1, 4 do assert(q:get() == c) threads[i]:join() end\n"
      "return c:add(0) == 400");
}

static void what_is_packed_is_a_copy(void) {
  run("local b, q = require 'host'.Box(1), moons.Queue()\n"
      "q:put { b, again = b }\n"
      "b:set(2)\n"
      "local t = q:get()\n"
      "assert(t[1] == t.again and t[1] ~= b and t[1].number == 1)\n"
      "local function twice(b) b:set(b.number * 2) return b, b end\n"
      "local c, d = moons.spawn(twice, b):join()\n"
      "assert(c == d and c ~= b and c.number == 4 and b.number == 2)\n"
      "local pool <close> = moons.futures.ThreadPoolExecutor(1)\n"
      "local f = pool:submit(twice, b)\n"
      "local first, second = f:result(), f:result()\n"
      "assert(first.number == 4 and second.number == 4)\n"
      "local up = moons.spawn(function() return b.number end):join()\n"
      "return up == 2");
}

static void what_is_tied_is_refused_by_its_path(void) {
  run("local host, q = require 'host', moons.Queue()\n"
      "local function refusal(n) return select(2, pcall(q.put, q, { x = host.Box(n) })) end\n"
      "assert(refusal(-1):find('value.x: Box is tied to its thread', 1, true), refusal(-1))\n"
      "assert(refusal(-2):find('value.x: Box could not be packed', 1, true), refusal(-2))\n"
      "q:put(host.Box(-3))\n"
      "local ok, message = pcall(q.get, q)\n"
      "return not ok and message:find('Box could not be unpacked', 1, true) and #q == 0");
}

static void the_program_makes_reads_and_sends_them(void) {
  moons_function *function =
      compile("local b, c = ... b:set(b.number + 1) c:add(1) return b, c, {b}");
  moons_state *state;
  moons_object *boxed, *counted;
  moons_values *results;
  box *b = box_make(1);
  counter *c = counter_make();
  CHECK(moons_state_new(runtime, NULL, &state) == MOONS_OK);
  CHECK(moons_object_new(runtime, &box_type, b, &boxed) == MOONS_OK);
  CHECK(moons_object_new(runtime, &counter_type, c, &counted) == MOONS_OK);
  moons_value arguments[] = {moons_of_object(boxed), moons_of_object(counted)};
  CHECK(moons_object_content(arguments[0], &box_type) == b);
  CHECK(moons_object_content(arguments[0], &counter_type) == NULL);
  CHECK(moons_state_call(state, function, arguments, 2, &results) == MOONS_OK);
  moons_value result = moons_values_at(results, 0);
  moons_table *table = moons_values_at(results, 2).as.table;
  CHECK(((box *)moons_object_content(result, &box_type))->number == 2 && b->number == 1);
  CHECK(moons_object_content(moons_values_at(results, 1), &counter_type) == c);
  CHECK(atomic_load(&c->value) == 1);
  /* It is one object, in both places. */
  CHECK(moons_object_content(moons_table_get(table, moons_integer(1)), &box_type) ==
        moons_object_content(result, &box_type));

  moons_queue *queue;
  moons_values *taken;
  CHECK(moons_queue_new(runtime, 0, &queue) == MOONS_OK);
  CHECK(moons_queue_put(queue, result, 0) == MOONS_OK);
  moons_values_free(results);
  CHECK(moons_queue_get(queue, 0, &taken) == MOONS_OK);
  CHECK(((box *)moons_object_content(moons_values_at(taken, 0), &box_type))->number == 2);
  moons_values_free(taken);
  b->number = -1;
  CHECK(moons_queue_put(queue, arguments[0], 0) == MOONS_REFUSED);
  b->number = -3;
  CHECK(moons_queue_put(queue, arguments[0], 0) == MOONS_OK);
  CHECK(moons_queue_get(queue, 0, &taken) == MOONS_REFUSED);
  moons_queue_free(queue);
  moons_object_free(boxed);
  moons_object_free(counted);
  moons_state_free(state);
  moons_function_free(function);
}

static void packed_objects_lie_within_each_other(void) {
  moons_queue *queue;
  moons_object *object = NULL;
  moons_values *values;
  CHECK(moons_queue_new(runtime, 0, &queue) == MOONS_OK);
  for (int i = 1; i <= 200; i++) {
    box *b = box_make(i);
    b->inner = object;
    CHECK(moons_object_new(runtime, &box_type, b, &object) == MOONS_OK);
    /* Each takes C stack, so there is an end. */
    CHECK(moons_queue_put(queue, moons_of_object(object), 0) ==
          (i <= 100 ? MOONS_OK : MOONS_REFUSED));
    if (i > 100) continue;
    CHECK(moons_queue_get(queue, 0, &values) == MOONS_OK);
    box *taken = moons_object_content(moons_values_at(values, 0), &box_type);
    CHECK(i != 2 || taken->number == 1002);
    moons_values_free(values);
  }
  moons_object_free(object);
  moons_queue_free(queue);
}

static void mistakes_are_answered(void) {
  moons_runtime *other;
  moons_object *object;
  moons_object_type bad = counter_type;
  const moons_object_type *list[] = {&bad, NULL};
  moons_config config = MOONS_CONFIG;
  config.types = list;
  bad.name = NULL;
  CHECK(moons_runtime_new(&config, &other) == MOONS_INVALID);
  bad = counter_type;
  bad.pack = box_pack;
  CHECK(moons_runtime_new(&config, &other) == MOONS_INVALID);
  bad = counter_type;
  bad.size = 1;
  CHECK(moons_runtime_new(&config, &other) == MOONS_INVALID);
  const moons_method collects[] = {{"__gc", counter_add, NULL}, {NULL, NULL, NULL}};
  bad = counter_type;
  bad.methods = collects;
  CHECK(moons_runtime_new(&config, &other) == MOONS_INVALID);
  bad = counter_type;
  const moons_object_type *twice[] = {&counter_type, &bad, NULL};
  config.types = twice;
  CHECK(moons_runtime_new(&config, &other) == MOONS_INVALID);
  const moons_object_type *many[34] = {NULL};
  for (int i = 0; i < 33; i++) many[i] = &counter_type;
  config.types = many;
  CHECK(moons_runtime_new(&config, &other) == MOONS_INVALID);

  /* What one runtime has is no other's. */
  counter *c = counter_make();
  CHECK(moons_runtime_new(NULL, &other) == MOONS_OK);
  CHECK(moons_object_new(other, &counter_type, c, &object) == MOONS_INVALID);
  CHECK(moons_object_new(runtime, &counter_type, c, &object) == MOONS_OK);
  moons_queue *queue;
  CHECK(moons_queue_new(other, 0, &queue) == MOONS_OK);
  CHECK(moons_queue_put(queue, moons_of_object(object), 0) == MOONS_REFUSED);
  CHECK(moons_object_content(moons_of_queue(queue), &counter_type) == NULL);
  CHECK(moons_object_content(moons_nil(), &counter_type) == NULL);
  moons_queue_free(queue);
  moons_object_free(object);
  CHECK(moons_runtime_free(other) == MOONS_OK);
}

/* A message that nobody takes, and an object that outlives its runtime. */
static void what_is_left_is_released(void) {
  moons_queue *queue;
  moons_object *object;
  CHECK(moons_queue_new(runtime, 0, &queue) == MOONS_OK);
  for (int i = 0; i < 2; i++) {
    CHECK(i == 0 ? moons_object_new(runtime, &box_type, box_make(1), &object) == MOONS_OK
                 : moons_object_new(runtime, &counter_type, counter_make(), &object) == MOONS_OK);
    CHECK(moons_queue_put(queue, moons_of_object(object), 0) == MOONS_OK);
    if (i == 0) moons_object_free(object);
  }
  CHECK(moons_runtime_free(runtime) == MOONS_OK);
  moons_queue_free(queue);
  CHECK(atomic_load(&alive) == 1);
  moons_object_free(object);
  CHECK(atomic_load(&alive) == 0);
}

int main(void) {
  CHECK(open_runtime(1) == MOONS_OK);
  RUN(scripts_have_methods_and_metamethods);
  CHECK(moons_runtime_free(runtime) == MOONS_OK);
  CHECK(atomic_load(&alive) == 0);
  CHECK(open_runtime(0) == MOONS_OK);
  RUN(what_is_shared_is_the_same_in_all_threads);
  RUN(what_is_packed_is_a_copy);
  RUN(what_is_tied_is_refused_by_its_path);
  RUN(the_program_makes_reads_and_sends_them);
  RUN(packed_objects_lie_within_each_other);
  RUN(mistakes_are_answered);
  RUN(what_is_left_is_released);
  return 0;
}

/* tests/c/embed_faults_test.c -- each allocation and each thread, descriptor and timer that a call of moons.h needs
 * fails in turn, until all succeeds: the call says so, and nothing is left (LeakSanitizer looks). */
#include <stdio.h>

#ifdef MN_FAULTS

#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "check.h"
#include "moons.h"
#include "os/faults.h"

/* All that a journey makes. */
typedef struct luggage {
  moons_runtime *runtime;
  moons_values *values, *results;
  moons_function *function;
  moons_state *state;
  moons_thread *thread;
  moons_executor *executor;
  moons_future *future;
  moons_endings *endings;
  moons_queue *queue;
  moons_object *box;
} luggage;

/* ---- a type of the program's, which travels as a copy ---- */

static atomic_int boxes;

static void box_release(void *content) {
  free(content);
  atomic_fetch_sub(&boxes, 1);
}

static moons_status box_make(int number, void **content) {
  int *box = malloc(sizeof *box);
  CHECK(box);
  *box = number;
  *content = box;
  atomic_fetch_add(&boxes, 1);
  return MOONS_OK;
}

static moons_status box_pack(void *content, moons_values *values) {
  return moons_values_append(values, moons_integer(*(int *)content));
}

static moons_status box_unpack(const moons_values *values, void **content) {
  return box_make((int)moons_values_at(values, 0).as.integer, content);
}

static const moons_object_type box_type = {.size = sizeof(moons_object_type),
                                           .name = "Box",
                                           .release = box_release,
                                           .pack = box_pack,
                                           .unpack = box_unpack};
static const moons_object_type *const types[] = {&box_type, NULL};

/* ---- memory of the program's ---- */

static atomic_size_t allocated;

static void *allocate(void *argument, void *block, size_t old_size, size_t new_size) {
  void *moved = NULL;
  (void)argument;
  if (new_size == 0)
    mn_free(block);
  else if (!(moved = mn_realloc(block, new_size)))
    return NULL;
  atomic_fetch_add(&allocated, new_size - old_size);
  return moved;
}

/* ---- the journey ---- */

static moons_status twice(moons_call *call, void *argument) {
  (void)argument;
  moons_value value = moons_call_argument(call, 0);
  if (value.type != MOONS_TABLE) return MOONS_NO_MEMORY; /* it is one: its copy had no room */
  moons_value number = moons_table_field(value.as.table, "number");
  const int *box = moons_object_content(moons_table_field(value.as.table, "box"), &box_type);
  CHECK(box && *box == 5);
  return moons_call_return(call, moons_integer(number.as.integer * 2));
}

static moons_status make_box(luggage *l) {
  void *content;
  moons_status status = box_make(5, &content);
  if (status == MOONS_OK) status = moons_object_new(l->runtime, &box_type, content, &l->box);
  if (status != MOONS_OK) box_release(content);
  return status;
}

static moons_status fill(luggage *l, moons_value *argument) {
  moons_table *table;
  moons_status status = make_box(l);
  if (status == MOONS_OK) status = moons_values_new(&l->values);
  if (status == MOONS_OK) status = moons_table_new(l->values, &table);
  if (status == MOONS_OK)
    status = moons_table_set(table, moons_string("number"), moons_integer(21));
  if (status == MOONS_OK)
    status = moons_table_set(table, moons_string("box"), moons_of_object(l->box));
  for (int i = 0; status == MOONS_OK && i < 20; i++)
    status = moons_table_append(table, moons_of_queue(l->queue));
  if (status == MOONS_OK) *argument = moons_of_table(table);
  return status;
}

/* A result or an error that is a table came back; both are dropped here. */
static moons_status drop(moons_status status, moons_values **values) {
  if (status == MOONS_OK) moons_values_free(*values);
  *values = NULL;
  return status;
}

static moons_status start(luggage *l, bool with_descriptors) {
  const moons_c_entry functions[] = {{"host", "twice", twice, NULL}, {NULL, NULL, NULL, NULL}};
  static const char script[] = "return require('host').twice(...)";
  moons_config config = MOONS_CONFIG;
  config.functions = functions;
  config.types = types;
  config.allocate = allocate;
  config.memory_limit = 64 << 20;
  config.instruction_limit = 1000000;
  config.thread_names = "traveller ";
  config.package_path = "/nowhere/?.lua";
  moons_status status = moons_runtime_new(&config, &l->runtime);
  if (status == MOONS_OK)
    status = moons_function_new(l->runtime, script, strlen(script), NULL, &l->function, NULL);
  if (status == MOONS_OK) status = moons_state_new(l->runtime, NULL, &l->state);
  if (status == MOONS_OK) status = moons_queue_new(l->runtime, 1, &l->queue);
  if (status == MOONS_OK) status = moons_executor_new(l->runtime, NULL, &l->executor);
  if (status == MOONS_OK && with_descriptors) status = moons_endings_new(l->runtime, &l->endings);
  return status;
}

static moons_status work(luggage *l, moons_value argument) {
  moons_status status = moons_state_call(l->state, l->function, &argument, 1, &l->results);
  status = drop(status, &l->results);
  if (status == MOONS_OK) status = moons_queue_put(l->queue, argument, 0);
  if (status == MOONS_OK) status = drop(moons_queue_get(l->queue, 0, &l->results), &l->results);
  if (status == MOONS_OK)
    status = moons_thread_new(l->runtime, NULL, l->function, &argument, 1, &l->thread);
  if (status == MOONS_OK)
    status = drop(moons_thread_join(l->thread, MOONS_FOREVER, &l->results), &l->results);
  if (status == MOONS_OK) status = moons_submit(l->executor, l->function, &argument, 1, &l->future);
  if (status == MOONS_OK && l->endings) status = moons_endings_add(l->endings, l->future, l);
  if (status == MOONS_OK)
    status = drop(moons_future_result(l->future, MOONS_FOREVER, &l->results), &l->results);
  return status;
}

static void put_down(luggage *l) {
  moons_endings_free(l->endings);
  moons_future_free(l->future);
  moons_executor_free(l->executor);
  moons_thread_free(l->thread);
  moons_queue_free(l->queue);
  moons_object_free(l->box);
  moons_state_free(l->state);
  moons_function_free(l->function);
  moons_values_free(l->values);
  CHECK(moons_runtime_free(l->runtime) == MOONS_OK);
  CHECK(atomic_load(&boxes) == 0 && atomic_load(&allocated) == 0);
}

/* A state says by an error that it had no memory. */
static bool is_expected(const luggage *l, moons_status status) {
  if (status == MOONS_NO_MEMORY || status == MOONS_TOO_MANY) return true;
  if (status != MOONS_FAILED) return false;
  const char *text = l->future   ? moons_future_traceback(l->future)
                     : l->thread ? moons_thread_traceback(l->thread)
                                 : moons_state_traceback(l->state);
  return !text || strstr(text, "not enough memory") || strstr(text, "no more threads");
}

static moons_status travel(luggage *l) {
  moons_value argument = moons_nil();
  moons_status status = start(l, true);
  if (status == MOONS_OK) status = fill(l, &argument);
  return status == MOONS_OK ? work(l, argument) : status;
}

static void an_allocation_fails(void) {
  long n = 0;
  for (bool did = true; did; n++) {
    luggage l = {0};
    mn_alloc_fail_at(n, 0);
    moons_status status = travel(&l);
    did = mn_alloc_did_fail();
    mn_alloc_fail_at(-1, 0);
    /* Some are not needed: without a cache of messages they are made in another way. */
    if (status != MOONS_OK && !(did && is_expected(&l, status))) {
      fprintf(stderr, "allocation %ld: %s\n", n, moons_status_text(status));
      abort();
    }
    put_down(&l);
  }
  printf("  %ld allocations\n", n - 1);
  CHECK(n > 20);
}

static void a_call_of_the_system_fails(void) {
  static const mn_os_call calls[] = {MN_CALL_THREAD, MN_CALL_EVENTFD, MN_CALL_RANDOM,
                                     MN_CALL_SIGACTION, MN_CALL_TIMER};
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    for (int n = 0; n < 4; n++) {
      luggage l = {0};
      mn_os_fail_at(calls[i], n, false);
      moons_status status = travel(&l);
      mn_os_fail_at(calls[i], -1, false);
      if (status != MOONS_OK && !is_expected(&l, status)) {
        fprintf(stderr, "call %d, %d: %s\n", (int)calls[i], n, moons_status_text(status));
        abort();
      }
      put_down(&l);
    }
}

int main(void) {
  RUN(an_allocation_fails);
  RUN(a_call_of_the_system_fails);
  return 0;
}

#else

int main(void) {
  printf("built without fault injection: nothing to test\n");
  return 0;
}

#endif

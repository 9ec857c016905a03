/* A plug-in, as a shared library: it gives scripts vectors of numbers. They travel: into a queue or a thread goes a
 * copy, made by the two functions that pack and unpack one. */
#include "plugin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct vector {
  size_t count;
  double items[];
} vector;

static vector *vector_new(size_t count) {
  vector *v = calloc(1, sizeof *v + count * sizeof *v->items);
  if (v) v->count = count;
  return v;
}

/* ---- on the way ---- */

static moons_status pack(void *content, moons_values *values) {
  const vector *v = content;
  return moons_values_append(values,
                             moons_bytes((const char *)v->items, v->count * sizeof *v->items));
}

static moons_status unpack(const moons_values *values, void **content) {
  moons_value bytes = moons_values_at(values, 0);
  vector *v = vector_new(bytes.as.string.size / sizeof *v->items);
  if (!v) return MOONS_NO_MEMORY;
  memcpy(v->items, bytes.as.string.bytes, bytes.as.string.size);
  *content = v;
  return MOONS_OK;
}

/* ---- in scripts ---- */

static const moons_object_type type;

static vector *argument_vector(moons_call *call, size_t index) {
  return moons_object_content(moons_call_argument(call, index), &type);
}

/* Returns a new vector to the script. */
static moons_status give(moons_call *call, vector *v) {
  moons_object *object;
  if (!v) return MOONS_NO_MEMORY;
  moons_status status = moons_object_new(moons_call_runtime(call), &type, v, &object);
  if (status != MOONS_OK) {
    free(v);
    return status;
  }
  status = moons_call_return(call, moons_of_object(object));
  moons_object_free(object);
  return status;
}

/* vector.new(...) */
static moons_status new (moons_call *call, void *argument) {
  (void)argument;
  size_t count = moons_call_count(call);
  vector *v = vector_new(count);
  for (size_t i = 0; v && i < count; i++) {
    moons_value item = moons_call_argument(call, i);
    v->items[i] = item.type == MOONS_INTEGER ? (double)item.as.integer : item.as.number;
    if (item.type == MOONS_INTEGER || item.type == MOONS_NUMBER) continue;
    free(v);
    return moons_call_fail(call, "numbers expected");
  }
  return give(call, v);
}

/* v + w */
static moons_status add(moons_call *call, void *argument) {
  (void)argument;
  const vector *a = argument_vector(call, 0), *b = argument_vector(call, 1);
  if (!a || !b || a->count != b->count)
    return moons_call_fail(call, "two vectors of one size expected");
  vector *sum = vector_new(a->count);
  for (size_t i = 0; sum && i < a->count; i++) sum->items[i] = a->items[i] + b->items[i];
  return give(call, sum);
}

/* v:scale(x) changes v, and returns it. */
static moons_status scale(moons_call *call, void *argument) {
  (void)argument;
  vector *v = argument_vector(call, 0);
  moons_value by = moons_call_argument(call, 1);
  if (!v || (by.type != MOONS_INTEGER && by.type != MOONS_NUMBER))
    return moons_call_fail(call, "a vector and a number expected");
  for (size_t i = 0; i < v->count; i++)
    v->items[i] *= by.type == MOONS_INTEGER ? (double)by.as.integer : by.as.number;
  return moons_call_return(call, moons_call_argument(call, 0));
}

/* v:length() */
static moons_status length(moons_call *call, void *argument) {
  (void)argument;
  const vector *v = argument_vector(call, 0);
  if (!v) return moons_call_fail(call, "a vector expected");
  double squares = 0;
  for (size_t i = 0; i < v->count; i++) squares += v->items[i] * v->items[i];
  return moons_call_return(call, moons_number(sqrt(squares)));
}

/* ---- what the program gets ---- */

static const moons_method methods[] = {
    {"__add", add, NULL}, {"scale", scale, NULL}, {"length", length, NULL}, {NULL, NULL, NULL}};

static const moons_object_type type = {.size = sizeof(moons_object_type),
                                       .name = "Vector",
                                       .methods = methods,
                                       .release = free,
                                       .pack = pack,
                                       .unpack = unpack};

static const moons_c_entry functions[] = {{"vector", "new", new, NULL}, {NULL, NULL, NULL, NULL}};
static const moons_object_type *const types[] = {&type, NULL};

const plugin_parts plugin = {functions, types};

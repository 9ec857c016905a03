/* array/array.h -- numbers of one type that threads share: a view whose elements they are.
 * Level stdlib: vm/core and below; never lua.h. Safe from any thread; nothing blocks.
 *
 * Each element is read and written whole (buffer/memory.h). What goes over many elements takes one
 * after the other, while other threads may write any of them. */
#ifndef MN_ARRAY_ARRAY_H
#define MN_ARRAY_ARRAY_H

#include "base/status.h"
#include "buffer/memory.h"

/* Its objects are mn_views; `kind` is an mn_kind. */
extern const mn_type mn_array_type;

/* What follows is made for each kind of element from these lists: kind, name, type in C, limits. */
#define MN_INTEGER_KINDS(X)                           \
  X(MN_INT8, "int8", int8_t, INT8_MIN, INT8_MAX)      \
  X(MN_UINT8, "uint8", uint8_t, 0, UINT8_MAX)         \
  X(MN_INT16, "int16", int16_t, INT16_MIN, INT16_MAX) \
  X(MN_UINT16, "uint16", uint16_t, 0, UINT16_MAX)     \
  X(MN_INT32, "int32", int32_t, INT32_MIN, INT32_MAX) \
  X(MN_UINT32, "uint32", uint32_t, 0, UINT32_MAX)     \
  X(MN_INT64, "int64", int64_t, INT64_MIN, INT64_MAX)
#define MN_FLOAT_KINDS(X)           \
  X(MN_FLOAT, "float", float, 0, 0) \
  X(MN_DOUBLE, "double", double, 0, 0)

#define MN_KIND(kind, ...) kind,
typedef enum mn_kind { MN_INTEGER_KINDS(MN_KIND) MN_FLOAT_KINDS(MN_KIND) MN_KINDS } mn_kind;
#undef MN_KIND

/* The name, as scripts write it, and the size of an element; and the range of integers. */
typedef struct mn_kind_facts {
  const char *name;
  unsigned width;
  int64_t least, most;
} mn_kind_facts;
extern const mn_kind_facts mn_kinds[MN_KINDS];

/* The kind of that name, or -1. */
int mn_kind_named(const char *name);

static inline bool mn_kind_is_float(unsigned kind) {
  return kind >= MN_FLOAT;
}

/* An element of either sort: which one, its kind tells. */
typedef union mn_number {
  int64_t integer;
  double number;
} mn_number;

/* Reads and writes element `at`, from 0, of the array, or of the run of bytes. A number that is
 * written must fit the kind. */
static inline mn_number mn_number_load(unsigned kind, const unsigned char *bytes, size_t at) {
  switch (kind) {
#define LOAD_INTEGER(which, name, type, ...) \
  case which:                                \
    return (mn_number){.integer = MN_LOAD(type, bytes + at * sizeof(type))};
#define LOAD_FLOAT(which, name, type, ...) \
  case which: return (mn_number){.number = (double)MN_LOAD(type, bytes + at * sizeof(type))};
    MN_INTEGER_KINDS(LOAD_INTEGER)
    MN_FLOAT_KINDS(LOAD_FLOAT)
#undef LOAD_INTEGER
#undef LOAD_FLOAT
    default: return (mn_number){.integer = 0};
  }
}

static inline void mn_number_store(unsigned kind, unsigned char *bytes, size_t at,
                                   mn_number value) {
  switch (kind) {
#define STORE_INTEGER(which, name, type, ...)                       \
  case which:                                                       \
    MN_STORE(type, bytes + at * sizeof(type), (type)value.integer); \
    break;
#define STORE_FLOAT(which, name, type, ...) \
  case which: MN_STORE(type, bytes + at * sizeof(type), (type)value.number); break;
    MN_INTEGER_KINDS(STORE_INTEGER)
    MN_FLOAT_KINDS(STORE_FLOAT)
#undef STORE_INTEGER
#undef STORE_FLOAT
    default: break;
  }
}

/* Makes a number of kind `from` one of kind `to`. False: it does not fit. */
bool mn_number_convert(unsigned from, unsigned to, mn_number *value);

/* A part of an array: its kind, its first element, how many. */
typedef struct mn_span {
  unsigned kind;
  unsigned char *bytes;
  size_t count;
} mn_span;

void mn_span_fill(mn_span span, mn_number value);
/* Integers wrap round as Lua's do, floats are added from left to right. */
mn_number mn_span_sum(mn_span span);
/* The least (greatest) element, a NaN if there is one; `span` must not be empty. */
mn_number mn_span_extreme(mn_span span, bool greatest);
/* Copies the elements of `from` to `to`, which has as many; of one kind they may overlap. False, at
 * element *at: it does not fit, and those before it are copied. */
bool mn_span_copy(mn_span to, mn_span from, size_t *at);

/* Sorts, NaNs last. Takes the elements out, sorts them in memory of its own, and puts them back; so
 * what other threads write to them in between is lost. MN_NOMEM: nothing happened. */
mn_status mn_span_sort(mn_span span);

#endif

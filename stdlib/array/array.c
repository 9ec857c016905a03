/* array/array.c -- kinds of elements, and what goes over many of them. Sorting has its own file. */
#include "array/array.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- kinds ---- */

#define FACTS(kind, name, type, least, most) [kind] = {name, sizeof(type), least, most},
const mn_kind_facts mn_kinds[MN_KINDS] = {MN_INTEGER_KINDS(FACTS) MN_FLOAT_KINDS(FACTS)};

int mn_kind_named(const char *name) {
  for (int kind = 0; kind < MN_KINDS; kind++)
    if (strcmp(mn_kinds[kind].name, name) == 0) return kind;
  return -1;
}

static void describe(mn_handle *handle, char *text, size_t size) {
  const mn_view *view = (const mn_view *)(const void *)handle;
  (void)snprintf(text, size, "of %zu %s%s", view->count, mn_kinds[view->kind].name,
                 mn_view_is_frozen(view) ? ", frozen" : "");
}

const mn_type mn_array_type = {
    .name = "Array", .destroy = mn_view_destroy, .describe = describe, .weight = mn_view_weight};

/* ---- numbers ---- */

static bool to_integer(unsigned kind, mn_number *value) {
  double number = value->number;
  /* 2^63 itself is out; a NaN is in no range. */
  if (!(number >= -0x1p63 && number < 0x1p63) || floor(number) != number) return false;
  value->integer = (int64_t)number;
  return value->integer >= mn_kinds[kind].least && value->integer <= mn_kinds[kind].most;
}

bool mn_number_convert(unsigned from, unsigned to, mn_number *value) {
  if (!mn_kind_is_float(to)) {
    if (mn_kind_is_float(from)) return to_integer(to, value);
    return value->integer >= mn_kinds[to].least && value->integer <= mn_kinds[to].most;
  }
  if (!mn_kind_is_float(from)) value->number = (double)value->integer;
  /* What rounds to infinity does not fit; infinity does. */
  return to == MN_DOUBLE || isinf(value->number) || !isinf((float)value->number);
}

/* ---- many ---- */

void mn_span_fill(mn_span span, mn_number value) {
  for (size_t i = 0; i < span.count; i++) mn_number_store(span.kind, span.bytes, i, value);
}

mn_number mn_span_sum(mn_span span) {
  uint64_t sum = 0;
  double total = 0;
  switch (span.kind) {
#define SUM_INTEGERS(kind, name, type, ...)                                   \
  case kind:                                                                  \
    for (size_t i = 0; i < span.count; i++)                                   \
      sum += (uint64_t)(int64_t)MN_LOAD(type, span.bytes + i * sizeof(type)); \
    break;
#define SUM_FLOATS(kind, name, type, ...)                            \
  case kind:                                                         \
    for (size_t i = 0; i < span.count; i++)                          \
      total += (double)MN_LOAD(type, span.bytes + i * sizeof(type)); \
    break;
    MN_INTEGER_KINDS(SUM_INTEGERS)
    MN_FLOAT_KINDS(SUM_FLOATS)
    default: break;
  }
  if (mn_kind_is_float(span.kind)) return (mn_number){.number = total};
  return (mn_number){.integer = (int64_t)sum};
}

mn_number mn_span_extreme(mn_span span, bool greatest) {
  mn_number best = mn_number_load(span.kind, span.bytes, 0);
  bool is_float = mn_kind_is_float(span.kind);
  for (size_t i = 1; i < span.count; i++) {
    mn_number next = mn_number_load(span.kind, span.bytes, i);
    if (is_float) {
      if (isnan(best.number)) break;
      if (isnan(next.number) || (greatest ? next.number > best.number : next.number < best.number))
        best = next;
    } else if (greatest ? next.integer > best.integer : next.integer < best.integer) {
      best = next;
    }
  }
  return best;
}

bool mn_span_copy(mn_span to, mn_span from, size_t *at) {
  if (to.kind == from.kind) {
    mn_bytes_move(to.bytes, from.bytes, from.count * mn_kinds[from.kind].width);
    return true;
  }
  for (size_t i = 0; i < from.count; i++) {
    mn_number value = mn_number_load(from.kind, from.bytes, i);
    if (!mn_number_convert(from.kind, to.kind, &value)) {
      *at = i;
      return false;
    }
    mn_number_store(to.kind, to.bytes, i, value);
  }
  return true;
}

/* embed/values_decode.c -- messages to values.
 *
 * What only a state can make again, functions and what has a __transfer, is read past. Bytes are believed
 * nothing, as in core/decode.c. */
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "core/message_format.h"
#include "embed/values.h"

typedef struct reader {
  moons_runtime *runtime;
  const mn_message *message;
  moons_values *values;
  const unsigned char *at, *end;
  mn_buffer objects; /* of moons_value: by number */
  int depth;
  moons_status status;
} reader;

static bool read_value(reader *r, moons_value *value);
static bool read_items(reader *r, bool nested);

static bool fail(reader *r, moons_status status) {
  if (r->status == MOONS_OK) r->status = status;
  return false;
}

/* ---- bytes ---- */

static bool take(reader *r, void *bytes, size_t count) {
  if ((size_t)(r->end - r->at) < count) return fail(r, MOONS_REFUSED);
  memcpy(bytes, r->at, count);
  r->at += count;
  return true;
}

static bool take_byte(reader *r, unsigned *byte) {
  if (r->at == r->end) return fail(r, MOONS_REFUSED);
  *byte = *r->at++;
  return true;
}

static bool take_count(reader *r, uint64_t *count) {
  *count = 0;
  for (unsigned shift = 0, byte; shift < 35; shift += 7) {
    if (!take_byte(r, &byte)) return false;
    *count |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) return *count <= UINT32_MAX || fail(r, MOONS_REFUSED);
  }
  return fail(r, MOONS_REFUSED);
}

static bool take_handle(reader *r, mn_handle **handle) {
  uint64_t index;
  if (!take_count(r, &index)) return false;
  if (index >= r->message->handles) return fail(r, MOONS_REFUSED);
  *handle = r->message->body.heap.handles[index];
  return true;
}

/* ---- objects ---- */

static bool number(reader *r, moons_value value) {
  return mn_buffer_add(&r->objects, &value, sizeof value) || fail(r, MOONS_NO_MEMORY);
}

static bool take_object(reader *r, moons_value *value) {
  uint64_t index;
  if (!take_count(r, &index)) return false;
  if (index >= r->objects.size / sizeof *value) return fail(r, MOONS_REFUSED);
  memcpy(value, r->objects.data + index * sizeof *value, sizeof *value);
  return true;
}

static bool enter(reader *r) {
  return ++r->depth <= MN_DEPTH_MOST + 1 || fail(r, MOONS_REFUSED);
}

/* ---- tables ---- */

static bool take_counts(reader *r, unsigned tag, uint32_t counts[2]) {
  if (tag == MN_TAG_TABLE || tag == MN_TAG_TABLE_CLASS) {
    unsigned items, pairs;
    if (!take_byte(r, &items) || !take_byte(r, &pairs)) return false;
    counts[0] = items;
    counts[1] = pairs;
    return true;
  }
  return take(r, counts, 2 * sizeof *counts);
}

static bool set(reader *r, moons_table *table, moons_value key, moons_value value) {
  /* What nobody can use is no key for C, and what has it has it in vain. */
  if (key.type == MOONS_OTHER) return true;
  moons_status status = mn_table_put(table, key, value);
  return status == MOONS_OK || fail(r, status == MOONS_INVALID ? MOONS_REFUSED : status);
}

/* Reads the content of a table. */
static bool read_contents(reader *r, unsigned tag, moons_table *table) {
  uint32_t counts[2];
  moons_value key, value;
  if (!take_counts(r, tag, counts) || !enter(r)) return false;
  for (uint32_t i = 1; i <= counts[0]; i++) {
    if (!read_value(r, &value)) return false;
    if (!set(r, table, moons_integer(i), value)) return false;
  }
  for (uint32_t i = 0; i < counts[1]; i++) {
    if (!read_value(r, &key) || !read_value(r, &value)) return false;
    if (!set(r, table, key, value)) return false;
  }
  r->depth--;
  return tag < MN_TAG_TABLE_CLASS || read_value(r, &value); /* the metatable */
}

static bool new_table(reader *r, moons_value *value) {
  moons_table *table;
  if (moons_table_new(r->values, &table) != MOONS_OK) return fail(r, MOONS_NO_MEMORY);
  *value = moons_of_table(table);
  return number(r, *value);
}

/* ---- what only states can use ---- */

static bool read_upvalues(reader *r) {
  unsigned count;
  moons_value past;
  uint64_t index;
  if (!take_byte(r, &count) || !enter(r)) return false;
  for (unsigned i = 0; i < count; i++) {
    if (r->at < r->end && *r->at == MN_TAG_SHARED) {
      r->at++;
      if (!take_object(r, &past) || !take_count(r, &index)) return false;
    } else if (!read_value(r, &past)) {
      return false;
    }
  }
  r->depth--;
  return true;
}

static bool read_function(reader *r, unsigned tag) {
  mn_handle *code;
  if (!take_handle(r, &code) || !number(r, (moons_value){.type = MOONS_OTHER})) return false;
  return tag != MN_TAG_FUNCTION || read_upvalues(r);
}

static bool read_transfer(reader *r) {
  unsigned count;
  moons_value past;
  if (!number(r, (moons_value){.type = MOONS_OTHER}) || !take_byte(r, &count) || !enter(r))
    return false;
  for (unsigned i = 0; i < count; i++)
    if (!read_value(r, &past)) return false;
  r->depth--;
  return read_items(r, true);
}

static bool read_preload(reader *r, moons_value *value) {
  moons_value past;
  if (!enter(r) || !read_value(r, &past) || !read_value(r, &past) || !read_items(r, true) ||
      !read_value(r, value))
    return false;
  r->depth--;
  return true;
}

/* A class: the table that it is lies elsewhere. */
static bool read_class(reader *r) {
  uint64_t id;
  mn_handle *snapshot;
  return take(r, &id, sizeof id) && number(r, (moons_value){.type = MOONS_OTHER}) &&
         take_handle(r, &snapshot);
}

/* ---- values ---- */

static bool read_handle(reader *r, moons_value *value) {
  mn_handle *handle;
  if (!take_handle(r, &handle)) return false;
  moons_status status = mn_values_add_object(r->values, r->runtime, handle, value);
  return status == MOONS_OK || fail(r, status);
}

static bool read_parcel(reader *r, moons_value *value) {
  mn_handle *parcel, *object;
  if (!take_handle(r, &parcel)) return false;
  if (!parcel->type->unpack) return fail(r, MOONS_REFUSED);
  mn_status unpacked = parcel->type->unpack(parcel, &object);
  if (unpacked != MN_OK) return fail(r, unpacked == MN_NOMEM ? MOONS_NO_MEMORY : MOONS_REFUSED);
  moons_status status = mn_values_add_object(r->values, r->runtime, object, value);
  mn_handle_unref(object);
  return status == MOONS_OK ? number(r, *value) : fail(r, status);
}

static bool read_bytes(reader *r, size_t size, moons_value *value) {
  if ((size_t)(r->end - r->at) < size) return fail(r, MOONS_REFUSED);
  const char *kept = mn_values_keep(r->values, (const char *)r->at, size);
  if (!kept) return fail(r, MOONS_NO_MEMORY);
  r->at += size;
  *value = moons_bytes(kept, size);
  return true;
}

static bool read_string(reader *r, unsigned tag, moons_value *value) {
  uint32_t size;
  if (tag == MN_TAG_STRING32) return take(r, &size, sizeof size) && read_bytes(r, size, value);
  unsigned length;
  return take_byte(r, &length) && read_bytes(r, length, value);
}

static bool read_number(reader *r, unsigned tag, moons_value *value) {
  int8_t byte;
  int16_t word;
  int32_t half;
  *value = moons_integer(0);
  switch (tag) {
    case MN_TAG_INT8:
      if (!take(r, &byte, sizeof byte)) return false;
      value->as.integer = byte;
      return true;
    case MN_TAG_INT16:
      if (!take(r, &word, sizeof word)) return false;
      value->as.integer = word;
      return true;
    case MN_TAG_INT32:
      if (!take(r, &half, sizeof half)) return false;
      value->as.integer = half;
      return true;
    case MN_TAG_INT64: return take(r, &value->as.integer, sizeof value->as.integer);
    default: value->type = MOONS_NUMBER; return take(r, &value->as.number, sizeof value->as.number);
  }
}

static bool read_light(reader *r, moons_value *value) {
  uint64_t address;
  if (!take(r, &address, sizeof address)) return false;
  *value = moons_pointer((void *)(uintptr_t)address);
  return true;
}

/* What is no scalar; *value is MOONS_OTHER so far. */
static bool read_object(reader *r, unsigned tag, moons_value *value) {
  moons_value past;
  switch (tag) {
    case MN_TAG_REF: return take_object(r, value);
    case MN_TAG_LIGHT: return read_light(r, value);
    case MN_TAG_HANDLE: return read_handle(r, value);
    case MN_TAG_PARCEL: return read_parcel(r, value);
    case MN_TAG_GLOBALS: return true;
    case MN_TAG_NAME: return read_value(r, &past) && number(r, *value);
    case MN_TAG_PRELOAD: return read_preload(r, value);
    case MN_TAG_TABLE_LATER: return new_table(r, value);
    case MN_TAG_FUNCTION:
    case MN_TAG_FUNCTION_PLAIN:
    case MN_TAG_FUNCTION_LATER: return read_function(r, tag);
    case MN_TAG_CLASS_REF: return read_class(r);
    case MN_TAG_TRANSFER: return read_transfer(r);
    default: return fail(r, MOONS_REFUSED);
  }
}

static bool read_value(reader *r, moons_value *value) {
  unsigned tag;
  if (!take_byte(r, &tag)) return false;
  if (tag < MN_TAG_STRING || tag >= 0xc0) {
    *value = moons_integer((int8_t)tag);
    return true;
  }
  if (tag <= MN_TAG_STRING + MN_SHORT_STRING_MOST) return read_bytes(r, tag - MN_TAG_STRING, value);
  if (mn_is_table_tag(tag)) return new_table(r, value) && read_contents(r, tag, value->as.table);
  *value = (moons_value){.type = MOONS_OTHER};
  switch (tag) {
    case MN_TAG_NIL: *value = moons_nil(); return true;
    case MN_TAG_FALSE:
    case MN_TAG_TRUE: *value = moons_boolean(tag == MN_TAG_TRUE); return true;
    case MN_TAG_INT8:
    case MN_TAG_INT16:
    case MN_TAG_INT32:
    case MN_TAG_INT64:
    case MN_TAG_FLOAT: return read_number(r, tag, value);
    case MN_TAG_STRING8:
    case MN_TAG_STRING32: return read_string(r, tag, value);
    default: return read_object(r, tag, value);
  }
}

/* ---- items ---- */

static bool read_body(reader *r) {
  moons_value object;
  unsigned tag;
  if (!take_object(r, &object)) return false;
  if (object.type == MOONS_OTHER) return read_upvalues(r); /* a function */
  if (object.type != MOONS_TABLE || !take_byte(r, &tag)) return fail(r, MOONS_REFUSED);
  return mn_is_table_tag(tag) ? read_contents(r, tag, object.as.table) : fail(r, MOONS_REFUSED);
}

static bool read_global(reader *r) {
  moons_value past;
  return read_value(r, &past) && read_value(r, &past);
}

static bool read_items(reader *r, bool nested) {
  while (nested || r->at < r->end) {
    unsigned tag;
    if (!take_byte(r, &tag)) return false;
    if (tag == MN_TAG_END) return nested || fail(r, MOONS_REFUSED);
    bool done = tag == MN_TAG_BODY     ? read_body(r)
                : tag == MN_TAG_GLOBAL ? read_global(r)
                                       : fail(r, MOONS_REFUSED);
    if (!done) return false;
  }
  return true;
}

static bool read_all(reader *r) {
  for (uint32_t i = 0; i < r->message->values; i++) {
    moons_value value;
    if (!read_value(r, &value)) return false;
    if (!mn_values_push(r->values, value)) return fail(r, MOONS_NO_MEMORY);
  }
  return read_items(r, false);
}

moons_status mn_values_decode(moons_runtime *runtime, const mn_message *message,
                              moons_values **values) {
  reader r = {.runtime = runtime, .message = message, .at = mn_message_bytes(message)};
  r.end = r.at + message->size;
  if (moons_values_new(&r.values) != MOONS_OK) return MOONS_NO_MEMORY;
  bool done = read_all(&r);
  mn_buffer_free(&r.objects);
  if (!done) {
    moons_values_free(r.values);
    return r.status;
  }
  *values = r.values;
  return MOONS_OK;
}

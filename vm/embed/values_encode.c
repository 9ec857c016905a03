/* embed/values_encode.c -- values to messages, as core/message_format.h has them.
 *
 * Who reads it may be a state: what it may rely on is kept, as the codec keeps it. From MN_DEPTH_LATER on
 * tables are put off. */
#include "core/encoder.h"
#include "embed/hosted.h"
#include "embed/values.h"

typedef struct writer {
  mn_encoder *e;
  moons_runtime *runtime;
  bool refused;
} writer;

/* A table whose content is put off. */
typedef struct later {
  moons_table *table;
} later;

static bool put_value(writer *w, moons_value value);

/* What one runtime's threads share is no other's. */
static bool put_object(writer *w, const moons_object *object) {
  if (object->runtime != w->runtime) {
    w->refused = true;
    return false;
  }
  return mn_encoder_object(w->e, object->handle);
}

static bool put_contents(writer *w, const moons_table *table) {
  size_t at;
  if (!mn_put_table(w->e, false, &at)) return false;
  w->e->depth++;
  for (size_t i = 0; i < table->length; i++)
    if (!put_value(w, table->items[i])) return false;
  for (size_t i = 0; i < table->used; i++) {
    const mn_pair *pair = &table->pairs[i];
    if (pair->value.type == MOONS_NIL) continue;
    if (!put_value(w, pair->key) || !put_value(w, pair->value)) return false;
  }
  w->e->depth--;
  return mn_put_table_counts(w->e, at, table->length, table->alive);
}

static bool put_table(writer *w, moons_table *table) {
  mn_encoder *e = w->e;
  if (table->seen == table->owner->encoding) return mn_put_ref(e, table->number);
  table->seen = table->owner->encoding;
  table->number = e->objects++;
  if (e->depth < MN_DEPTH_LATER) return put_contents(w, table);
  e->flags |= MN_MESSAGE_HAS_REFS;
  return mn_put_byte(e, MN_TAG_TABLE_LATER) &&
         mn_encoder_add(e, &e->later, &(later){table}, sizeof(later));
}

static bool put_value(writer *w, moons_value value) {
  switch (value.type) {
    case MOONS_NIL: return mn_put_byte(w->e, MN_TAG_NIL);
    case MOONS_BOOLEAN: return mn_put_byte(w->e, value.as.boolean ? MN_TAG_TRUE : MN_TAG_FALSE);
    case MOONS_INTEGER: return mn_put_integer(w->e, value.as.integer);
    case MOONS_NUMBER: return mn_put_float(w->e, value.as.number);
    case MOONS_STRING: return mn_put_string(w->e, value.as.string.bytes, value.as.string.size);
    case MOONS_POINTER: return mn_put_light(w->e, value.as.pointer);
    case MOONS_TABLE: return put_table(w, value.as.table);
    case MOONS_OBJECT: return put_object(w, value.as.object);
    case MOONS_OTHER: break;
  }
  w->refused = true;
  return false;
}

static bool put_bodies(writer *w) {
  mn_encoder *e = w->e;
  while (e->later.size > 0) {
    later item;
    e->later.size -= sizeof item;
    memcpy(&item, e->later.data + e->later.size, sizeof item);
    e->depth = 0;
    if (!mn_put_tagged_count(e, MN_TAG_BODY, item.table->number) || !put_contents(w, item.table))
      return false;
  }
  return true;
}

/* Tables are numbered anew in each message. All that one message has are of one list, or of several. */
static bool begin(const moons_value *values, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (values[i].type == MOONS_TABLE && mn_is_bad(values[i].as.table)) return false;
    if (values[i].type == MOONS_OBJECT && mn_is_bad(values[i].as.object)) return false;
    if (values[i].type == MOONS_TABLE) values[i].as.table->owner->encoding++;
  }
  return true;
}

/* The runtime's, if nobody else has it now. NULL: no memory. */
static mn_codec *codec_take(moons_runtime *runtime) {
  mn_codec *codec = atomic_exchange(&runtime->codec, NULL);
  return codec ? codec : mn_codec_new();
}

static void codec_give(moons_runtime *runtime, mn_codec *codec) {
  mn_codec_free(atomic_exchange(&runtime->codec, codec));
}

static moons_status encode(moons_runtime *runtime, const moons_value *values, size_t count,
                           bool as_is, mn_message *message) {
  if ((count > 0 && !values) || !begin(values, count)) return MOONS_INVALID;
  mn_codec *codec = codec_take(runtime);
  mn_encoder *e = codec ? mn_codec_enter(codec, NULL) : NULL;
  moons_status status = MOONS_NO_MEMORY;
  if (e && count <= UINT32_MAX) {
    writer w = {.e = e, .runtime = runtime};
    e->as_is = as_is;
    bool done = true;
    for (size_t i = 0; done && i < count; i++) done = put_value(&w, values[i]);
    done = done && put_bodies(&w) && mn_encoder_finish(e, (uint32_t)count, message);
    if (done)
      status = MOONS_OK;
    else if (w.refused || e->failure != MN_FAILED_MEMORY)
      status = MOONS_REFUSED;
  }
  if (e) mn_codec_leave(e);
  codec_give(runtime, codec);
  return status;
}

moons_status mn_values_encode(moons_runtime *runtime, const moons_value *values, size_t count,
                              mn_message *message) {
  return encode(runtime, values, count, false, message);
}

moons_status mn_values_encode_here(moons_runtime *runtime, const moons_value *values, size_t count,
                                   mn_message *message) {
  return encode(runtime, values, count, true, message);
}

/* core/encoder.c -- the codec's scratch memory, and what becomes of it. */
#include "core/encoder.h"

#include "base/alloc.h"

/* What is kept between two uses; more is given back. */
enum { KEEP_SLOTS = 16 * 1024, KEEP_BYTES = 256 * 1024 };
/* A finished buffer of at least this size becomes the message's, instead of being copied. */
enum { HAND_OVER = 32 * 1024 };

struct mn_codec {
  mn_encoder *first;     /* of the outermost encoding; the list by `inner` */
  mn_encoder **next;     /* where the encoder for the next one is, or is to be */
  mn_message_pool *pool; /* or NULL: not needed yet */
};

/* ---- encoders ---- */

static void drop_handles(mn_encoder *e) {
  mn_handle **handles = (mn_handle **)(void *)e->handles.data;
  for (size_t i = e->handles.size / sizeof *handles; i > 0; i--) {
    e->handles.size -= sizeof *handles; /* first: a destructor may come back here */
    mn_handle_unref(handles[i - 1]);
  }
}

static void trim(mn_buffer *buffer) {
  buffer->size = 0;
  if (buffer->capacity > KEEP_BYTES) mn_buffer_free(buffer);
}

void mn_encoder_reset(mn_encoder *e) {
  if (e->handles.size > 0) drop_handles(e);
  if (e->seen.used > 0) mn_pointer_map_clear(&e->seen, KEEP_SLOTS);
  e->out.size = e->later.size = e->wanted.size = e->upvalues.size = 0;
  e->objects = e->flags = 0;
  e->depth = e->root = 0;
  e->ran_hook = false;
  e->outer = NULL;
  e->as_is = false;
  e->open = NULL;
  e->preload = NULL;
  e->kept = e->names = e->parts = 0;
  e->failure = MN_FAILED_NOT;
}

static void encoder_free(mn_encoder *e) {
  drop_handles(e);
  mn_buffer *buffers[] = {&e->out, &e->handles, &e->later, &e->wanted, &e->upvalues};
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) mn_buffer_free(buffers[i]);
  mn_pointer_map_free(&e->seen);
  mn_free(e);
}

static void free_all(mn_encoder **where) {
  mn_encoder *e = *where;
  *where = NULL;
  while (e) {
    mn_encoder *inner = e->inner;
    encoder_free(e);
    e = inner;
  }
}

/* ---- the codec ---- */

mn_codec *mn_codec_new(void) {
  mn_codec *codec = mn_alloc(sizeof *codec);
  if (codec) *codec = (mn_codec){NULL, &codec->first, NULL};
  return codec;
}

void mn_codec_free(mn_codec *codec) {
  if (!codec) return;
  free_all(&codec->first);
  mn_message_pool_close(codec->pool);
  mn_free(codec);
}

mn_message_pool *mn_codec_pool(mn_codec *codec) {
  if (!codec->pool) codec->pool = mn_message_pool_new();
  return codec->pool;
}

mn_encoder *mn_codec_enter(mn_codec *codec, lua_State *L) {
  if (!*codec->next) *codec->next = mn_alloc_zero(sizeof(mn_encoder));
  mn_encoder *e = *codec->next;
  if (!e) return NULL;
  codec->next = &e->inner;
  e->codec = codec;
  e->L = L;
  mn_encoder_reset(e);
  return e;
}

void mn_codec_leave(mn_encoder *e) {
  if (e->inner) {
    /* One is kept: classes are encoded by it. */
    free_all(&e->inner->inner);
    mn_encoder_reset(e->inner);
  }
  mn_encoder_reset(e);
  if (e->out.capacity > KEEP_BYTES) trim(&e->out);
  if (e->later.capacity > KEEP_BYTES) trim(&e->later);
  if (e->upvalues.capacity > KEEP_BYTES) trim(&e->upvalues);
  /* The place of an inner encoder is its outer one's; that of the first is the codec's. */
  mn_encoder **place = &e->codec->first;
  while (*place != e) place = &(*place)->inner;
  e->codec->next = place;
}

/* ---- growing ---- */

bool mn_encoder_grow(mn_encoder *e, size_t more) {
  if (more > MN_MESSAGE_MOST || e->out.size + more > MN_MESSAGE_MOST)
    e->failure = MN_FAILED_SIZE;
  else if (!mn_buffer_reserve(&e->out, more))
    e->failure = MN_FAILED_MEMORY;
  return e->failure == MN_FAILED_NOT;
}

bool mn_encoder_add(mn_encoder *e, mn_buffer *list, const void *item, size_t size) {
  if (mn_buffer_add(list, item, size)) return true;
  e->failure = MN_FAILED_MEMORY;
  return false;
}

bool mn_encoder_handle(mn_encoder *e, mn_handle *object, uint32_t *index) {
  bool fresh;
  mn_pointer_slot *slot = mn_pointer_map_at(&e->seen, object, &fresh);
  if (!slot) {
    e->failure = MN_FAILED_MEMORY;
    return false;
  }
  if (fresh) {
    slot->value = (uint32_t)(e->handles.size / sizeof object);
    if (!mn_encoder_add(e, &e->handles, &object, sizeof object)) return false;
    mn_handle_ref(object);
    if (object->type->travel) object->type->travel(object, e->L);
  }
  *index = slot->value;
  return true;
}

/* The object's first occurrence: a parcel, by which it is numbered. */
static bool add_parcel(mn_encoder *e, mn_handle *object) {
  mn_handle *parcel;
  uint32_t index;
  mn_status status = object->type->pack(object, &parcel);
  if (status == MN_NOMEM) {
    e->failure = MN_FAILED_MEMORY;
    return false;
  }
  if (status == MN_NOT_PERMITTED)
    return mn_refuse(e, "%s is tied to its thread", object->type->name);
  if (status != MN_OK) return mn_refuse(e, "%s could not be packed", object->type->name);
  bool done = mn_encoder_handle(e, parcel, &index);
  mn_handle_unref(parcel);
  return done && mn_put_tagged_count(e, MN_TAG_PARCEL, index);
}

bool mn_encoder_object(mn_encoder *e, mn_handle *object) {
  uint32_t index;
  bool fresh;
  if (!object->type->pack || e->as_is)
    return mn_encoder_handle(e, object, &index) && mn_put_tagged_count(e, MN_TAG_HANDLE, index);
  mn_pointer_slot *slot = mn_pointer_map_at(&e->seen, object, &fresh);
  if (!slot) {
    e->failure = MN_FAILED_MEMORY;
    return false;
  }
  if (!fresh) return mn_put_ref(e, slot->value);
  slot->value = e->objects++;
  return add_parcel(e, object);
}

/* The counts take 6 bytes more than was thought: what follows moves up. */
bool mn_encoder_widen_table(mn_encoder *e, size_t at, size_t items, size_t pairs) {
  enum { MORE = MN_WIDE_COUNTS_SIZE - MN_COUNTS_SIZE };
  size_t body = at + 1 + MN_COUNTS_SIZE, size = e->out.size - body;
  if (!mn_put(e, MORE)) return false;
  unsigned char *head = e->out.data + at;
  memmove(head + 1 + MN_WIDE_COUNTS_SIZE, head + 1 + MN_COUNTS_SIZE, size);
  uint32_t counts[2] = {(uint32_t)items, (uint32_t)pairs};
  head[0] = head[0] == MN_TAG_TABLE ? MN_TAG_TABLE_WIDE : MN_TAG_TABLE_CLASS_WIDE;
  memcpy(head + 1, counts, sizeof counts);
  return true;
}

/* ---- the message ---- */

static bool hand_over(mn_encoder *e, uint32_t values, mn_message *message) {
  mn_buffer *out = &e->out;
  mn_handle **handles = NULL;
  if (e->handles.size > 0) {
    handles = mn_alloc(e->handles.size);
    if (!handles) return false;
    memcpy(handles, e->handles.data, e->handles.size);
  }
  /* Half the buffer may be unused: what can be spared is given back, mostly in place. */
  unsigned char *data =
      out->capacity - out->size > out->size / 8 ? mn_realloc(out->data, out->size) : NULL;
  *message = (mn_message){.size = (uint32_t)out->size,
                          .values = values,
                          .handles = (uint32_t)(e->handles.size / sizeof *handles),
                          .flags = e->flags,
                          .body.heap = {data ? data : out->data, handles}};
  *out = (mn_buffer){0};
  return true;
}

bool mn_encoder_finish(mn_encoder *e, uint32_t values, mn_message *message) {
  bool made;
  if (e->out.size > MN_MESSAGE_MOST) {
    e->failure = MN_FAILED_SIZE;
    return false;
  }
  if (e->out.size >= HAND_OVER)
    made = hand_over(e, values, message);
  else
    made = mn_message_make(message, mn_codec_pool(e->codec), e->out.data, e->out.size, values,
                           (mn_handle **)(void *)e->handles.data,
                           e->handles.size / sizeof(mn_handle *), e->flags) == MN_OK;
  if (made)
    e->handles.size = 0; /* the references are the message's now */
  else
    e->failure = MN_FAILED_MEMORY;
  return made;
}

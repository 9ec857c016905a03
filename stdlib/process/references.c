/* process/references.c -- a kind and what belongs to it, for each reference in turn. What is copied has a
 * slot at both ends, and goes over by the slot's number as long as no other takes that.
 *
 * What comes is checked: the other process may be out of its mind. */
#include "process/references.h"

#include <string.h>

#include "base/alloc.h"
#include "core/classes.h"
#include "core/code.h"

enum { SLOTS = MN_REFERENCES_SLOTS, DEEPEST = 16 };

/* How a reference goes over. */
enum {
  SAME, /* uint32_t: what that slot has */
  CODE, /* uint32_t: goes into that slot; int32_t: its env_upvalue; uint64_t and so many bytes */
  CLASS, /* uint32_t: goes into that slot; a message: size, values, handles, flags, bytes, references */
  YOURS, /* uint64_t: of an object that lives where this is received */
  OURS /* uint64_t: of one that lives where this was sent; a mn_site's text, its type's name, both with
            their zeros */
};

/* ---- what is kept ---- */

/* What was sent, and maybe not read yet. */
typedef struct kept {
  mn_message message;
  uint32_t frame; /* its number, from 1 */
} kept;

void mn_references_drop_kept(mn_references *r, uint32_t seen) {
  kept *list = (kept *)(void *)r->kept.data;
  size_t count = r->kept.size / sizeof *list, done = 0;
  while (done < count && (int32_t)(seen - list[done].frame) >= 0)
    mn_message_drop(&list[done++].message);
  if (done == 0) return;
  r->kept.size -= done * sizeof *list;
  memmove(list, list + done, r->kept.size);
}

bool mn_references_reserve_kept(mn_references *r) {
  return mn_buffer_reserve(&r->kept, sizeof(kept));
}

mn_status mn_references_keep(mn_references *r, mn_message *message, uint32_t frame) {
  kept entry = {*message, frame};
  if (!mn_buffer_add(&r->kept, &entry, sizeof entry)) return MN_NOMEM;
  *message = (mn_message){0};
  return MN_OK;
}

static void clear_slots(mn_handle **slots) {
  for (int i = 0; i < SLOTS; i++) {
    if (slots[i]) mn_handle_unref(slots[i]);
    slots[i] = NULL;
  }
}

void mn_references_free(mn_references *r, uint32_t sent) {
  mn_buffer_free(&r->exported);
  mn_references_drop_kept(r, sent);
  mn_buffer_free(&r->kept);
  clear_slots(r->sent);
  clear_slots(r->received);
}

/* ---- writing ---- */

static bool put(mn_references *r, const void *bytes, size_t size) {
  return mn_buffer_add(r->out, bytes, size);
}

static bool put_number(mn_references *r, uint32_t number) {
  return put(r, &number, sizeof number);
}

static bool put_kind(mn_references *r, unsigned kind) {
  return put(r, &(unsigned char){(unsigned char)kind}, 1);
}

static mn_status put_references(mn_references *r, const mn_message *message);

static mn_status put_code(mn_references *r, const mn_code *code) {
  uint64_t size = code->size;
  int32_t env = code->env_upvalue;
  bool done =
      put(r, &env, sizeof env) && put(r, &size, sizeof size) && put(r, code->bytes, code->size);
  return done ? MN_OK : MN_NOMEM;
}

static mn_status put_class(mn_references *r, const mn_message *message) {
  bool done = put_number(r, message->size) && put_number(r, message->values) &&
              put_number(r, message->handles) &&
              put_number(r, message->flags & MN_REFERENCES_FLAGS) &&
              put(r, mn_message_bytes(message), message->size);
  return done ? put_references(r, message) : MN_NOMEM;
}

/* What is copied, once for as long as its slot is not taken by another. */
static mn_status put_copied(mn_references *r, mn_handle *object) {
  uint32_t slot = (uint32_t)(((uintptr_t)object * UINT64_C(0x9e3779b97f4a7c15)) >> 40) % SLOTS;
  bool is_code = object->type == &mn_code_type;
  if (r->sent[slot] == object) return put_kind(r, SAME) && put_number(r, slot) ? MN_OK : MN_NOMEM;
  if (!put_kind(r, is_code ? CODE : CLASS) || !put_number(r, slot)) return MN_NOMEM;
  mn_status status = is_code ? put_code(r, (const mn_code *)(const void *)object)
                             : put_class(r, &((const mn_snapshot *)(const void *)object)->message);
  /* Only now, as it is where this is received: what a class refers to may have taken the same slot. */
  if (r->sent[slot]) mn_handle_unref(r->sent[slot]);
  r->sent[slot] = mn_handle_ref(object);
  return status;
}

static mn_status put_object(mn_references *r, mn_handle *object) {
  uint64_t id;
  if (mn_proxy_is_of(object, r->link)) {
    id = ((const mn_proxy *)(const void *)object)->id;
    return put_kind(r, YOURS) && put(r, &id, sizeof id) ? MN_OK : MN_NOMEM;
  }
  const char *site = mn_handle_site(object), *name = mn_home_type_name(object);
  if (!mn_buffer_reserve(&r->exported, sizeof id)) return MN_NOMEM;
  mn_status status = mn_link_export(r->link, object, &id);
  if (status != MN_OK) return status;
  (void)mn_buffer_add(&r->exported, &id, sizeof id);
  bool done = put_kind(r, OURS) && put(r, &id, sizeof id) && put(r, site, strlen(site) + 1) &&
              put(r, name, strlen(name) + 1);
  return done ? MN_OK : MN_NOMEM;
}

static mn_status put_references(mn_references *r, const mn_message *message) {
  mn_status status = MN_OK;
  for (uint32_t i = 0; status == MN_OK && i < message->handles; i++) {
    mn_handle *object = message->body.heap.handles[i];
    bool is_copied = object->type == &mn_code_type || object->type == &mn_snapshot_type;
    status = is_copied ? put_copied(r, object) : put_object(r, object);
  }
  return status;
}

mn_status mn_references_put(mn_references *r, const mn_message *message, mn_buffer *out) {
  r->out = out;
  r->exported.size = 0;
  return put_references(r, message);
}

void mn_references_forget(mn_references *r) {
  const uint64_t *ids = (const uint64_t *)(const void *)r->exported.data;
  for (size_t i = 0; i < r->exported.size / sizeof *ids; i++) mn_link_release(r->link, ids[i], 1);
  r->exported.size = 0;
  clear_slots(r->sent);
}

/* ---- reading ---- */

typedef struct reader {
  mn_references *references;
  const unsigned char *at, *end;
  unsigned depth;
} reader;

static bool get(reader *r, void *value, size_t size) {
  if ((size_t)(r->end - r->at) < size) return false;
  memcpy(value, r->at, size);
  r->at += size;
  return true;
}

static const void *get_bytes(reader *r, size_t size) {
  const unsigned char *bytes = r->at;
  if ((size_t)(r->end - r->at) < size) return NULL;
  r->at += size;
  return bytes;
}

/* A text with its zero; NULL: it has none. */
static const char *get_text(reader *r) {
  const unsigned char *zero = r->at < r->end ? memchr(r->at, 0, (size_t)(r->end - r->at)) : NULL;
  return zero ? get_bytes(r, (size_t)(zero - r->at) + 1) : NULL;
}

static mn_status get_references(reader *r, mn_handle **handles, uint32_t count);

static mn_status get_code(reader *r, mn_handle **object) {
  int32_t env;
  uint64_t size;
  if (!get(r, &env, sizeof env) || !get(r, &size, sizeof size)) return MN_CLOSED;
  const void *bytes = get_bytes(r, size);
  if (!bytes) return MN_CLOSED;
  mn_code *code = mn_code_new(bytes, size, env);
  if (code) *object = &code->handle;
  return code ? MN_OK : MN_NOMEM;
}

static mn_status get_message(reader *r, mn_message *message, uint32_t size, uint32_t values,
                             uint32_t handles, uint32_t flags) {
  const void *bytes = get_bytes(r, size);
  /* A reference takes five bytes or more. */
  if (!bytes || handles > (size_t)(r->end - r->at) || flags & ~MN_REFERENCES_FLAGS ||
      ++r->depth > DEEPEST)
    return MN_CLOSED;
  mn_handle **list = mn_alloc((handles > 0 ? handles : 1) * sizeof *list);
  if (!list) return MN_NOMEM;
  mn_status status = get_references(r, list, handles);
  if (status == MN_OK) {
    status = mn_message_make(message, NULL, bytes, size, values, list, handles, flags);
    for (uint32_t i = 0; status != MN_OK && i < handles; i++) mn_handle_unref(list[i]);
  }
  mn_free(list);
  r->depth--;
  return status;
}

static mn_status get_class(reader *r, mn_handle **object) {
  uint32_t size, values, handles, flags;
  mn_message message;
  if (!get(r, &size, sizeof size) || !get(r, &values, sizeof values) ||
      !get(r, &handles, sizeof handles) || !get(r, &flags, sizeof flags))
    return MN_CLOSED;
  mn_status status = get_message(r, &message, size, values, handles, flags);
  if (status != MN_OK) return status;
  mn_snapshot *snapshot = mn_snapshot_new(&message);
  if (snapshot)
    *object = &snapshot->handle;
  else
    mn_message_drop(&message);
  return snapshot ? MN_OK : MN_NOMEM;
}

static mn_status get_copied(reader *r, unsigned kind, mn_handle **object) {
  uint32_t slot;
  if (!get(r, &slot, sizeof slot) || slot >= SLOTS) return MN_CLOSED;
  mn_handle **place = &r->references->received[slot];
  if (kind != SAME) {
    mn_handle *made = NULL;
    mn_status status = kind == CODE ? get_code(r, &made) : get_class(r, &made);
    if (status != MN_OK) return status;
    if (*place) mn_handle_unref(*place);
    *place = made;
  }
  if (!*place) return MN_CLOSED;
  *object = mn_handle_ref(*place);
  return MN_OK;
}

static mn_status get_object(reader *r, unsigned kind, mn_handle **object) {
  uint64_t id;
  if (!r->references->link || !get(r, &id, sizeof id)) return MN_CLOSED;
  if (kind == YOURS) {
    *object = mn_link_exported(r->references->link, id);
    return *object ? MN_OK : MN_CLOSED;
  }
  const char *where = get_text(r), *name = where ? get_text(r) : NULL;
  if (!name) return MN_CLOSED;
  mn_site site = {""};
  strncat(site.text, where, sizeof site.text - 1);
  mn_proxy *proxy = mn_link_import(r->references->link, id, name, &site);
  if (proxy) *object = &proxy->handle;
  return proxy ? MN_OK : MN_NOMEM;
}

/* All or none. */
static mn_status get_references(reader *r, mn_handle **handles, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    unsigned char kind = UINT8_MAX;
    mn_status status = MN_CLOSED;
    (void)get(r, &kind, 1);
    if (kind <= CLASS) status = get_copied(r, kind, &handles[i]);
    if (kind == YOURS || kind == OURS) status = get_object(r, kind, &handles[i]);
    if (status == MN_OK) continue;
    while (i > 0) mn_handle_unref(handles[--i]);
    return status;
  }
  return MN_OK;
}

mn_status mn_references_get(mn_references *r, const void *bytes, size_t size, mn_handle **handles,
                            uint32_t count) {
  reader all = {.references = r, .at = bytes};
  all.end = all.at + size;
  return get_references(&all, handles, count);
}

/* remote/parcel.c -- a head, the message's bytes, and what they refer to.
 *
 * The bytes of a message are in the machine's own order, so the head says which that is. References go as
 * they do between processes, without anything that both ends would remember. */
#include "remote/parcel.h"

#include <string.h>

#include "base/alloc.h"
#include "core/classes.h"
#include "core/code.h"
#include "core/plain_bytes.h"
#include "process/references.h"

#define MAGIC UINT32_C(0x016e6f6d) /* "mon", 1: another order of bytes is another number */

typedef struct head {
  uint32_t magic, flags, handles, size;
} head;

static bool is_plain(const mn_message *message) {
  return message->handles == 0 && mn_plain_bytes_are(mn_message_bytes(message), message->size);
}

/* The first object that can't leave the process; NULL: all can. */
static const char *object_in(const mn_message *message) {
  for (uint32_t i = 0; i < message->handles; i++) {
    const mn_handle *object = message->body.heap.handles[i];
    if (object->type == &mn_snapshot_type) {
      const char *inner = object_in(&((const mn_snapshot *)(const void *)object)->message);
      if (inner) return inner;
    } else if (object->type != &mn_code_type) {
      return object->type->name;
    }
  }
  return NULL;
}

mn_status mn_parcel_pack(const mn_message *message, bool all, mn_buffer *out, const char **why) {
  if (!all && !is_plain(message)) {
    *why = "only plain data goes over a connection without an authkey";
    return MN_NOT_PERMITTED;
  }
  const char *object = object_in(message);
  if (object) {
    *why = "it refers to an object of this process";
    return MN_NOT_PERMITTED;
  }
  head h = {MAGIC, message->flags & MN_REFERENCES_FLAGS, message->handles, message->size};
  if (!mn_buffer_add(out, &h, sizeof h) ||
      !mn_buffer_add(out, mn_message_bytes(message), message->size))
    return MN_NOMEM;
  if (message->handles == 0) return MN_OK;
  mn_references *references = mn_alloc_zero(sizeof *references);
  if (!references) return MN_NOMEM;
  mn_status status = mn_references_put(references, message, out);
  mn_references_free(references, 0);
  mn_free(references);
  return status;
}

static mn_status unpack_references(const void *bytes, size_t size, mn_handle **handles,
                                   uint32_t count) {
  if (count == 0) return MN_OK;
  mn_references *references = mn_alloc_zero(sizeof *references);
  if (!references) return MN_NOMEM;
  mn_status status = mn_references_get(references, bytes, size, handles, count);
  mn_references_free(references, 0);
  mn_free(references);
  return status;
}

mn_status mn_parcel_unpack(const void *bytes, size_t size, bool all, mn_message *message,
                           const char **why) {
  head h;
  *why = "it was not put there by moons, or by one of another kind of machine";
  if (size < sizeof h) return MN_INVALID;
  memcpy(&h, bytes, sizeof h);
  const unsigned char *body = (const unsigned char *)bytes + sizeof h;
  size_t left = size - sizeof h;
  if (h.magic != MAGIC || h.size > left) return MN_INVALID;
  *why = "malformed message";
  if (h.flags & ~MN_REFERENCES_FLAGS || h.handles > left - h.size) return MN_INVALID;
  if (!all && (h.handles > 0 || !mn_plain_bytes_are(body, h.size))) {
    *why = "only plain data is taken from a connection without an authkey";
    return MN_NOT_PERMITTED;
  }
  mn_handle **handles = mn_alloc((h.handles + (size_t)1) * sizeof *handles);
  if (!handles) return MN_NOMEM;
  mn_status status = unpack_references(body + h.size, left - h.size, handles, h.handles);
  if (status == MN_OK) {
    status = mn_message_make(message, NULL, body, h.size, 1, handles, h.handles, h.flags);
    for (uint32_t i = 0; status != MN_OK && i < h.handles; i++) mn_handle_unref(handles[i]);
  }
  mn_free(handles);
  return status == MN_CLOSED ? MN_INVALID : status;
}

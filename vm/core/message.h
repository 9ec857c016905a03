/* core/message.h -- values on their way from one state to another, as bytes.
 * Level core; never lua.h. Owned by one thread at a time; no call blocks.
 *
 * A message is a plain struct that may be moved by assignment; whoever moved it away must not use
 * the old copy. Small messages live in the struct itself. Bytes hold no pointers but light
 * userdata; shared objects are counted references in a table beside the bytes, which refers to
 * them by index. docs/messages.md has the format. */
#ifndef MN_CORE_MESSAGE_H
#define MN_CORE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "core/handle.h"
#include "core/message_pool.h"

enum { MN_MESSAGE_INLINE = 48 };

typedef union mn_message_body {
  unsigned char bytes[MN_MESSAGE_INLINE]; /* while size fits and there are no handles */
  struct {
    unsigned char *data; /* MN_MESSAGE_POOLED: a block of a pool; else mn_alloc'ed */
    mn_handle **handles; /* one reference each; in the pool's block too, or mn_alloc'ed */
  } heap;
} mn_message_body;

typedef struct mn_message {
  uint32_t size;    /* of the bytes; MN_MESSAGE_MOST at most */
  uint32_t values;  /* how many Lua values they encode */
  uint32_t handles; /* length of the table of references */
  uint32_t flags;   /* MN_MESSAGE_POOLED; the highest bit is 0, for who stores messages; the rest is
                     * the codec's own */
  mn_message_body body;
} mn_message;

_Static_assert(sizeof(mn_message) == 64, "a message is one cache line");

#define MN_MESSAGE_MOST   ((size_t)UINT32_MAX)
#define MN_MESSAGE_POOLED (UINT32_C(1) << 30)

/* True when the bytes and references are outside of the struct and somebody must drop them. */
static inline int mn_message_is_heap(const mn_message *message) {
  return message->size > MN_MESSAGE_INLINE || message->handles > 0;
}

static inline const unsigned char *mn_message_bytes(const mn_message *message) {
  return mn_message_is_heap(message) ? message->body.heap.data : message->body.bytes;
}

/* Builds a message by copying `size` bytes and taking over the references in `handles` (an array
 * that stays the caller's). What needs memory takes it from `pool`, if it fits there; `pool` may be
 * NULL. MN_NOMEM: nothing was taken over. */
mn_status mn_message_make(mn_message *message, mn_message_pool *pool, const void *bytes,
                          size_t size, uint32_t values, mn_handle *const *handles,
                          size_t handle_count, uint32_t flags);

/* The first half of that: sizes and flags are set and there is memory for the bytes, which is
 * returned for the caller to fill. NULL: no memory, and *message is untouched. */
unsigned char *mn_message_start(mn_message *message, mn_message_pool *pool, size_t size,
                                uint32_t values, size_t handle_count, uint32_t flags);

/* Makes a message of one string. MN_NOMEM: *message is untouched. */
mn_status mn_message_of_string(mn_message *message, const void *bytes, size_t size);

/* Makes *copy a message like *message, with references of its own. MN_NOMEM: it is untouched. */
mn_status mn_message_copy(const mn_message *message, mn_message *copy);

/* Gives back what the message holds and makes it empty. An all-zero message is empty. */
void mn_message_drop_heap(mn_message *message);

static inline void mn_message_drop(mn_message *message) {
  if (mn_message_is_heap(message)) mn_message_drop_heap(message);
  *message = (mn_message){0};
}

#endif

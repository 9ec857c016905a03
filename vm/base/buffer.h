/* base/buffer.h -- a growable run of bytes.
 * Level base. Owned and used by one thread. A failed call leaves the buffer as it was. */
#ifndef MN_BASE_BUFFER_H
#define MN_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct mn_buffer {
  unsigned char *data; /* malloc'ed, or NULL while capacity is 0 */
  size_t size, capacity;
} mn_buffer;

/* Makes room for `more` bytes after `size`. False: no memory. */
bool mn_buffer_grow(mn_buffer *buffer, size_t more);
void mn_buffer_free(mn_buffer *buffer);

static inline bool mn_buffer_reserve(mn_buffer *buffer, size_t more) {
  return buffer->capacity - buffer->size >= more || mn_buffer_grow(buffer, more);
}

static inline bool mn_buffer_add(mn_buffer *buffer, const void *bytes, size_t count) {
  if (!mn_buffer_reserve(buffer, count)) return false;
  if (count > 0) memcpy(buffer->data + buffer->size, bytes, count);
  buffer->size += count;
  return true;
}

#endif

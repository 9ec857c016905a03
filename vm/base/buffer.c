/* base/buffer.c -- growth by doubling. */
#include "base/buffer.h"

#include <stdint.h>

#include "base/alloc.h"

bool mn_buffer_grow(mn_buffer *buffer, size_t more) {
  if (more > SIZE_MAX / 2 - buffer->size) return false;
  size_t capacity = buffer->capacity < 128 ? 128 : buffer->capacity;
  while (capacity < buffer->size + more) capacity *= 2;
  unsigned char *data = mn_realloc(buffer->data, capacity);
  if (!data) return false;
  buffer->data = data;
  buffer->capacity = capacity;
  return true;
}

void mn_buffer_free(mn_buffer *buffer) {
  mn_free(buffer->data);
  *buffer = (mn_buffer){0};
}

/* core/plain_bytes.c -- one pass over the tags. All that is nested is a tag again, so that neither depth nor
 * structure matters here: the decoder reads the same tags in the same order. */
#include "core/plain_bytes.h"

#include <stdint.h>
#include <string.h>

#include "core/message_format.h"

/* What follows the tag, without the values in it; SIZE_MAX: it is no plain one, or cut off. */
static size_t size_after(unsigned tag, const unsigned char *at, size_t left) {
  uint32_t length;
  size_t count = 0;
  switch (tag) {
    case MN_TAG_NIL:
    case MN_TAG_FALSE:
    case MN_TAG_TRUE: return 0;
    case MN_TAG_INT8: return 1;
    case MN_TAG_INT16:
    case MN_TAG_TABLE: return 2;
    case MN_TAG_INT32: return 4;
    case MN_TAG_INT64:
    case MN_TAG_FLOAT:
    case MN_TAG_TABLE_WIDE: return 8;
    case MN_TAG_STRING8: return left < 1 ? SIZE_MAX : (size_t)1 + at[0];
    case MN_TAG_STRING32:
      if (left < sizeof length) return SIZE_MAX;
      memcpy(&length, at, sizeof length);
      return sizeof length + (size_t)length;
    case MN_TAG_REF:
      while (count < left && at[count] >= 0x80) count++;
      return count + 1;
    default: return SIZE_MAX;
  }
}

bool mn_plain_bytes_are(const void *bytes, size_t size) {
  const unsigned char *at = bytes, *end = at + size;
  while (at < end) {
    unsigned tag = *at++;
    if (tag < MN_TAG_STRING || tag >= 0xc0) continue;
    size_t left = (size_t)(end - at);
    size_t after = tag <= MN_TAG_STRING + MN_SHORT_STRING_MOST ? tag - MN_TAG_STRING
                                                               : size_after(tag, at, left);
    if (after > left) return false;
    at += after;
  }
  return true;
}

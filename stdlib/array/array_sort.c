/* array/array_sort.c -- sorting numbers by their bits.
 *
 * Elements are taken out as keys: unsigned numbers of the same width, in the same order. Those are
 * sorted byte by byte from the lowest on, each pass keeping the order of the one before (radix sort):
 * as many passes as an element has bytes, whatever the elements are, and no comparison that others'
 * writes could confuse. A pass in which all keys have the same byte is left out. */
#include "array/array.h"

#include "base/alloc.h"

/* ---- keys of one width ---- */

enum { FEW = 48 }; /* so many are sorted by insertion */

/* sort_N sorts `count` keys of N bits, with as much room to spare; gives which of the two has them. */
#define DEFINE_SORT(bits)                                                                         \
  static void insert_##bits(uint##bits##_t *keys, size_t count) {                                 \
    for (size_t i = 1; i < count; i++) {                                                          \
      uint##bits##_t key = keys[i];                                                               \
      size_t j = i;                                                                               \
      for (; j > 0 && keys[j - 1] > key; j--) keys[j] = keys[j - 1];                              \
      keys[j] = key;                                                                              \
    }                                                                                             \
  }                                                                                               \
  static bool pass_##bits(const uint##bits##_t *keys, uint##bits##_t *sorted, size_t count,       \
                          unsigned shift) {                                                       \
    size_t places[256] = {0}, place = 0;                                                          \
    for (size_t i = 0; i < count; i++) places[keys[i] >> shift & 0xff]++;                         \
    if (places[keys[0] >> shift & 0xff] == count) return false;                                   \
    for (int byte = 0; byte < 256; byte++) {                                                      \
      size_t here = places[byte];                                                                 \
      places[byte] = place;                                                                       \
      place += here;                                                                              \
    }                                                                                             \
    for (size_t i = 0; i < count; i++) sorted[places[keys[i] >> shift & 0xff]++] = keys[i];       \
    return true;                                                                                  \
  }                                                                                               \
  static uint##bits##_t *sort_##bits(uint##bits##_t *keys, uint##bits##_t *spare, size_t count) { \
    if (count <= FEW) {                                                                           \
      insert_##bits(keys, count);                                                                 \
      return keys;                                                                                \
    }                                                                                             \
    for (unsigned shift = 0; shift < (bits); shift += 8) {                                        \
      if (!pass_##bits(keys, spare, count, shift)) continue;                                      \
      uint##bits##_t *done = spare;                                                               \
      spare = keys;                                                                               \
      keys = done;                                                                                \
    }                                                                                             \
    return keys;                                                                                  \
  }

DEFINE_SORT(8)
DEFINE_SORT(16)
DEFINE_SORT(32)
DEFINE_SORT(64)

/* ---- elements as keys ---- */

/* same_N: unsigned integers are keys; there are none of 64 bits. */
#define DEFINE_SAME_KEYS(bits)                                   \
  static inline uint##bits##_t same_##bits(uint##bits##_t key) { \
    return key;                                                  \
  }

DEFINE_SAME_KEYS(8)
DEFINE_SAME_KEYS(16)
DEFINE_SAME_KEYS(32)

/* turned_N: with the sign bit turned, negative integers come first. */
#define DEFINE_TURNED_KEYS(bits)                                   \
  static inline uint##bits##_t turned_##bits(uint##bits##_t key) { \
    return (uint##bits##_t)(key ^ (uint64_t)1 << ((bits)-1));      \
  }

DEFINE_TURNED_KEYS(8)
DEFINE_TURNED_KEYS(16)
DEFINE_TURNED_KEYS(32)
DEFINE_TURNED_KEYS(64)

/* Floats: the bits of negative ones run the other way. NaNs, which have all bits of `infinity` and
 * more, lose their sign, to be last. */
#define DEFINE_FLOAT_KEYS(bits, infinity)                               \
  static inline uint##bits##_t float_key_##bits(uint##bits##_t value) { \
    const uint##bits##_t sign = (uint##bits##_t)1 << ((bits)-1);        \
    if ((value & ~sign) > (infinity)) value &= ~sign;                   \
    return value & sign ? ~value : value | sign;                        \
  }                                                                     \
  static inline uint##bits##_t float_of_##bits(uint##bits##_t key) {    \
    const uint##bits##_t sign = (uint##bits##_t)1 << ((bits)-1);        \
    return key & sign ? key & ~sign : ~key;                             \
  }

DEFINE_FLOAT_KEYS(32, UINT32_C(0x7f800000))
DEFINE_FLOAT_KEYS(64, UINT64_C(0x7ff0000000000000))

/* ---- kinds ---- */

/* Sorts by the keys that `to_key` makes of an element's bits, and `from_key` turns back. */
#define SORT_KIND(bits, to_key, from_key)                                         \
  do {                                                                            \
    uint##bits##_t *keys = room;                                                  \
    mn_bytes_read(keys, span.bytes, span.count * sizeof *keys);                   \
    for (size_t i = 0; i < span.count; i++) keys[i] = to_key##_##bits(keys[i]);   \
    keys = sort_##bits(keys, keys + span.count, span.count);                      \
    for (size_t i = 0; i < span.count; i++) keys[i] = from_key##_##bits(keys[i]); \
    mn_bytes_write(span.bytes, keys, span.count * sizeof *keys);                  \
  } while (0)

static void sort_in(mn_span span, void *room) {
  switch (span.kind) {
    case MN_INT8: SORT_KIND(8, turned, turned); break;
    case MN_UINT8: SORT_KIND(8, same, same); break;
    case MN_INT16: SORT_KIND(16, turned, turned); break;
    case MN_UINT16: SORT_KIND(16, same, same); break;
    case MN_INT32: SORT_KIND(32, turned, turned); break;
    case MN_UINT32: SORT_KIND(32, same, same); break;
    case MN_INT64: SORT_KIND(64, turned, turned); break;
    case MN_FLOAT: SORT_KIND(32, float_key, float_of); break;
    case MN_DOUBLE: SORT_KIND(64, float_key, float_of); break;
    default: break;
  }
}

mn_status mn_span_sort(mn_span span) {
  if (span.count < 2) return MN_OK;
  size_t size = span.count * mn_kinds[span.kind].width;
  if (size > SIZE_MAX / 2) return MN_NOMEM;
  void *room = mn_alloc(2 * size);
  if (!room) return MN_NOMEM;
  sort_in(span, room);
  mn_free(room);
  return MN_OK;
}

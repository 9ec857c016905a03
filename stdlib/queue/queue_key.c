/* queue/queue_key.c -- making and comparing keys. */
#include "queue/queue_key.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"

enum { HEAD = 8 };

static unsigned char *write_big_endian(unsigned char *at, uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; i--) *at++ = (unsigned char)(value >> (8 * i));
  return at;
}

static unsigned char *write_number(unsigned char *at, double value, uint64_t beyond) {
  uint64_t bits;
  if (value == 0) value = 0; /* -0.0 is 0.0 */
  memcpy(&bits, &value, sizeof bits);
  /* Negative ones grow with their bits: turned over, they don't; and they come first. */
  bits = bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
  return write_big_endian(write_big_endian(at, bits, 8), beyond, 2);
}

unsigned char *mn_queue_key_write_integer(unsigned char *at, int64_t value) {
  double below = (double)value;
  /* Rounding may have gone up, at most to 2^63, which is no int64_t. */
  if (below >= 0x1p63 || (int64_t)below > value) below = nextafter(below, -HUGE_VAL);
  return write_number(at, below, (uint64_t)value - (uint64_t)(int64_t)below);
}

unsigned char *mn_queue_key_write_float(unsigned char *at, double value) {
  return write_number(at, value, 0);
}

size_t mn_queue_key_string_size(const char *text, size_t size) {
  size_t whole = size + 2;
  for (size_t i = 0; i < size; i++) whole += text[i] == '\0';
  return whole;
}

unsigned char *mn_queue_key_write_string(unsigned char *at, const char *text, size_t size) {
  for (size_t i = 0; i < size; i++) {
    *at++ = (unsigned char)text[i];
    if (text[i] == '\0') *at++ = 1;
  }
  return write_big_endian(at, 0, 2);
}

mn_status mn_queue_key_make(mn_queue_key *key, mn_queue_key_kind kind, const unsigned char *bytes,
                            size_t size) {
  mn_queue_key made = {.kind = kind};
  while (size > 0 && bytes[size - 1] == 0) size--;
  for (size_t i = 0; i < HEAD; i++) made.head = made.head << 8 | (i < size ? bytes[i] : 0);
  if (size > HEAD) {
    if (size - HEAD > UINT32_MAX) return MN_TOO_MANY;
    made.tail_size = (uint32_t)(size - HEAD);
    made.tail = mn_alloc(made.tail_size);
    if (!made.tail) return MN_NOMEM;
    memcpy(made.tail, bytes + HEAD, made.tail_size);
  }
  *key = made;
  return MN_OK;
}

void mn_queue_key_drop(mn_queue_key *key) {
  mn_free(key->tail);
  *key = (mn_queue_key){0};
}

int mn_queue_key_compare_tails(const mn_queue_key *a, const mn_queue_key *b) {
  uint32_t common = a->tail_size < b->tail_size ? a->tail_size : b->tail_size;
  int order = common > 0 ? memcmp(a->tail, b->tail, common) : 0;
  if (order != 0) return order;
  /* No tail ends with a zero, so the longer one is greater. */
  return (a->tail_size > b->tail_size) - (a->tail_size < b->tail_size);
}

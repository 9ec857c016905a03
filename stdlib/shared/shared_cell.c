/* shared/shared_cell.c -- texts, packets, and what cells have to do with them. */
#include "shared/shared_cell.h"

#include "base/alloc.h"

mn_text *mn_text_new(const char *bytes, size_t size, uint64_t hash) {
  mn_text *text = mn_alloc(sizeof *text + size);
  if (!text) return NULL;
  atomic_init(&text->references, 1);
  text->hash = hash;
  text->size = size;
  memcpy(text->bytes, bytes, size);
  return text;
}

/* True when that was the last reference. acq_rel: who frees has seen all others let go. */
static bool is_last(_Atomic uint32_t *references) {
  return atomic_fetch_sub_explicit(references, 1, memory_order_acq_rel) == 1;
}

void mn_text_unref(mn_text *text) {
  if (is_last(&text->references)) mn_free(text);
}

mn_packet *mn_packet_new(const mn_message *message) {
  mn_packet *packet = mn_alloc(sizeof *packet);
  if (!packet) return NULL;
  atomic_init(&packet->references, 1);
  packet->message = *message;
  return packet;
}

static void packet_unref(mn_packet *packet) {
  if (!is_last(&packet->references)) return;
  mn_message_drop(&packet->message);
  mn_free(packet);
}

mn_cell mn_cell_copy(const mn_cell *cell) {
  /* relaxed: whoever takes a reference holds one. */
  switch (cell->head.tag) {
    case MN_CELL_TEXT:
      atomic_fetch_add_explicit(&cell->body.as.text->references, 1, memory_order_relaxed);
      break;
    case MN_CELL_PACKET:
      atomic_fetch_add_explicit(&cell->body.as.packet->references, 1, memory_order_relaxed);
      break;
    case MN_CELL_HANDLE: mn_handle_ref(cell->body.as.handle); break;
    default: break;
  }
  return *cell;
}

void mn_cell_drop_slow(mn_cell *cell) {
  mn_cell dropped = *cell;
  *cell = mn_cell_of(MN_CELL_ABSENT);
  switch (dropped.head.tag) {
    case MN_CELL_TEXT: mn_text_unref(dropped.body.as.text); break;
    case MN_CELL_PACKET: packet_unref(dropped.body.as.packet); break;
    case MN_CELL_HANDLE: mn_handle_unref(dropped.body.as.handle); break;
    default: break;
  }
}

/* An integer equals a float when they are the same number: mathematically, not after rounding. */
static bool equal_numbers(int64_t integer, double number) {
  return number >= -0x1p63 && number < 0x1p63 && (double)(int64_t)number == number &&
         (int64_t)number == integer;
}

bool mn_cell_equal(const mn_cell *a, const mn_cell *b) {
  unsigned tag = a->head.tag, other = b->head.tag;
  if (tag == MN_CELL_INTEGER && other == MN_CELL_FLOAT)
    return equal_numbers(a->body.as.integer, b->body.as.number);
  if (tag == MN_CELL_FLOAT && other == MN_CELL_INTEGER)
    return equal_numbers(b->body.as.integer, a->body.as.number);
  if (tag != other) return false;
  if (tag == MN_CELL_FLOAT) return a->body.as.number == b->body.as.number;
  if (tag == MN_CELL_TEXT) {
    const mn_text *one = a->body.as.text, *two = b->body.as.text;
    return one->size == two->size && memcmp(one->bytes, two->bytes, one->size) == 0;
  }
  return tag != MN_CELL_PACKET && a->words[0] == b->words[0] && a->words[1] == b->words[1];
}

uint64_t mn_hash_bytes(uint64_t seed, const char *bytes, size_t size) {
  uint64_t hash = seed ^ size;
  for (; size > 0; bytes += 8) {
    uint64_t word = 0;
    size_t part = size < sizeof word ? size : sizeof word;
    memcpy(&word, bytes, part);
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 29;
    size -= part;
  }
  return hash ^ (hash >> 32);
}

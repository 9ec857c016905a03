/* shared/shared_cell.h -- one key or value of a Shared, in 16 bytes.
 * Level stdlib; never lua.h. A cell is a plain struct that its holder guards; what it points to is
 * counted, immutable, and may be let go from any thread.
 *
 * Numbers, booleans, light userdata and strings of up to 14 bytes lie in the cell itself. Unused
 * bytes are zero, so that such cells are equal when their two words are. */
#ifndef MN_SHARED_CELL_H
#define MN_SHARED_CELL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/message.h"

typedef enum mn_cell_tag {
  MN_CELL_ABSENT, /* all zero: nothing is there */
  MN_CELL_NIL,    /* in a draft: taken away */
  MN_CELL_FALSE,
  MN_CELL_TRUE,
  MN_CELL_INTEGER,
  MN_CELL_FLOAT,
  MN_CELL_LIGHT,
  MN_CELL_SHORT, /* a string that lies in the cell */
  MN_CELL_PART,  /* in a snapshot: the number of one of its tables */
  /* From here on the cell holds a reference. */
  MN_CELL_TEXT,   /* any longer string */
  MN_CELL_HANDLE, /* a shared object */
  MN_CELL_PACKET, /* anything else, as a message */
  MN_CELL_NODE    /* a table of the same tree; never outside of it, and guarded by its mutex */
} mn_cell_tag;

enum { MN_CELL_SHORT_MOST = 14 };

typedef struct mn_text {
  _Atomic uint32_t references;
  uint64_t hash; /* when it is a key: by the tree's seed */
  size_t size;
  char bytes[];
} mn_text;

typedef struct mn_packet {
  _Atomic uint32_t references;
  mn_message message;
} mn_packet;

typedef union mn_cell {
  struct {
    uint8_t tag, size; /* size: of a short string */
    char text[MN_CELL_SHORT_MOST];
  } head;
  struct {
    uint64_t tag_word;
    union {
      int64_t integer;
      double number;
      void *pointer;
      mn_text *text;
      mn_handle *handle;
      mn_packet *packet;
      struct mn_node *node;
    } as;
  } body;
  uint64_t words[2];
} mn_cell;

_Static_assert(sizeof(mn_cell) == 16, "a cell is two words");

static inline mn_cell mn_cell_of(mn_cell_tag tag) {
  mn_cell cell = {.words = {0, 0}};
  cell.head.tag = (uint8_t)tag;
  return cell;
}

static inline mn_cell mn_cell_of_integer(int64_t integer) {
  mn_cell cell = mn_cell_of(MN_CELL_INTEGER);
  cell.body.as.integer = integer;
  return cell;
}

static inline mn_cell mn_cell_of_float(double number) {
  mn_cell cell = mn_cell_of(MN_CELL_FLOAT);
  cell.body.as.number = number;
  return cell;
}

static inline mn_cell mn_cell_of_pointer(mn_cell_tag tag, void *pointer) {
  mn_cell cell = mn_cell_of(tag);
  cell.body.as.pointer = pointer;
  return cell;
}

/* Up to 8 bytes as a word in which the first is the lowest, and what is missing zero. */
static inline uint64_t mn_word_of_bytes(const char *bytes, size_t size) {
  const unsigned char *at = (const unsigned char *)bytes;
  uint64_t word = 0;
  if (size >= 4) {
    uint32_t first, last; /* they may overlap */
    memcpy(&first, at, 4);
    memcpy(&last, at + size - 4, 4);
    word = (uint64_t)last << (8 * (size - 4)) | first;
  } else if (size > 0) {
    word = at[0] | (uint64_t)at[size / 2] << (8 * (size / 2)) |
           (uint64_t)at[size - 1] << (8 * (size - 1));
  }
  return word;
}

/* `size` is at most MN_CELL_SHORT_MOST. Made of words, where bytes lie as they should in them: bytes
 * that were stored one by one are slow to be read as a word, and every key is hashed at once. */
static inline mn_cell mn_cell_of_short(const char *bytes, size_t size) {
  mn_cell cell = mn_cell_of(MN_CELL_SHORT);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  size_t part = size < 6 ? size : 6;
  cell.words[0] = MN_CELL_SHORT | (uint64_t)size << 8 | mn_word_of_bytes(bytes, part) << 16;
  cell.words[1] = mn_word_of_bytes(bytes + part, size - part);
#else
  cell.head.size = (uint8_t)size;
  memcpy(cell.head.text, bytes, size);
#endif
  return cell;
}

static inline bool mn_cell_is_simple(const mn_cell *cell) {
  return cell->head.tag < MN_CELL_TEXT;
}

/* A text with one reference. NULL: no memory. */
mn_text *mn_text_new(const char *bytes, size_t size, uint64_t hash);
void mn_text_unref(mn_text *text);

/* Takes over the message. NULL: no memory, and the message is still the caller's. */
mn_packet *mn_packet_new(const mn_message *message);

/* One more cell of the same; not for MN_CELL_NODE. */
mn_cell mn_cell_copy(const mn_cell *cell);
/* Lets go of what the cell refers to, and makes it absent; not for MN_CELL_NODE. May destroy shared
 * objects: no mutex is held. */
void mn_cell_drop_slow(mn_cell *cell);
static inline void mn_cell_drop(mn_cell *cell) {
  if (!mn_cell_is_simple(cell)) mn_cell_drop_slow(cell);
}

/* Whether both are the same simple value or string or object, as by Lua's ==. False for packets. */
bool mn_cell_equal(const mn_cell *a, const mn_cell *b);

/* ---- keys ---- */

/* What is looked for. A long string is borrowed: as.text is NULL, or a text that may be kept. */
typedef struct mn_key {
  mn_cell cell; /* normalised: no float has an integral value */
  uint64_t hash;
  const char *bytes; /* of MN_CELL_TEXT */
  size_t size;
} mn_key;

uint64_t mn_hash_bytes(uint64_t seed, const char *bytes, size_t size);

static inline uint64_t mn_hash_cell(uint64_t seed, const mn_cell *cell) {
  uint64_t hash = (cell->words[0] ^ seed) * UINT64_C(0x9e3779b97f4a7c15);
  hash = ((hash ^ (hash >> 32)) ^ cell->words[1]) * UINT64_C(0xd6e8feb86659fd93);
  return hash ^ (hash >> 32);
}

/* A key that is no long string. */
static inline mn_key mn_key_of(uint64_t seed, mn_cell cell) {
  return (mn_key){.cell = cell, .hash = mn_hash_cell(seed, &cell)};
}

static inline mn_key mn_key_of_string(uint64_t seed, const char *bytes, size_t size) {
  if (size <= MN_CELL_SHORT_MOST) return mn_key_of(seed, mn_cell_of_short(bytes, size));
  return (mn_key){mn_cell_of(MN_CELL_TEXT), mn_hash_bytes(seed, bytes, size), bytes, size};
}

/* The key that a cell of a table is. */
static inline mn_key mn_key_of_cell(uint64_t seed, const mn_cell *cell) {
  if (cell->head.tag != MN_CELL_TEXT) return mn_key_of(seed, *cell);
  const mn_text *text = cell->body.as.text;
  return (mn_key){*cell, text->hash, text->bytes, text->size};
}

#endif

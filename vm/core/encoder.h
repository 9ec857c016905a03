/* core/encoder.h -- one encoding in progress: where its bytes go and what it has seen.
 * Level core; private to the codec (encode*.c, plain.c, refusal.c). Owner thread only.
 *
 * All memory belongs to the encoder, which belongs to the codec: whatever throws, the next use or
 * mn_codec_leave finds it. A call that answers false has noted the failure in the encoder. */
#ifndef MN_CORE_ENCODER_H
#define MN_CORE_ENCODER_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buffer.h"
#include "base/pointer_map.h"
#include "core/codec.h"
#include "core/message_format.h"

/* An object whose content is put off. */
typedef struct mn_later {
  uint32_t number; /* of the object */
  int root;        /* which of the values it was met in, for refusals */
} mn_later;

/* A global that code names, and that a script defined. */
typedef struct mn_wanted {
  const char *name;  /* the code's, which the message holds */
  uint32_t function; /* number of the function that names it */
} mn_wanted;

/* Where an upvalue was first met. */
typedef struct mn_upvalue {
  uint32_t function; /* number */
  uint32_t index;    /* from 1 */
} mn_upvalue;

/* A __transfer hook's values that are being encoded. Lives on the C stack. */
typedef struct mn_open_transfer {
  uint32_t number;
  struct mn_open_transfer *outer;
} mn_open_transfer;

/* A module whose loader is being encoded. Lives on the C stack. */
typedef struct mn_open_preload {
  const void *module; /* address */
  struct mn_open_preload *outer;
} mn_open_preload;

typedef enum mn_failure {
  MN_FAILED_NOT, /* not failed */
  MN_FAILED_REFUSED,
  MN_FAILED_MEMORY,
  MN_FAILED_SIZE
} mn_failure;

typedef struct mn_refusal {
  size_t start;  /* where the text begins: it grows to the front */
  bool is_whole; /* begins with what it hangs on: nothing goes in front of it */
  bool is_cut;   /* too long: only the root goes in front of it */
  char path[400];
  char reason[200];
} mn_refusal;

typedef struct mn_encoder mn_encoder;
struct mn_encoder {
  mn_encoder *inner; /* for an encoding that a hook starts meanwhile; or NULL */
  mn_encoder *outer; /* of which this encodes a class; or NULL */
  mn_codec *codec;
  lua_State *L;
  mn_buffer out;
  mn_pointer_map seen; /* objects, upvalues, handles to numbers */
  mn_buffer handles;   /* of mn_handle *, a reference each */
  mn_buffer later;     /* of mn_later, a stack */
  mn_buffer wanted;    /* of mn_wanted, a stack */
  mn_buffer upvalues;  /* of mn_upvalue, by number */
  uint32_t objects;    /* how many are numbered */
  uint32_t flags;      /* of the message to be */
  int depth;
  bool as_is;    /* parcels are not needed: it stays in this state */
  bool ran_hook; /* a __transfer hook was called: a second try would call it again */
  int root;      /* which of the values is being encoded, from 0 */
  mn_open_transfer *open;
  mn_open_preload *preload;

  /* Stack indices of the general road; 0 on the plain one. */
  const void *globals; /* address of the table of globals */
  int kept;            /* those objects that are needed again, by number + 1, or nil: none yet */
  int names;           /* set of the globals wanted (names) and preloads sent (loaders), or nil */
  int parts;           /* sequence of the classes inside, or 0: this is no snapshot */

  mn_failure failure;
  mn_refusal refusal;
};

/* ---- encoder.c ---- */

/* The memory for the messages that it makes. NULL: not even for that. */
mn_message_pool *mn_codec_pool(mn_codec *codec);
/* The encoder for a new encoding, empty. NULL: no memory. */
mn_encoder *mn_codec_enter(mn_codec *codec, lua_State *L);
/* Gives it back, together with all that were entered after it. */
void mn_codec_leave(mn_encoder *e);
/* Forgets what was encoded so far. */
void mn_encoder_reset(mn_encoder *e);
/* Makes what was encoded a message. */
bool mn_encoder_finish(mn_encoder *e, uint32_t values, mn_message *message);
/* Makes room for `more` bytes; the slow road of mn_put. */
bool mn_encoder_grow(mn_encoder *e, size_t more);
/* Index of `object` among the message's references, by a new reference if it is a new one. */
bool mn_encoder_handle(mn_encoder *e, mn_handle *object, uint32_t *index);
/* Writes the object as it travels: itself, or a parcel of it. */
bool mn_encoder_object(mn_encoder *e, mn_handle *object);
bool mn_encoder_add(mn_encoder *e, mn_buffer *list, const void *item, size_t size);

/* ---- refusal.c ---- */

/* Refuses the value that is being encoded. Always false. */
bool mn_refuse(mn_encoder *e, const char *format, ...);
/* While a refusal makes its way back: puts text in front of the path. Always false. */
bool mn_refusal_in(mn_encoder *e, const char *format, ...);
/* The same for the key on the Lua stack at `key`. */
bool mn_refusal_in_field(mn_encoder *e, int key);
/* The same with a sign that a part of the path is left out. */
bool mn_refusal_cut(mn_encoder *e);
/* True until the path has got what it hangs on, by the next call. Roots may be expensive to name. */
bool mn_refusal_wants_root(const mn_encoder *e);
/* The same with what the path hangs on, of which a part may follow it. The path is whole then. */
bool mn_refusal_in_root(mn_encoder *e, const char *before, const char *format, ...);
/* Takes over the refusal of an encoding inside of this one. */
bool mn_refusal_from(mn_encoder *e, const mn_encoder *inner);
/* Pushes the message of the encoder's failure. May throw. */
void mn_refusal_push(mn_encoder *e);
/* What there is to say of a failure that is no refusal. */
const char *mn_failure_text(mn_failure failure);

/* ---- writing ---- */

/* Room for `size` bytes at the end, which count as written; NULL: failed. */
static inline unsigned char *mn_put(mn_encoder *e, size_t size) {
  if (e->out.capacity - e->out.size < size && !mn_encoder_grow(e, size)) return NULL;
  unsigned char *at = e->out.data + e->out.size;
  e->out.size += size;
  return at;
}

static inline bool mn_put_byte(mn_encoder *e, unsigned byte) {
  unsigned char *at = mn_put(e, 1);
  if (!at) return false;
  *at = (unsigned char)byte;
  return true;
}

/* A tag and the bytes of one number. */
static inline bool mn_put_tagged(mn_encoder *e, unsigned tag, const void *bytes, size_t size) {
  unsigned char *at = mn_put(e, size + 1);
  if (!at) return false;
  at[0] = (unsigned char)tag;
  memcpy(at + 1, bytes, size);
  return true;
}

static inline bool mn_put_count(mn_encoder *e, uint64_t count) {
  for (; count >= 0x80; count >>= 7)
    if (!mn_put_byte(e, (unsigned)(count & 0x7f) | 0x80)) return false;
  return mn_put_byte(e, (unsigned)count);
}

static inline bool mn_put_tagged_count(mn_encoder *e, unsigned tag, uint64_t count) {
  return mn_put_byte(e, tag) && mn_put_count(e, count);
}

static inline bool mn_put_integer(mn_encoder *e, lua_Integer value) {
  if (value >= -64 && value <= 63) return mn_put_byte(e, (unsigned)value & 0xff);
  if (value == (int8_t)value) return mn_put_tagged(e, MN_TAG_INT8, &(int8_t){(int8_t)value}, 1);
  if (value == (int16_t)value) return mn_put_tagged(e, MN_TAG_INT16, &(int16_t){(int16_t)value}, 2);
  if (value == (int32_t)value) return mn_put_tagged(e, MN_TAG_INT32, &(int32_t){(int32_t)value}, 4);
  return mn_put_tagged(e, MN_TAG_INT64, &value, 8);
}

static inline bool mn_put_float(mn_encoder *e, lua_Number value) {
  return mn_put_tagged(e, MN_TAG_FLOAT, &value, 8);
}

static inline bool mn_put_light(mn_encoder *e, const void *address) {
  return mn_put_tagged(e, MN_TAG_LIGHT, &(uint64_t){(uint64_t)(uintptr_t)address}, 8);
}

/* Writes the head of a string into `at` (5 bytes of room); how long it is. */
static inline size_t mn_string_head(unsigned char *at, size_t size) {
  if (size <= MN_SHORT_STRING_MOST) {
    at[0] = (unsigned char)(MN_TAG_STRING + size);
    return 1;
  }
  if (size <= UINT8_MAX) {
    at[0] = MN_TAG_STRING8;
    at[1] = (unsigned char)size;
    return 2;
  }
  uint32_t length = (uint32_t)size;
  at[0] = MN_TAG_STRING32;
  memcpy(at + 1, &length, sizeof length);
  return 1 + sizeof length;
}

static inline bool mn_put_string(mn_encoder *e, const char *text, size_t size) {
  unsigned char head[8];
  size_t head_size = mn_string_head(head, size);
  unsigned char *at = mn_put(e, head_size + size); /* fails when it is too large for a length */
  if (!at) return false;
  memcpy(at, head, head_size);
  memcpy(at + head_size, text, size);
  return true;
}

static inline bool mn_put_ref(mn_encoder *e, uint32_t number) {
  e->flags |= MN_MESSAGE_HAS_REFS;
  return mn_put_tagged_count(e, MN_TAG_REF, number);
}

/* ---- tables ---- */

/* How many bytes the counts of a table take after its tag. */
enum { MN_COUNTS_SIZE = 2, MN_WIDE_COUNTS_SIZE = 8 };

/* Writes a table's tag and room for its counts; *at is where. */
static inline bool mn_put_table(mn_encoder *e, bool has_class, size_t *at) {
  *at = e->out.size;
  unsigned char *head = mn_put(e, 1 + MN_COUNTS_SIZE);
  if (!head) return false;
  head[0] = has_class ? MN_TAG_TABLE_CLASS : MN_TAG_TABLE;
  return true;
}

/* Fills the counts in, now that the items and pairs are written. */
bool mn_encoder_widen_table(mn_encoder *e, size_t at, size_t items, size_t pairs);
static inline bool mn_put_table_counts(mn_encoder *e, size_t at, size_t items, size_t pairs) {
  if ((items | pairs) > UINT8_MAX) return mn_encoder_widen_table(e, at, items, pairs);
  e->out.data[at + 1] = (unsigned char)items;
  e->out.data[at + 2] = (unsigned char)pairs;
  return true;
}

/* Holes in a sequence are sent as nil, as long as they are small. */
enum { MN_HOLE_MOST = 64 };

/* How far the items of a table, whose border is that, go after the key at stack index `key`, when there are
 * `items` so far; 0: it is none of them, but a pair's. */
static inline size_t mn_item_index(lua_State *L, int key, size_t items, size_t border) {
  if (!lua_isinteger(L, key)) return 0;
  lua_Unsigned index = (lua_Unsigned)lua_tointeger(L, key);
  return index > items && index <= border && index - items <= MN_HOLE_MOST ? (size_t)index : 0;
}

/* Writes what lies between the first `items` and the item `index`. */
static inline bool mn_put_hole(mn_encoder *e, size_t items, size_t index) {
  while (++items < index)
    if (!mn_put_byte(e, MN_TAG_NIL)) return false;
  return true;
}

#endif

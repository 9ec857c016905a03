/* embed/values.h -- lists of values with the memory of what is in them, and messages made of them and back.
 * Level embed; never lua.h. One thread at a time. */
#ifndef MN_EMBED_VALUES_H
#define MN_EMBED_VALUES_H

#include <stdbool.h>

#include "core/message.h"
#include "embed/misuse.h"
#include "moons.h"

/* A reference to an object that threads share. The runtime stays while it is there. */
struct moons_object {
  mn_kind kind;
  moons_runtime *runtime;
  mn_handle *handle;
  moons_object *next; /* of the same list */
};

typedef struct mn_pair {
  moons_value key, value; /* a nil value: the key was taken out */
} mn_pair;

struct moons_table {
  mn_kind kind;
  moons_values *owner;
  moons_table *next;  /* of the same list */
  moons_value *items; /* t[1] .. t[length] */
  size_t length, room;
  mn_pair *pairs; /* all other keys, in the order in which they came; mn_alloc'ed, as `items` */
  size_t used, pair_room, alive;
  uint32_t *
      slots; /* 1 + the index of a pair, found by the key's hash; 0: free. A power of two of them */
  size_t slot_count;
  /* While a message is made: its number, where `seen` is the list's `encoding`. */
  uint64_t seen;
  uint32_t number;
};

enum { MN_VALUES_INLINE = 4 };

struct moons_values {
  mn_kind kind;
  moons_value *items; /* in place, or mn_alloc'ed */
  size_t count, room;
  struct mn_block *blocks; /* for strings */
  moons_table *tables;
  moons_object *objects;
  uint64_t encoding; /* how many messages were made of it or its tables */
  moons_value in_place[MN_VALUES_INLINE];
};

/* A copy of the bytes, with a zero behind them, that goes with the list. NULL: no memory. */
const char *mn_values_keep(moons_values *values, const char *bytes, size_t size);
/* A reference to the object, for the list. MOONS_NO_MEMORY. */
moons_status mn_values_add_object(moons_values *values, moons_runtime *runtime, mn_handle *handle,
                                  moons_value *value);

/* As moons_table_set and moons_values_append, with what goes with the list already. False: no memory. */
moons_status mn_table_put(moons_table *table, moons_value key, moons_value value);
bool mn_values_push(moons_values *values, moons_value value);

/* Makes a message of `count` values. MOONS_NO_MEMORY; MOONS_REFUSED: one of them, or what is in it,
 * is MOONS_OTHER, or an object of another runtime; or it is too large. */
moons_status mn_values_encode(moons_runtime *runtime, const moons_value *values, size_t count,
                              mn_message *message);
/* The same for the state that is being called: objects stay the ones that they are. */
moons_status mn_values_encode_here(moons_runtime *runtime, const moons_value *values, size_t count,
                                   mn_message *message);
/* Makes a list of the message's values, which stays as it is. MOONS_NO_MEMORY; MOONS_REFUSED: bytes that
 * no encoder makes. */
moons_status mn_values_decode(moons_runtime *runtime, const mn_message *message,
                              moons_values **values);

#endif

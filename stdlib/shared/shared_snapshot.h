/* shared/shared_snapshot.h -- what is in a Shared at one moment.
 * Level stdlib; never lua.h. Owned by one thread. */
#ifndef MN_SHARED_SNAPSHOT_H
#define MN_SHARED_SNAPSHOT_H

#include "base/buffer.h"
#include "shared/shared_tree.h"

/* One table: its entries are entries[first] .. entries[first + count - 1]. The first `items` of them
 * have the keys 1 .. border, in order, holes left out. */
typedef struct mn_part {
  size_t first, count, items;
  mn_node *node; /* snapshot.c's own */
} mn_part;

/* All zero is empty. */
typedef struct mn_snapshot {
  mn_buffer parts;   /* of mn_part; the first is the object's own */
  mn_buffer entries; /* of mn_slot, each with references of its own */
} mn_snapshot;

/* Takes it, of an empty one, as `self` sees the object. `deep`: with all tables of its tree that hang
 * on it; values that are one of those are MN_CELL_PART. Otherwise they are handles. MN_NOMEM: it is
 * empty. */
mn_status mn_snapshot_take(mn_snapshot *snapshot, mn_shared *shared, const mn_waiter *self,
                           bool deep);
/* Empties it. */
void mn_snapshot_drop(mn_snapshot *snapshot);

static inline const mn_part *mn_snapshot_part(const mn_snapshot *snapshot, size_t number) {
  return (const mn_part *)(const void *)snapshot->parts.data + number;
}

static inline mn_slot *mn_snapshot_entry(const mn_snapshot *snapshot, size_t number) {
  return (mn_slot *)(void *)snapshot->entries.data + number;
}

#endif

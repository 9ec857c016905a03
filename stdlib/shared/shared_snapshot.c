/* shared/shared_snapshot.c -- breadth first, with the mutex held all the time.
 * A node that was met bears the stamp of the snapshot and its number there. */
#include "shared/shared_snapshot.h"

#include "shared/shared_draft.h"

typedef struct taking {
  mn_snapshot *snapshot;
  const mn_waiter *self;
  uint64_t stamp;
  bool deep;
} taking;

static size_t count_parts(const mn_snapshot *snapshot) {
  return snapshot->parts.size / sizeof(mn_part);
}

/* The number of the node, which is to be walked if it was not met before. */
static bool meet(taking *t, mn_node *node, size_t *number) {
  mn_part part = {.node = node};
  if (node->stamp != t->stamp) {
    node->part = count_parts(t->snapshot);
    if (!mn_buffer_add(&t->snapshot->parts, &part, sizeof part)) return false;
    node->stamp = t->stamp;
  }
  *number = node->part;
  return true;
}

static bool take_value(taking *t, const mn_cell *cell, mn_cell *value) {
  size_t number;
  if (!t->deep || cell->head.tag != MN_CELL_NODE) return mn_cell_outward_locked(cell, value);
  if (!meet(t, cell->body.as.node, &number)) return false;
  *value = mn_cell_of(MN_CELL_PART);
  value->body.as.integer = (int64_t)number;
  return true;
}

static bool take_entry(taking *t, const mn_cell *key, const mn_cell *cell) {
  mn_slot entry;
  if (!mn_buffer_reserve(&t->snapshot->entries, sizeof entry)) return false;
  if (!take_value(t, cell, &entry.value)) return false;
  entry.key = mn_cell_copy(key);
  return mn_buffer_add(&t->snapshot->entries, &entry, sizeof entry);
}

static bool take_items(taking *t, const mn_node *node, size_t border) {
  for (size_t i = 1; i <= border; i++) {
    mn_key key = mn_key_of(node->tree->seed, mn_cell_of_integer((int64_t)i));
    const mn_cell *cell = mn_view_find(node, t->self, &key);
    if (cell && !take_entry(t, &key.cell, cell)) return false;
  }
  return true;
}

static bool take_part(taking *t, size_t number) {
  mn_snapshot *snapshot = t->snapshot;
  mn_node *node = mn_snapshot_part(snapshot, number)->node;
  size_t first = snapshot->entries.size / sizeof(mn_slot), border = mn_view_border(node, t->self);
  if (!take_items(t, node, border)) return false;
  size_t items = snapshot->entries.size / sizeof(mn_slot) - first;
  const mn_cell *cell;
  mn_cell key;
  for (size_t at = 0; (cell = mn_view_next(node, t->self, border, &at, &key));)
    if (!take_entry(t, &key, cell)) return false;
  size_t count = snapshot->entries.size / sizeof(mn_slot) - first;
  /* Parts may have moved meanwhile. */
  ((mn_part *)(void *)snapshot->parts.data)[number] = (mn_part){first, count, items, NULL};
  return true;
}

mn_status mn_snapshot_take(mn_snapshot *snapshot, mn_shared *shared, const mn_waiter *self,
                           bool deep) {
  mn_tree *tree = shared->tree;
  size_t number;
  mn_mutex_lock(&tree->mutex);
  taking t = {snapshot, self, ++tree->last_stamp, deep};
  bool done = meet(&t, shared->node, &number);
  for (size_t i = 0; done && i < count_parts(snapshot); i++) done = take_part(&t, i);
  mn_mutex_unlock(&tree->mutex);
  if (!done) mn_snapshot_drop(snapshot);
  return done ? MN_OK : MN_NOMEM;
}

void mn_snapshot_drop(mn_snapshot *snapshot) {
  size_t count = snapshot->entries.size / sizeof(mn_slot);
  for (size_t i = 0; i < count; i++) {
    mn_slot *entry = mn_snapshot_entry(snapshot, i);
    mn_cell_drop(&entry->key);
    mn_cell_drop(&entry->value);
  }
  mn_buffer_free(&snapshot->entries);
  mn_buffer_free(&snapshot->parts);
}

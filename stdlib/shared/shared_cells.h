/* shared/shared_cells.h -- keys with values: an array for 1..n and a hash table for the rest.
 * Level stdlib; never lua.h. Its owner guards it. What is stored is moved in: references go along.
 *
 * A key is in one place: an integer from 1 to `count` in the array, anything else in the hash table.
 * The array may have holes (absent cells), but its last cell is none. What failed changed nothing. */
#ifndef MN_SHARED_CELLS_H
#define MN_SHARED_CELLS_H

#include "shared/shared_cell.h"

typedef struct mn_slot {
  mn_cell key, value; /* key absent: free */
} mn_slot;

/* All zero is empty. */
typedef struct mn_cells {
  mn_cell *items;
  size_t count, item_room;
  mn_slot *slots;
  size_t slot_room; /* a power of two, or 0 */
  size_t used;      /* slots with a key */
  size_t integers;  /* of those, the ones whose key is an integer */
} mn_cells;

/* Frees the memory; what the cells refer to must have been let go. */
void mn_cells_free(mn_cells *cells);

/* The place of the key's value, or NULL. Valid until the next change. */
mn_cell *mn_cells_find_slot(const mn_cells *cells, uint64_t seed, const mn_key *key);
static inline mn_cell *mn_cells_find(const mn_cells *cells, uint64_t seed, const mn_key *key) {
  if (key->cell.head.tag == MN_CELL_INTEGER) {
    uint64_t at = (uint64_t)key->cell.body.as.integer - 1;
    if (at < cells->count) return cells->items[at].head.tag ? &cells->items[at] : NULL;
    if (cells->integers == 0) return NULL;
  }
  return cells->slot_room > 0 ? mn_cells_find_slot(cells, seed, key) : NULL;
}

/* Makes room for `more` keys, so that putting so many can't fail unless they are long strings that
 * are only borrowed. False: no memory. */
bool mn_cells_reserve(mn_cells *cells, uint64_t seed, size_t more);

/* Puts `value` (not absent); *old is what it replaced, or absent. False: no memory. */
bool mn_cells_put(mn_cells *cells, uint64_t seed, const mn_key *key, mn_cell value, mn_cell *old);

/* Takes the key out; *old is its value, or absent. */
void mn_cells_remove(mn_cells *cells, uint64_t seed, const mn_key *key, mn_cell *old);

/* Moves the items after number `at` (from 1, at most count) down by one, over that one, whose value
 * becomes *old. */
void mn_cells_shift(mn_cells *cells, size_t at, mn_cell *old);

/* A border, as of Lua's #. */
size_t mn_cells_border(const mn_cells *cells, uint64_t seed);

/* Walks all entries, items first: from *at = 0 on until NULL, which moves *at on. */
mn_cell *mn_cells_next(const mn_cells *cells, size_t *at, mn_cell *key);

static inline size_t mn_cells_total(const mn_cells *cells) {
  return cells->count + cells->used;
}

#endif

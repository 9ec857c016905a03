/* shared/shared_cells.c -- the array, and open addressing with linear probing.
 *
 * A key that is taken out leaves no mark: those after it move up. So a search ends at the first free
 * slot, however often keys came and went. */
#include "shared/shared_cells.h"

#include "base/alloc.h"

enum { FIRST_ITEMS = 4, FIRST_SLOTS = 4 };

void mn_cells_free(mn_cells *cells) {
  mn_free(cells->items);
  mn_free(cells->slots);
  *cells = (mn_cells){0};
}

/* ---- the hash table ---- */

static uint64_t hash_of(uint64_t seed, const mn_cell *key) {
  return key->head.tag == MN_CELL_TEXT ? key->body.as.text->hash : mn_hash_cell(seed, key);
}

static bool is_key(const mn_cell *cell, const mn_key *key) {
  if (key->cell.head.tag != MN_CELL_TEXT)
    return cell->words[0] == key->cell.words[0] && cell->words[1] == key->cell.words[1];
  if (cell->head.tag != MN_CELL_TEXT) return false;
  const mn_text *text = cell->body.as.text;
  return text->hash == key->hash && text->size == key->size &&
         memcmp(text->bytes, key->bytes, key->size) == 0;
}

/* The slot that has the key, or the free one where it would be. There is always a free one. */
static mn_slot *locate(const mn_cells *cells, const mn_key *key) {
  size_t mask = cells->slot_room - 1, at = (size_t)key->hash & mask;
  while (cells->slots[at].key.head.tag != MN_CELL_ABSENT && !is_key(&cells->slots[at].key, key))
    at = (at + 1) & mask;
  return &cells->slots[at];
}

mn_cell *mn_cells_find_slot(const mn_cells *cells, uint64_t seed, const mn_key *key) {
  (void)seed;
  mn_slot *slot = locate(cells, key);
  return slot->key.head.tag != MN_CELL_ABSENT ? &slot->value : NULL;
}

static bool rehash(mn_cells *cells, uint64_t seed, size_t room) {
  if (room > SIZE_MAX / sizeof(mn_slot)) return false;
  mn_slot *slots = mn_alloc_zero(room * sizeof *slots);
  if (!slots) return false;
  for (size_t i = 0; i < cells->slot_room; i++) {
    const mn_slot *slot = &cells->slots[i];
    if (slot->key.head.tag == MN_CELL_ABSENT) continue;
    size_t at = (size_t)hash_of(seed, &slot->key) & (room - 1);
    while (slots[at].key.head.tag != MN_CELL_ABSENT) at = (at + 1) & (room - 1);
    slots[at] = *slot;
  }
  mn_free(cells->slots);
  cells->slots = slots;
  cells->slot_room = room;
  return true;
}

bool mn_cells_reserve(mn_cells *cells, uint64_t seed, size_t more) {
  size_t room = cells->slot_room > 0 ? cells->slot_room : FIRST_SLOTS;
  if (more > SIZE_MAX / 4 - cells->used) return false;
  /* Never more than three quarters full. */
  while (cells->used + more > room - room / 4) room *= 2;
  return room == cells->slot_room || rehash(cells, seed, room);
}

/* The cell under which a new key is kept; false: no memory. */
static bool keep_key(const mn_key *key, mn_cell *cell) {
  *cell = key->cell;
  if (key->cell.head.tag != MN_CELL_TEXT) return true;
  if (key->cell.body.as.text) {
    (void)mn_cell_copy(cell);
    return true;
  }
  cell->body.as.text = mn_text_new(key->bytes, key->size, key->hash);
  return cell->body.as.text != NULL;
}

static bool put_slot(mn_cells *cells, uint64_t seed, const mn_key *key, mn_cell value,
                     mn_cell *old) {
  mn_slot *slot = cells->slot_room > 0 ? locate(cells, key) : NULL;
  if (slot && slot->key.head.tag != MN_CELL_ABSENT) {
    *old = slot->value;
    slot->value = value;
    return true;
  }
  if (!slot || cells->used + 1 > cells->slot_room - cells->slot_room / 4) {
    if (!mn_cells_reserve(cells, seed, 1)) return false;
    slot = locate(cells, key);
  }
  mn_cell kept;
  if (!keep_key(key, &kept)) return false;
  *slot = (mn_slot){kept, value};
  *old = mn_cell_of(MN_CELL_ABSENT);
  cells->used++;
  if (kept.head.tag == MN_CELL_INTEGER) cells->integers++;
  return true;
}

/* Frees the slot: whatever was pushed on past it by it moves up. */
static void close_gap(mn_cells *cells, uint64_t seed, mn_slot *slot) {
  size_t mask = cells->slot_room - 1, hole = (size_t)(slot - cells->slots);
  for (size_t at = (hole + 1) & mask; cells->slots[at].key.head.tag != MN_CELL_ABSENT;
       at = (at + 1) & mask) {
    size_t home = (size_t)hash_of(seed, &cells->slots[at].key) & mask;
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    cells->slots[hole] = cells->slots[at];
    hole = at;
  }
  cells->slots[hole] = (mn_slot){.key = mn_cell_of(MN_CELL_ABSENT)};
  cells->used--;
}

static void remove_slot(mn_cells *cells, uint64_t seed, const mn_key *key, mn_cell *old) {
  mn_slot *slot = cells->slot_room > 0 ? locate(cells, key) : NULL;
  *old = mn_cell_of(MN_CELL_ABSENT);
  if (!slot || slot->key.head.tag == MN_CELL_ABSENT) return;
  *old = slot->value;
  if (slot->key.head.tag == MN_CELL_INTEGER) cells->integers--;
  if (slot->key.head.tag == MN_CELL_TEXT) mn_text_unref(slot->key.body.as.text);
  close_gap(cells, seed, slot);
}

/* ---- the array ---- */

static bool grow_items(mn_cells *cells) {
  size_t room = cells->item_room > 0 ? cells->item_room * 2 : FIRST_ITEMS;
  if (room > SIZE_MAX / sizeof(mn_cell)) return false;
  mn_cell *items = mn_realloc(cells->items, room * sizeof *items);
  if (!items) return false;
  cells->items = items;
  cells->item_room = room;
  return true;
}

/* What follows the last item in the hash table moves to the array, as far as there is memory. */
static void move_followers(mn_cells *cells, uint64_t seed) {
  while (cells->integers > 0) {
    mn_key next = mn_key_of(seed, mn_cell_of_integer((int64_t)cells->count + 1));
    if (!mn_cells_find(cells, seed, &next)) return;
    if (cells->count == cells->item_room && !grow_items(cells)) return;
    remove_slot(cells, seed, &next, &cells->items[cells->count]);
    cells->count++;
  }
}

bool mn_cells_put(mn_cells *cells, uint64_t seed, const mn_key *key, mn_cell value, mn_cell *old) {
  if (key->cell.head.tag == MN_CELL_INTEGER) {
    uint64_t at = (uint64_t)key->cell.body.as.integer - 1;
    if (at < cells->count) {
      *old = cells->items[at];
      cells->items[at] = value;
      return true;
    }
    if (at == cells->count && (cells->count < cells->item_room || grow_items(cells))) {
      *old = mn_cell_of(MN_CELL_ABSENT);
      if (cells->integers > 0) remove_slot(cells, seed, key, old);
      cells->items[cells->count++] = value;
      if (cells->integers > 0) move_followers(cells, seed);
      return true;
    }
  }
  return put_slot(cells, seed, key, value, old);
}

static void trim_items(mn_cells *cells) {
  while (cells->count > 0 && cells->items[cells->count - 1].head.tag == MN_CELL_ABSENT)
    cells->count--;
}

void mn_cells_remove(mn_cells *cells, uint64_t seed, const mn_key *key, mn_cell *old) {
  if (key->cell.head.tag == MN_CELL_INTEGER) {
    uint64_t at = (uint64_t)key->cell.body.as.integer - 1;
    if (at < cells->count) {
      *old = cells->items[at];
      cells->items[at] = mn_cell_of(MN_CELL_ABSENT);
      trim_items(cells);
      return;
    }
  }
  remove_slot(cells, seed, key, old);
}

void mn_cells_shift(mn_cells *cells, size_t at, mn_cell *old) {
  *old = cells->items[at - 1];
  memmove(&cells->items[at - 1], &cells->items[at], (cells->count - at) * sizeof(mn_cell));
  cells->count--;
  trim_items(cells);
}

size_t mn_cells_border(const mn_cells *cells, uint64_t seed) {
  size_t border = cells->count;
  /* Where memory was short, what follows may have stayed in the hash table. */
  while (cells->integers > 0) {
    mn_key next = mn_key_of(seed, mn_cell_of_integer((int64_t)border + 1));
    if (!mn_cells_find(cells, seed, &next)) break;
    border++;
  }
  return border;
}

mn_cell *mn_cells_next(const mn_cells *cells, size_t *at, mn_cell *key) {
  for (; *at < cells->count; ++*at) {
    mn_cell *item = &cells->items[*at];
    if (item->head.tag == MN_CELL_ABSENT) continue;
    *key = mn_cell_of_integer((int64_t)++ * at);
    return item;
  }
  for (; *at - cells->count < cells->slot_room; ++*at) {
    mn_slot *slot = &cells->slots[*at - cells->count];
    if (slot->key.head.tag == MN_CELL_ABSENT) continue;
    ++*at;
    *key = slot->key;
    return &slot->value;
  }
  return NULL;
}

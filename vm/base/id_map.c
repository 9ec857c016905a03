/* base/id_map.c -- open addressing. What stands behind a removed entry moves up, so that there are no
 * marks to clean away. */
#include "base/id_map.h"

#include "base/alloc.h"

enum { FIRST = 16 };

/* Where the search for the number begins: addresses are multiples of 8 or 16, and the golden ratio spreads
 * them over the high bits. */
static size_t start_of(const mn_id_map *map, uint64_t id) {
  return (size_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (map->capacity - 1);
}

/* The number's entry, or the free place where it would stand. The map is never full. */
static mn_id_entry *find(const mn_id_map *map, uint64_t id) {
  size_t at = start_of(map, id);
  while (map->entries[at].value && map->entries[at].id != id) at = (at + 1) & (map->capacity - 1);
  return &map->entries[at];
}

void mn_id_map_free(mn_id_map *map) {
  mn_free(map->entries);
  *map = (mn_id_map){0};
}

void *mn_id_map_get(const mn_id_map *map, uint64_t id) {
  return map->count > 0 ? find(map, id)->value : NULL;
}

static bool grow(mn_id_map *map) {
  mn_id_map wider = {.capacity = map->capacity > 0 ? 2 * map->capacity : FIRST};
  wider.entries = mn_alloc_zero(wider.capacity * sizeof *wider.entries);
  if (!wider.entries) return false;
  for (size_t i = 0; i < map->capacity; i++)
    if (map->entries[i].value) *find(&wider, map->entries[i].id) = map->entries[i];
  wider.count = map->count;
  mn_id_map_free(map);
  *map = wider;
  return true;
}

bool mn_id_map_set(mn_id_map *map, uint64_t id, void *value) {
  if (map->count >= map->capacity - map->capacity / 4 && !grow(map)) return false;
  mn_id_entry *entry = find(map, id);
  if (!entry->value) map->count++;
  *entry = (mn_id_entry){id, value};
  return true;
}

void mn_id_map_remove(mn_id_map *map, uint64_t id) {
  if (map->count == 0) return;
  size_t mask = map->capacity - 1, hole = (size_t)(find(map, id) - map->entries);
  if (!map->entries[hole].value) return;
  map->count--;
  for (size_t at = (hole + 1) & mask; map->entries[at].value; at = (at + 1) & mask) {
    /* It may move up if its search begins at the hole or before. */
    size_t from_start = (at - start_of(map, map->entries[at].id)) & mask;
    if (from_start < ((at - hole) & mask)) continue;
    map->entries[hole] = map->entries[at];
    hole = at;
  }
  map->entries[hole] = (mn_id_entry){0};
}

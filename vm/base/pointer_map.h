/* base/pointer_map.h -- pointers to small numbers, emptied in no time.
 * Level base. Owned and used by one thread.
 *
 * Open addressing; a slot counts while its stamp is the map's, so that clearing is one increment.
 * Nothing is taken out singly. */
#ifndef MN_BASE_POINTER_MAP_H
#define MN_BASE_POINTER_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mn_pointer_slot {
  const void *key;
  uint32_t stamp;
  uint32_t value;
} mn_pointer_slot;

/* All zero is an empty map. */
typedef struct mn_pointer_map {
  mn_pointer_slot *slots; /* mn_alloc'ed; capacity is a power of two, or 0 */
  size_t capacity, used;
  uint32_t stamp;
} mn_pointer_map;

/* Doubles the room. False: no memory, the map is as it was. */
bool mn_pointer_map_grow(mn_pointer_map *map);
/* Empties the map; gives memory back when there is more than `keep` slots. */
void mn_pointer_map_clear(mn_pointer_map *map, size_t keep);
void mn_pointer_map_free(mn_pointer_map *map);

/* The slot of `key`. When it was not in the map, *fresh is true, it is now, and its value is the
 * caller's to set. NULL: no memory. Valid until the next call. */
static inline mn_pointer_slot *mn_pointer_map_at(mn_pointer_map *map, const void *key,
                                                 bool *fresh) {
  /* Never more than three quarters full, so that every search ends. */
  if (map->used >= map->capacity - map->capacity / 4 && !mn_pointer_map_grow(map)) return NULL;
  size_t mask = map->capacity - 1;
  /* Addresses are multiples of 8 or 16: the golden ratio spreads them over the high bits. */
  size_t at = (size_t)(((uint64_t)(uintptr_t)key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & mask;
  for (;; at = (at + 1) & mask) {
    mn_pointer_slot *slot = &map->slots[at];
    if (slot->stamp != map->stamp) {
      *slot = (mn_pointer_slot){key, map->stamp, 0};
      map->used++;
      *fresh = true;
      return slot;
    }
    if (slot->key == key) {
      *fresh = false;
      return slot;
    }
  }
}

#endif

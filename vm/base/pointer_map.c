/* base/pointer_map.c -- growth and clearing. */
#include "base/pointer_map.h"

#include <string.h>

#include "base/alloc.h"

enum { FIRST_CAPACITY = 64 };

bool mn_pointer_map_grow(mn_pointer_map *map) {
  mn_pointer_map bigger = {.capacity = map->capacity > 0 ? map->capacity * 2 : FIRST_CAPACITY,
                           .stamp = 1};
  bigger.slots = mn_alloc_zero(bigger.capacity * sizeof *bigger.slots);
  if (!bigger.slots) return false;
  for (size_t i = 0; i < map->capacity; i++) {
    const mn_pointer_slot *slot = &map->slots[i];
    bool fresh;
    if (slot->stamp == map->stamp)
      mn_pointer_map_at(&bigger, slot->key, &fresh)->value = slot->value;
  }
  mn_free(map->slots);
  *map = bigger;
  return true;
}

void mn_pointer_map_clear(mn_pointer_map *map, size_t keep) {
  if (map->capacity > keep) {
    mn_pointer_map_free(map);
    return;
  }
  map->used = 0;
  if (++map->stamp != 0 || !map->slots) return;
  /* Once in 2^32 times old stamps would come round again. */
  memset(map->slots, 0, map->capacity * sizeof *map->slots);
  map->stamp = 1;
}

void mn_pointer_map_free(mn_pointer_map *map) {
  mn_free(map->slots);
  *map = (mn_pointer_map){0};
}

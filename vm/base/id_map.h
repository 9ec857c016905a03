/* base/id_map.h -- 64-bit numbers to pointers.
 * Level base. Used by one thread at a time. */
#ifndef MN_BASE_ID_MAP_H
#define MN_BASE_ID_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mn_id_entry {
  uint64_t id;
  void *value; /* NULL: a free place */
} mn_id_entry;

/* All zero is an empty map. */
typedef struct mn_id_map {
  mn_id_entry *entries; /* mn_alloc'ed; capacity is a power of two, or 0 */
  size_t capacity, count;
} mn_id_map;

void mn_id_map_free(mn_id_map *map);

/* NULL: the number is not in the map. */
void *mn_id_map_get(const mn_id_map *map, uint64_t id);

/* Enters or replaces; `value` is not NULL. False: no memory, the map is as it was. */
bool mn_id_map_set(mn_id_map *map, uint64_t id, void *value);

void mn_id_map_remove(mn_id_map *map, uint64_t id);

#endif

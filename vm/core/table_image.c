/* core/table_image.c -- Lua's tables as of 5.4.9. */
#include "core/table_image.h"

#ifndef MOONS_SYSTEM_LUA

#include <lobject.h>
#include <ltable.h>
#include <string.h>

#include "base/alloc.h"

/* Comparing must cost less than doing without. */
enum { IMAGE_MOST = 16 * 1024 };

/* Where a table's content was, followed by copies of it: the array, the nodes. */
typedef struct part {
  const Table *table, *metatable;
  const TValue *items;
  const Node *nodes;
  size_t items_size, nodes_size;
} part;

struct mn_table_image {
  size_t size; /* of the parts */
  unsigned char parts[];
};

static part part_of(const Table *t) {
  return (part){.table = t,
                .metatable = t->metatable,
                .items = t->array,
                .nodes = t->node,
                .items_size = luaH_realasize(t) * sizeof(TValue),
                .nodes_size = isdummy(t) ? 0 : (size_t)sizenode(t) * sizeof(Node)};
}

static const Table *table_at(lua_State *L, int tables, lua_Integer at) {
  lua_rawgeti(L, tables, at);
  const Table *t = lua_topointer(L, -1);
  lua_pop(L, 1);
  return t;
}

/* Adds a part where there is room; how long it is. */
static size_t add_part(const Table *t, unsigned char *to) {
  part p = part_of(t);
  if (to) {
    memcpy(to, &p, sizeof p);
    if (p.items_size > 0) memcpy(to + sizeof p, p.items, p.items_size);
    if (p.nodes_size > 0) memcpy(to + sizeof p + p.items_size, p.nodes, p.nodes_size);
  }
  return sizeof p + p.items_size + p.nodes_size;
}

mn_table_image *mn_table_image_new(lua_State *L, int tables, lua_Integer count, int step) {
  size_t size = 0;
  for (lua_Integer i = 0; i < count && size <= IMAGE_MOST; i++)
    size += add_part(table_at(L, tables, 1 + i * step), NULL);
  mn_table_image *image = size <= IMAGE_MOST ? mn_alloc(sizeof *image + size) : NULL;
  if (!image) return NULL;
  image->size = 0;
  for (lua_Integer i = 0; i < count; i++)
    image->size += add_part(table_at(L, tables, 1 + i * step), image->parts + image->size);
  return image;
}

void mn_table_image_free(mn_table_image *image) {
  mn_free(image);
}

bool mn_table_image_is_true(const mn_table_image *image) {
  if (!image) return false;
  for (const unsigned char *at = image->parts; at < image->parts + image->size;) {
    part then, now;
    memcpy(&then, at, sizeof then);
    now = part_of(then.table);
    if (memcmp(&then, &now, sizeof now) != 0) return false;
    at += sizeof then;
    if (then.items_size > 0 && memcmp(at, then.items, then.items_size) != 0) return false;
    at += then.items_size;
    if (then.nodes_size > 0 && memcmp(at, then.nodes, then.nodes_size) != 0) return false;
    at += then.nodes_size;
  }
  return true;
}

#else

#include <stddef.h>

mn_table_image *mn_table_image_new(lua_State *L, int tables, lua_Integer count, int step) {
  (void)L, (void)tables, (void)count, (void)step;
  return NULL;
}

void mn_table_image_free(mn_table_image *image) {
  (void)image;
}

bool mn_table_image_is_true(const mn_table_image *image) {
  (void)image;
  return false;
}

#endif

/* embed/values.c -- lists of values. */
#include "embed/values.h"

#include <string.h>

#include "base/alloc.h"
#include "embed/hosted.h"

enum { BLOCK_BYTES = 1024 };

typedef struct mn_block {
  struct mn_block *next;
  size_t used, size;
  char bytes[];
} mn_block;

/* ---- single values ---- */

moons_value moons_nil(void) {
  return (moons_value){.type = MOONS_NIL};
}

moons_value moons_boolean(int boolean) {
  return (moons_value){.type = MOONS_BOOLEAN, .as.boolean = boolean != 0};
}

moons_value moons_integer(int64_t integer) {
  return (moons_value){.type = MOONS_INTEGER, .as.integer = integer};
}

moons_value moons_number(double number) {
  return (moons_value){.type = MOONS_NUMBER, .as.number = number};
}

moons_value moons_bytes(const char *bytes, size_t size) {
  if (size > 0 && mn_is_missing(bytes)) return moons_nil();
  return (moons_value){.type = MOONS_STRING, .as.string = {bytes ? bytes : "", size}};
}

moons_value moons_string(const char *text) {
  return text ? moons_bytes(text, strlen(text)) : moons_nil();
}

moons_value moons_pointer(void *pointer) {
  return (moons_value){.type = MOONS_POINTER, .as.pointer = pointer};
}

moons_value moons_of_table(moons_table *table) {
  return table ? (moons_value){.type = MOONS_TABLE, .as.table = table} : moons_nil();
}

moons_value moons_of_object(moons_object *object) {
  return object ? (moons_value){.type = MOONS_OBJECT, .as.object = object} : moons_nil();
}

/* ---- the list ---- */

moons_status moons_values_new(moons_values **values) {
  if (mn_is_missing(values)) return MOONS_INVALID;
  moons_values *made = mn_alloc(sizeof *made);
  if (!made) return MOONS_NO_MEMORY;
  memset(made, 0, offsetof(moons_values, in_place));
  made->kind = MN_KIND_VALUES;
  made->items = made->in_place;
  made->room = MN_VALUES_INLINE;
  *values = made;
  return MOONS_OK;
}

static void free_tables(moons_values *values) {
  for (moons_table *table = values->tables, *next; table; table = next) {
    next = table->next;
    mn_bury(table);
    mn_free(table->items);
    mn_free(table->pairs);
    mn_free(table->slots);
    mn_free(table);
  }
}

static void free_objects(moons_values *values) {
  for (moons_object *object = values->objects, *next; object; object = next) {
    moons_runtime *runtime = object->runtime;
    next = object->next;
    mn_bury(object);
    mn_handle_unref(object->handle);
    mn_free(object);
    mn_embed_unref(runtime);
  }
}

void moons_values_free(moons_values *values) {
  if (mn_is_bad_or_null(values)) return;
  mn_bury(values);
  free_tables(values);
  free_objects(values);
  for (mn_block *block = values->blocks, *next; block; block = next) {
    next = block->next;
    mn_free(block);
  }
  if (values->items != values->in_place) mn_free(values->items);
  mn_free(values);
}

size_t moons_values_count(const moons_values *values) {
  return mn_is_bad(values) ? 0 : values->count;
}

moons_value moons_values_at(const moons_values *values, size_t index) {
  return !mn_is_bad(values) && index < values->count ? values->items[index] : moons_nil();
}

/* Makes room for one more of `size` bytes each. */
static bool grow(void **items, size_t count, size_t *room, size_t size) {
  if (count < *room) return true;
  size_t more = *room > 0 ? *room * 2 : 8;
  void *moved = mn_realloc(*items, more * size);
  if (!moved) return false;
  *items = moved;
  *room = more;
  return true;
}

/* ---- what is in it ---- */

const char *mn_values_keep(moons_values *values, const char *bytes, size_t size) {
  mn_block *block = values->blocks;
  if (!block || block->size - block->used <= size) {
    size_t room = size < BLOCK_BYTES / 4 ? BLOCK_BYTES : size + 1;
    if (size >= SIZE_MAX - sizeof *block || !(block = mn_alloc(sizeof *block + room))) return NULL;
    *block = (mn_block){.next = values->blocks, .size = room};
    values->blocks = block;
  }
  char *kept = block->bytes + block->used;
  if (size > 0) memcpy(kept, bytes, size);
  kept[size] = '\0';
  block->used += size + 1;
  return kept;
}

moons_status mn_values_add_object(moons_values *values, moons_runtime *runtime, mn_handle *handle,
                                  moons_value *value) {
  moons_object *object = mn_alloc(sizeof *object);
  if (!object) return MOONS_NO_MEMORY;
  *object =
      (moons_object){MN_KIND_LISTED, mn_embed_ref(runtime), mn_handle_ref(handle), values->objects};
  values->objects = object;
  *value = moons_of_object(object);
  return MOONS_OK;
}

/* Makes of the caller's value one that goes with the list. */
static moons_status adopt(moons_values *values, moons_value *value, const char *call) {
  switch (value->type) {
    case MOONS_NIL:
    case MOONS_BOOLEAN:
    case MOONS_INTEGER:
    case MOONS_NUMBER:
    case MOONS_POINTER:
    case MOONS_OTHER: return MOONS_OK;
    case MOONS_STRING: {
      const char *bytes = mn_values_keep(values, value->as.string.bytes, value->as.string.size);
      if (!bytes) return MOONS_NO_MEMORY;
      value->as.string.bytes = bytes;
      return MOONS_OK;
    }
    case MOONS_TABLE:
      if (mn_is_no(value->as.table, MN_KIND_TABLE, call, "value")) return MOONS_INVALID;
      if (value->as.table->owner == values) return MOONS_OK;
      (void)mn_misuse(call, "value", "is a table of another list");
      return MOONS_INVALID;
    case MOONS_OBJECT: {
      const moons_object *object = value->as.object;
      if (mn_is_no(object, MN_KIND_OBJECT, call, "value")) return MOONS_INVALID;
      return mn_values_add_object(values, object->runtime, object->handle, value);
    }
  }
  return MOONS_INVALID;
}

/* The first time they grow they leave their place. */
static bool grow_items(moons_values *values) {
  bool in_place = values->items == values->in_place;
  void *items = in_place ? NULL : values->items;
  if (!grow(&items, values->count, &values->room, sizeof *values->items)) return false;
  if (in_place) memcpy(items, values->in_place, sizeof values->in_place);
  values->items = items;
  return true;
}

bool mn_values_push(moons_values *values, moons_value value) {
  if (values->count == values->room && !grow_items(values)) return false;
  values->items[values->count++] = value;
  return true;
}

moons_status moons_values_append(moons_values *values, moons_value value) {
  if (mn_is_bad(values)) return MOONS_INVALID;
  moons_status status = adopt(values, &value, __func__);
  if (status != MOONS_OK) return status;
  return mn_values_push(values, value) ? MOONS_OK : MOONS_NO_MEMORY;
}

moons_status moons_table_new(moons_values *values, moons_table **table) {
  if (mn_is_bad(values) || mn_is_missing(table)) return MOONS_INVALID;
  moons_table *made = mn_alloc_zero(sizeof *made);
  if (!made) return MOONS_NO_MEMORY;
  made->kind = MN_KIND_TABLE;
  made->owner = values;
  made->next = values->tables;
  values->tables = made;
  *table = made;
  return MOONS_OK;
}

/* ---- keys ---- */

/* A float that is an integer is that integer, as a key. */
static bool is_key(moons_value *key) {
  if (key->type == MOONS_NUMBER) {
    double number = key->as.number;
    if (number != number) return false;
    if (number >= -0x1p63 && number < 0x1p63 && (double)(int64_t)number == number)
      *key = moons_integer((int64_t)number);
  }
  return key->type != MOONS_NIL && key->type != MOONS_OTHER;
}

static bool is_same(moons_value a, moons_value b) {
  if (a.type != b.type) return false;
  switch (a.type) {
    case MOONS_BOOLEAN: return a.as.boolean == b.as.boolean;
    case MOONS_INTEGER: return a.as.integer == b.as.integer;
    case MOONS_NUMBER: return a.as.number == b.as.number;
    case MOONS_POINTER: return a.as.pointer == b.as.pointer;
    case MOONS_TABLE: return a.as.table == b.as.table;
    case MOONS_OBJECT: return a.as.object->handle == b.as.object->handle;
    case MOONS_STRING:
      return a.as.string.size == b.as.string.size &&
             memcmp(a.as.string.bytes, b.as.string.bytes, a.as.string.size) == 0;
    case MOONS_NIL:
    case MOONS_OTHER: break;
  }
  return false;
}

static uint64_t mix(uint64_t word) {
  word = (word ^ (word >> 31)) * 0x9e3779b97f4a7c15u;
  return word ^ (word >> 29);
}

static uint64_t hash(moons_value key) {
  uint64_t word = 0xcbf29ce484222325u;
  switch (key.type) {
    case MOONS_STRING:
      for (size_t i = 0; i < key.as.string.size; i++)
        word = (word ^ (unsigned char)key.as.string.bytes[i]) * 0x100000001b3u;
      return mix(word);
    case MOONS_BOOLEAN: return mix((uint64_t)key.as.boolean + 1);
    case MOONS_OBJECT: return mix((uint64_t)(uintptr_t)key.as.object->handle);
    case MOONS_NUMBER: memcpy(&word, &key.as.number, sizeof word); return mix(word);
    case MOONS_POINTER: return mix((uint64_t)(uintptr_t)key.as.pointer);
    case MOONS_TABLE: return mix((uint64_t)(uintptr_t)key.as.table);
    default: return mix((uint64_t)key.as.integer);
  }
}

/* Where the key is in `slots`, or would be; there is a free one. */
static size_t slot_of(const moons_table *table, moons_value key) {
  size_t at = (size_t)hash(key) & (table->slot_count - 1);
  while (table->slots[at] != 0 && !is_same(table->pairs[table->slots[at] - 1].key, key))
    at = (at + 1) & (table->slot_count - 1);
  return at;
}

static mn_pair *find(const moons_table *table, moons_value key) {
  if (table->slot_count == 0) return NULL;
  uint32_t slot = table->slots[slot_of(table, key)];
  return slot > 0 ? &table->pairs[slot - 1] : NULL;
}

/* Room for one more key, half of the slots staying free. */
static bool make_room(moons_table *table) {
  if (!grow((void **)&table->pairs, table->used, &table->pair_room, sizeof *table->pairs))
    return false;
  if ((table->used + 1) * 2 <= table->slot_count) return true;
  size_t count = table->slot_count > 0 ? table->slot_count * 2 : 16;
  if (count > UINT32_MAX) return false;
  uint32_t *slots = mn_alloc_zero(count * sizeof *slots);
  if (!slots) return false;
  mn_free(table->slots);
  table->slots = slots;
  table->slot_count = count;
  for (size_t i = 0; i < table->used; i++)
    slots[slot_of(table, table->pairs[i].key)] = (uint32_t)i + 1;
  return true;
}

/* ---- tables ---- */

static moons_status set_pair(moons_table *table, moons_value key, moons_value value) {
  mn_pair *pair = find(table, key);
  if (!pair && value.type == MOONS_NIL) return MOONS_OK;
  if (!pair) {
    if (!make_room(table)) return MOONS_NO_MEMORY;
    table->slots[slot_of(table, key)] = (uint32_t)table->used + 1;
    pair = &table->pairs[table->used++];
    *pair = (mn_pair){.key = key, .value = moons_nil()};
  }
  if (pair->value.type != MOONS_NIL) table->alive--;
  if (value.type != MOONS_NIL) table->alive++;
  pair->value = value;
  return MOONS_OK;
}

/* The keys that follow the last item become items. */
static bool take_followers(moons_table *table) {
  mn_pair *pair;
  while (table->alive > 0 &&
         (pair = find(table, moons_integer((int64_t)table->length + 1))) != NULL &&
         pair->value.type != MOONS_NIL) {
    if (!grow((void **)&table->items, table->length, &table->room, sizeof *table->items))
      return false;
    table->items[table->length++] = pair->value;
    pair->value = moons_nil();
    table->alive--;
  }
  return true;
}

static moons_status append(moons_table *table, moons_value value) {
  if (!grow((void **)&table->items, table->length, &table->room, sizeof value))
    return MOONS_NO_MEMORY;
  table->items[table->length++] = value;
  return take_followers(table) ? MOONS_OK : MOONS_NO_MEMORY;
}

/* t[key] = nil, for an item: those behind it are none any more. */
static moons_status cut(moons_table *table, size_t key) {
  for (size_t i = table->length; i > key; i--) {
    moons_status status = set_pair(table, moons_integer((int64_t)i), table->items[i - 1]);
    if (status != MOONS_OK) return status;
    table->length = i - 1;
  }
  table->length = key - 1;
  return MOONS_OK;
}

moons_status mn_table_put(moons_table *table, moons_value key, moons_value value) {
  if (!is_key(&key)) return MOONS_INVALID;
  uint64_t number = key.type == MOONS_INTEGER ? (uint64_t)key.as.integer : 0;
  if (number == 0 || number > table->length + 1) return set_pair(table, key, value);
  if (number == table->length + 1) return value.type == MOONS_NIL ? MOONS_OK : append(table, value);
  if (value.type == MOONS_NIL) return cut(table, (size_t)number);
  table->items[number - 1] = value;
  return MOONS_OK;
}

static moons_status adopt_pair(moons_table *table, moons_value key, moons_value value,
                               const char *call) {
  moons_status status = adopt(table->owner, &value, call);
  bool is_new = status == MOONS_OK && is_key(&key) && !find(table, key);
  if (is_new) status = adopt(table->owner, &key, call);
  return status == MOONS_OK ? mn_table_put(table, key, value) : status;
}

moons_status moons_table_set(moons_table *table, moons_value key, moons_value value) {
  return mn_is_bad(table) ? MOONS_INVALID : adopt_pair(table, key, value, __func__);
}

moons_status moons_table_append(moons_table *table, moons_value value) {
  if (mn_is_bad(table) || value.type == MOONS_NIL) return MOONS_INVALID;
  return adopt_pair(table, moons_integer((int64_t)table->length + 1), value, __func__);
}

static moons_value get(const moons_table *table, moons_value key) {
  if (!is_key(&key)) return moons_nil();
  if (key.type == MOONS_INTEGER && key.as.integer >= 1 && (uint64_t)key.as.integer <= table->length)
    return table->items[key.as.integer - 1];
  const mn_pair *pair = find(table, key);
  return pair ? pair->value : moons_nil();
}

moons_value moons_table_get(const moons_table *table, moons_value key) {
  return mn_is_bad(table) ? moons_nil() : get(table, key);
}

moons_value moons_table_field(const moons_table *table, const char *name) {
  return mn_is_bad(table) || mn_is_missing(name) ? moons_nil() : get(table, moons_string(name));
}

size_t moons_table_length(const moons_table *table) {
  return mn_is_bad(table) ? 0 : table->length;
}

size_t moons_table_count(const moons_table *table) {
  return mn_is_bad(table) ? 0 : table->length + table->alive;
}

int moons_table_next(const moons_table *table, size_t *at, moons_value *key, moons_value *value) {
  if (mn_is_bad(table) || mn_is_missing(at) || mn_is_missing(key) || mn_is_missing(value)) return 0;
  if (*at < table->length) {
    *value = table->items[*at];
    *key = moons_integer((int64_t)++ * at);
    return 1;
  }
  size_t i = *at - table->length;
  while (i < table->used && table->pairs[i].value.type == MOONS_NIL) i++;
  *at = table->length + i + 1;
  if (i >= table->used) return 0;
  *key = table->pairs[i].key;
  *value = table->pairs[i].value;
  return 1;
}

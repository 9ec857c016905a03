/* core/classes.c -- the two maps of a state: tables to classes, and numbers to tables. Both are weak,
 * so a class is forgotten with its table. What a class remembers for comparison may refer to the
 * table itself; the map's keys being weak, that keeps nothing alive. */
#include "core/classes.h"

#include <lauxlib.h>
#include <stdatomic.h>

#include "base/alloc.h"
#include "core/inside.h"
#include "core/registry.h"
#include "os/os.h"

static const char CLASSES_KEY, TABLES_KEY, METATABLE_KEY;

/* ---- snapshots ---- */

static void destroy_snapshot(mn_handle *object) {
  mn_snapshot *snapshot = (mn_snapshot *)object;
  mn_message_drop(&snapshot->message);
  mn_free(snapshot);
}

const mn_type mn_snapshot_type = {.name = "class", .destroy = destroy_snapshot};

mn_snapshot *mn_snapshot_new(mn_message *message) {
  mn_snapshot *snapshot = mn_alloc(sizeof *snapshot);
  if (!snapshot) return NULL;
  mn_handle_init(&snapshot->handle, &mn_snapshot_type);
  snapshot->message = *message;
  *message = (mn_message){0};
  return snapshot;
}

/* ---- the maps ---- */

static int l_class_gc(lua_State *L) {
  if (!mn_is_finalizing(L)) return 0;
  mn_class *class_ = lua_touserdata(L, 1);
  mn_snapshot *snapshot = class_->snapshot;
  class_->snapshot = NULL;
  if (snapshot) mn_handle_unref(&snapshot->handle);
  mn_table_image_free(class_->image);
  class_->image = NULL;
  return 0;
}

/* Pushes the class's userdata, or nil. */
static mn_class *push_class(lua_State *L, int index) {
  index = lua_absindex(L, index);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &CLASSES_KEY) == LUA_TTABLE) {
    lua_pushvalue(L, index);
    lua_rawget(L, -2);
    lua_remove(L, -2);
  }
  return lua_touserdata(L, -1);
}

mn_class *mn_class_find(lua_State *L, int index) {
  mn_stack_need(L, LUA_MINSTACK);
  mn_class *class_ = push_class(L, index);
  lua_pop(L, 1);
  return class_;
}

/* Where the numbers of this process begin: far from those of others, with whose states classes may be
 * shared, too. */
static uint64_t first_id(void) {
  uint64_t random;
  if (mn_os_random(&random, sizeof random) != MN_OK) random = (uint64_t)mn_clock() << 20;
  return ((random >> 1) & ~(uint64_t)UINT32_MAX) | 1;
}

static uint64_t new_id(void) {
  /* A number must be unique, because tables are told by it in all states. relaxed: only the numbers
   * themselves matter. */
  static _Atomic uint64_t last;
  uint64_t none = 0;
  if (atomic_load_explicit(&last, memory_order_relaxed) == 0)
    (void)atomic_compare_exchange_strong(&last, &none, first_id());
  return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

mn_class *mn_class_register(lua_State *L, int index, uint64_t id) {
  mn_stack_need(L, LUA_MINSTACK);
  index = lua_absindex(L, index);
  mn_registry_push_weak(L, &TABLES_KEY, "v");
  mn_registry_push_weak(L, &CLASSES_KEY, "k");
  lua_pushvalue(L, index);
  mn_class *class_ = lua_newuserdatauv(L, sizeof *class_, 1);
  *class_ = (mn_class){id != 0 ? id : new_id(), NULL, NULL};
  mn_registry_push_metatable(L, &METATABLE_KEY, l_class_gc);
  lua_setmetatable(L, -2);
  lua_rawset(L, -3);
  mn_table_set_class(L, index);
  lua_pushvalue(L, index);
  lua_rawseti(L, -3, (lua_Integer)class_->id);
  lua_pop(L, 2);
  return class_;
}

bool mn_class_push(lua_State *L, uint64_t id) {
  mn_stack_need(L, LUA_MINSTACK);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &TABLES_KEY) != LUA_TTABLE) {
    lua_pop(L, 1);
    return false;
  }
  if (lua_rawgeti(L, -1, (lua_Integer)id) != LUA_TTABLE) {
    lua_pop(L, 2);
    return false;
  }
  lua_remove(L, -2);
  return true;
}

/* ---- comparing ----
 * The uservalue of a class with a snapshot: for each part its table, a copy of that, and its
 * metatable or false. */
enum { NOTES_PER_PART = 3 };

static void push_metatable_of(lua_State *L, int index) {
  if (!lua_getmetatable(L, index)) lua_pushboolean(L, false);
}

/* True when part number `part` of the notes at `notes` is as it was. */
static bool is_part_same(lua_State *L, int notes, lua_Integer part) {
  lua_Integer at = part * NOTES_PER_PART;
  lua_rawgeti(L, notes, at + 1);
  lua_rawgeti(L, notes, at + 2);
  lua_rawgeti(L, notes, at + 3);
  int table = lua_gettop(L) - 2;
  push_metatable_of(L, table);
  bool same = lua_rawequal(L, -1, table + 2) && mn_table_is_same(L, table, table + 1);
  lua_settop(L, table - 1);
  return same;
}

/* Makes the image of what the notes at `notes` say, which keep alive what is in the tables. */
static void renew_image(lua_State *L, int index, mn_class *class_, int notes, lua_Integer parts) {
  mn_table_image_free(class_->image);
  class_->image = NULL;
  lua_pushliteral(L, "__transfer");
  bool has_hook = lua_rawget(L, index) != LUA_TNIL;
  lua_pop(L, 1);
  if (!has_hook) class_->image = mn_table_image_new(L, notes, parts, NOTES_PER_PART);
}

bool mn_class_is_current(lua_State *L, int index, mn_class *class_) {
  if (!class_->snapshot) return false;
  if (mn_table_image_is_true(class_->image)) return true;
  mn_stack_need(L, LUA_MINSTACK);
  push_class(L, index);
  bool same = lua_getiuservalue(L, -1, 1) == LUA_TTABLE;
  int notes = lua_gettop(L);
  lua_Integer parts = same ? (lua_Integer)lua_rawlen(L, notes) / NOTES_PER_PART : 0;
  for (lua_Integer i = 0; same && i < parts; i++) same = is_part_same(L, notes, i);
  if (same) renew_image(L, index, class_, notes, parts);
  lua_pop(L, 2);
  return same;
}

/* Pushes a table with the same entries. */
static void push_copy(lua_State *L, int from) {
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, from);) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
}

void mn_class_set_snapshot(lua_State *L, int index, mn_class *class_, mn_snapshot *snapshot,
                           int parts) {
  mn_snapshot *old = class_->snapshot;
  class_->snapshot = snapshot; /* owned, and the old notes gone, before anything can throw */
  if (old) mn_handle_unref(&old->handle);
  mn_table_image_free(class_->image);
  class_->image = NULL;
  push_class(L, index);
  int object = lua_gettop(L);
  lua_pushnil(L);
  lua_setiuservalue(L, object, 1); /* without notes it counts as changed */
  lua_Integer count = (lua_Integer)lua_rawlen(L, parts);
  lua_createtable(L, (int)count * NOTES_PER_PART, 0);
  for (lua_Integer i = 0; i < count; i++) {
    lua_Integer at = i * NOTES_PER_PART;
    lua_rawgeti(L, parts, i + 1);
    push_copy(L, object + 2);
    lua_rawseti(L, object + 1, at + 2);
    push_metatable_of(L, object + 2);
    lua_rawseti(L, object + 1, at + 3);
    lua_rawseti(L, object + 1, at + 1);
  }
  lua_pushvalue(L, object + 1);
  lua_setiuservalue(L, object, 1);
  renew_image(L, index, class_, object + 1, count);
  lua_pop(L, 2);
}

/* core/plain.c -- plain data, read from Lua's structures as of 5.4.9 (core/plain_api.c: without that).
 *
 * Nothing here allocates from Lua or runs Lua code, so nothing is collected or moved meanwhile, and
 * addresses can be kept. What it writes is what encode_value.c would write. An object is data as well
 * when its class has been encoded before, and has not been touched since. */
#include "core/plain.h"

#ifndef MOONS_SYSTEM_LUA

#include <lgc.h>
#include <lobject.h>
#include <lstate.h>
#include <lstring.h>
#include <ltable.h>
#include <ltm.h>

#include "core/binding.h"
#include "core/classes.h"
#include "core/inside.h"
#include "core/modules.h"

/* A table whose content is put off; kept in the encoder's `later`. */
typedef struct later_table {
  const Table *table;
  uint32_t number;
} later_table;

static mn_plain done_if(bool done) {
  return done ? MN_PLAIN_DONE : MN_PLAIN_FAILED;
}

static mn_plain add_table(mn_encoder *e, const Table *t);

/* Handles are data, where they travel as they are; other userdata are not. */
static mn_plain add_userdata(mn_encoder *e, const TValue *value) {
  lua_State *L = e->L;
  setobj2s(L, L->top.p, value);
  L->top.p++;
  mn_handle *object = mn_to_handle(L, -1);
  L->top.p--;
  if (!object || object->type->pack) return MN_PLAIN_HARD;
  return done_if(mn_encoder_object(e, object));
}

static inline mn_plain add_value(mn_encoder *e, const TValue *value) {
  switch (ttypetag(value)) {
    case LUA_VNUMINT: return done_if(mn_put_integer(e, ivalue(value)));
    case LUA_VSHRSTR:
    case LUA_VLNGSTR:
      return done_if(mn_put_string(e, getstr(tsvalue(value)), tsslen(tsvalue(value))));
    case LUA_VTABLE: return add_table(e, hvalue(value));
    case LUA_VNUMFLT: return done_if(mn_put_float(e, fltvalue(value)));
    case LUA_VFALSE: return done_if(mn_put_byte(e, MN_TAG_FALSE));
    case LUA_VTRUE: return done_if(mn_put_byte(e, MN_TAG_TRUE));
    case LUA_VLIGHTUSERDATA: return done_if(mn_put_light(e, pvalue(value)));
    case LUA_VUSERDATA: return add_userdata(e, value);
    default: break;
  }
  return ttisnil(value) ? done_if(mn_put_byte(e, MN_TAG_NIL)) : MN_PLAIN_HARD;
}

/* How many slots of the array are in use, up to the last. */
static size_t count_items(const Table *t) {
  size_t count = luaH_realasize(t);
  while (count > 0 && isempty(&t->array[count - 1])) count--;
  return count;
}

/* A table with this key is a class, or would like to be one. */
static bool is_class_key(const mn_encoder *e, const Node *node) {
  return keyisshrstr(node) && keystrval(node) == G(e->L)->tmname[TM_INDEX];
}

static mn_plain add_pairs(mn_encoder *e, const Table *t, size_t *pairs) {
  size_t size = isdummy(t) ? 0 : (size_t)sizenode(t);
  for (size_t i = 0; i < size; i++) {
    const Node *node = gnode(t, i);
    if (isempty(gval(node))) continue;
    if (is_class_key(e, node)) return MN_PLAIN_HARD;
    TValue key;
    getnodekey(e->L, &key, node);
    mn_plain result = add_value(e, &key);
    if (result == MN_PLAIN_DONE) result = add_value(e, gval(node));
    if (result != MN_PLAIN_DONE) return result;
    ++*pairs;
  }
  return MN_PLAIN_DONE;
}

static void push_table(lua_State *L, const Table *t) {
  sethvalue2s(L, L->top.p, (Table *)(uintptr_t)t);
  L->top.p++;
}

/* The class of the objects whose metatable that is. NULL: there is more to it. */
static mn_class *find_class(lua_State *L, const Table *metatable) {
  if (!mn_modules_are_noticed(L)) return NULL;
  push_table(L, metatable);
  mn_class *class_ = mn_class_find(L, -1);
  if (class_ && (!mn_class_is_untouched(class_) || mn_module_may_have_name(L, -1))) class_ = NULL;
  L->top.p--;
  return class_;
}

static mn_plain add_metatable(mn_encoder *e, const Table *metatable) {
  bool fresh;
  uint32_t handle;
  if (!(metatable->flags & MN_TABLE_IS_CLASS)) return MN_PLAIN_HARD;
  mn_pointer_slot *slot = mn_pointer_map_at(&e->seen, metatable, &fresh);
  if (!slot) {
    e->failure = MN_FAILED_MEMORY;
    return MN_PLAIN_FAILED;
  }
  if (!fresh) return done_if(mn_put_ref(e, slot->value));
  mn_class *class_ = find_class(e->L, metatable);
  if (!class_ || e->objects == UINT32_MAX) return MN_PLAIN_HARD;
  slot->value = e->objects++;
  return done_if(mn_encoder_handle(e, &class_->snapshot->handle, &handle) &&
                 mn_put_tagged(e, MN_TAG_CLASS_REF, &class_->id, sizeof class_->id) &&
                 mn_put_count(e, handle));
}

/* Objects that are modules have a name. */
static bool may_have_name(lua_State *L, const Table *t) {
  push_table(L, t);
  bool may_have = mn_module_may_have_name(L, -1);
  L->top.p--;
  return may_have;
}

static mn_plain add_body(mn_encoder *e, const Table *t) {
  size_t at, items = count_items(t), pairs = 0;
  mn_plain result = done_if(mn_put_table(e, t->metatable != NULL, &at));
  e->depth++;
  for (size_t i = 0; i < items && result == MN_PLAIN_DONE; i++) result = add_value(e, &t->array[i]);
  if (result == MN_PLAIN_DONE) result = add_pairs(e, t, &pairs);
  if (result == MN_PLAIN_DONE) result = done_if(mn_put_table_counts(e, at, items, pairs));
  if (result == MN_PLAIN_DONE && t->metatable) result = add_metatable(e, t->metatable);
  if (result == MN_PLAIN_DONE) e->depth--;
  return result;
}

static mn_plain put_off(mn_encoder *e, const Table *t, uint32_t number) {
  later_table item = {t, number};
  e->flags |= MN_MESSAGE_HAS_REFS;
  return done_if(mn_put_byte(e, MN_TAG_TABLE_LATER) &&
                 mn_encoder_add(e, &e->later, &item, sizeof item));
}

static mn_plain add_table(mn_encoder *e, const Table *t) {
  bool fresh;
  if (t->flags & MN_TABLE_IS_CLASS) return MN_PLAIN_HARD;
  mn_pointer_slot *slot = mn_pointer_map_at(&e->seen, t, &fresh);
  if (!slot) {
    e->failure = MN_FAILED_MEMORY;
    return MN_PLAIN_FAILED;
  }
  if (!fresh) return done_if(mn_put_ref(e, slot->value));
  if (e->objects == UINT32_MAX) return MN_PLAIN_HARD;
  if (t->metatable && may_have_name(e->L, t)) return MN_PLAIN_HARD;
  slot->value = e->objects++;
  if (e->depth >= MN_DEPTH_LATER) return put_off(e, t, slot->value);
  return add_body(e, t);
}

static mn_plain add_later(mn_encoder *e) {
  mn_plain result = MN_PLAIN_DONE;
  while (result == MN_PLAIN_DONE && e->later.size > 0) {
    e->later.size -= sizeof(later_table);
    later_table item = *(later_table *)(void *)(e->later.data + e->later.size);
    result = mn_put_tagged_count(e, MN_TAG_BODY, item.number) ? add_body(e, item.table)
                                                              : MN_PLAIN_FAILED;
  }
  return result;
}

mn_plain mn_encode_plain(mn_encoder *e, int first, int count) {
  lua_State *L = e->L;
  /* So much that nothing called from here has to make room, and maybe throw. */
  mn_plain result = lua_checkstack(L, 2 * LUA_MINSTACK) ? MN_PLAIN_DONE : MN_PLAIN_HARD;
  for (int i = 0; i < count && result == MN_PLAIN_DONE; i++)
    result = add_value(e, s2v(L->ci->func.p + first + i));
  return result == MN_PLAIN_DONE ? add_later(e) : result;
}

#endif

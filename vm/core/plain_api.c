/* core/plain_api.c -- plain data, read by Lua's public API: where Lua is the system's (MOONS_SYSTEM_LUA).
 *
 * As in plain.c nothing here allocates from Lua, runs Lua code or throws: what is called does not, once
 * there is room on the stack. What lies deep, what has a metatable and what is a class is left to the
 * general road. What this writes is what that would write. */
#include "core/plain.h"

#ifdef MOONS_SYSTEM_LUA

#include "core/binding.h"
#include "core/classes.h"

/* For a level of nesting: its key and value, and what is called for them. */
enum { ROOM = 2 * LUA_MINSTACK };

static mn_plain add_table(mn_encoder *e, int index);

static mn_plain done_if(bool done) {
  return done ? MN_PLAIN_DONE : MN_PLAIN_FAILED;
}

static mn_plain add_number(mn_encoder *e, int index) {
  if (lua_isinteger(e->L, index)) return done_if(mn_put_integer(e, lua_tointeger(e->L, index)));
  return done_if(mn_put_float(e, lua_tonumber(e->L, index)));
}

static mn_plain add_string(mn_encoder *e, int index) {
  size_t size;
  const char *text = lua_tolstring(e->L, index, &size);
  return done_if(mn_put_string(e, text, size));
}

/* Handles are data, where they travel as they are; other userdata are not. */
static mn_plain add_userdata(mn_encoder *e, int index) {
  mn_handle *object = mn_to_handle(e->L, index);
  if (!object || object->type->pack) return MN_PLAIN_HARD;
  return done_if(mn_encoder_object(e, object));
}

static mn_plain add_value(mn_encoder *e, int index) {
  lua_State *L = e->L;
  switch (lua_type(L, index)) {
    case LUA_TNUMBER: return add_number(e, index);
    case LUA_TSTRING: return add_string(e, index);
    case LUA_TTABLE: return add_table(e, index);
    case LUA_TBOOLEAN:
      return done_if(mn_put_byte(e, lua_toboolean(L, index) ? MN_TAG_TRUE : MN_TAG_FALSE));
    case LUA_TLIGHTUSERDATA: return done_if(mn_put_light(e, lua_touserdata(L, index)));
    case LUA_TUSERDATA: return add_userdata(e, index);
    case LUA_TNIL: return done_if(mn_put_byte(e, MN_TAG_NIL));
    default: return MN_PLAIN_HARD;
  }
}

/* A table with this key is a class, or would like to be one. */
static bool is_class_key(lua_State *L, int key) {
  return lua_type(L, key) == LUA_TSTRING && strcmp(lua_tostring(L, key), "__index") == 0;
}

/* Writes the pair whose key is at `key`. */
static mn_plain add_pair(mn_encoder *e, int key) {
  if (is_class_key(e->L, key)) return MN_PLAIN_HARD;
  mn_plain result = add_value(e, key);
  return result == MN_PLAIN_DONE ? add_value(e, key + 1) : result;
}

/* Writes the entries of the table at `index`, items first. */
static mn_plain add_entries(mn_encoder *e, int index, size_t *items, size_t *pairs) {
  lua_State *L = e->L;
  mn_plain result = MN_PLAIN_DONE;
  size_t border = lua_rawlen(L, index);
  int key = lua_gettop(L) + 1;
  for (lua_pushnil(L); result == MN_PLAIN_DONE && lua_next(L, index); lua_settop(L, key)) {
    size_t at = *pairs == 0 ? mn_item_index(L, key, *items, border) : 0;
    if (at == 0) {
      result = add_pair(e, key);
      ++*pairs;
      continue;
    }
    result = mn_put_hole(e, *items, at) ? add_value(e, key + 1) : MN_PLAIN_FAILED;
    *items = at;
  }
  return result;
}

static mn_plain add_body(mn_encoder *e, int index) {
  size_t at, items = 0, pairs = 0;
  mn_plain result = done_if(mn_put_table(e, false, &at));
  e->depth++;
  if (result == MN_PLAIN_DONE) result = add_entries(e, index, &items, &pairs);
  if (result == MN_PLAIN_DONE) result = done_if(mn_put_table_counts(e, at, items, pairs));
  e->depth--;
  return result;
}

/* Whether there is more to the table than its entries. */
static bool is_more_than_data(lua_State *L, int index) {
  if (!lua_getmetatable(L, index)) return mn_class_find(L, index) != NULL;
  lua_pop(L, 1);
  return true;
}

static mn_plain add_table(mn_encoder *e, int index) {
  lua_State *L = e->L;
  bool fresh;
  if (e->depth >= MN_DEPTH_LATER || !lua_checkstack(L, ROOM)) return MN_PLAIN_HARD;
  if (is_more_than_data(L, index)) return MN_PLAIN_HARD;
  mn_pointer_slot *slot = mn_pointer_map_at(&e->seen, lua_topointer(L, index), &fresh);
  if (!slot) {
    e->failure = MN_FAILED_MEMORY;
    return MN_PLAIN_FAILED;
  }
  if (!fresh) return done_if(mn_put_ref(e, slot->value));
  if (e->objects == UINT32_MAX) return MN_PLAIN_HARD;
  slot->value = e->objects++;
  return add_body(e, index);
}

mn_plain mn_encode_plain(mn_encoder *e, int first, int count) {
  int top = lua_gettop(e->L);
  mn_plain result = lua_checkstack(e->L, ROOM) ? MN_PLAIN_DONE : MN_PLAIN_HARD;
  for (int i = 0; i < count && result == MN_PLAIN_DONE; i++) result = add_value(e, first + i);
  lua_settop(e->L, top);
  return result;
}

#endif

/* core/encode_objects.c -- identity by address. */
#include "core/encode_objects.h"

#include <lauxlib.h>

#include "core/inside.h"
#include "core/originals.h"

/* The number of what must be numbered anew: a module that was met, but whose loader comes first. */
static const uint32_t UNNUMBERED = UINT32_MAX;

bool mn_encoder_number(mn_encoder *e, int index, uint32_t *number, bool *fresh) {
  mn_pointer_slot *slot = mn_pointer_map_at(&e->seen, lua_topointer(e->L, index), fresh);
  if (!slot) {
    e->failure = MN_FAILED_MEMORY;
    return false;
  }
  if (slot->value == UNNUMBERED) *fresh = true;
  if (*fresh) {
    if (e->objects == UNNUMBERED) e->failure = MN_FAILED_SIZE;
    slot->value = e->objects++;
    if (MN_GC_CANNOT_REST) mn_encoder_keep(e, index, slot->value);
  }
  *number = slot->value;
  return e->failure == MN_FAILED_NOT;
}

/* Pushes the table at stack index `table`, which is made when first needed. */
static void push_lazy(lua_State *L, int table) {
  if (lua_isnil(L, table)) {
    lua_newtable(L);
    lua_replace(L, table);
  }
  lua_pushvalue(L, table);
}

void mn_encoder_keep(mn_encoder *e, int index, uint32_t number) {
  push_lazy(e->L, e->kept);
  lua_pushvalue(e->L, index);
  lua_rawseti(e->L, -2, (lua_Integer)number + 1);
  lua_pop(e->L, 1);
}

int mn_encoder_push_kept(mn_encoder *e, uint32_t number) {
  lua_rawgeti(e->L, e->kept, (lua_Integer)number + 1);
  return lua_gettop(e->L);
}

bool mn_encoder_ref(mn_encoder *e, uint32_t number) {
  for (const mn_open_transfer *open = e->open; open; open = open->outer)
    if (open->number == number) return mn_refuse(e, "it contains itself by way of __transfer");
  return mn_put_ref(e, number);
}

bool mn_encoder_put_off(mn_encoder *e, int index, uint32_t number) {
  mn_later later = {number, e->root};
  mn_encoder_keep(e, index, number);
  e->flags |= MN_MESSAGE_HAS_REFS;
  return mn_encoder_add(e, &e->later, &later, sizeof later);
}

bool mn_encoder_unnumber(mn_encoder *e, int index) {
  bool fresh;
  mn_pointer_slot *slot = mn_pointer_map_at(&e->seen, lua_topointer(e->L, index), &fresh);
  if (!slot) return false; /* it was in there: no memory is needed */
  slot->value = UNNUMBERED;
  return true;
}

bool mn_encoder_is_new(mn_encoder *e, int index) {
  lua_State *L = e->L;
  push_lazy(L, e->names);
  lua_pushvalue(L, index);
  bool is_new = lua_rawget(L, -2) == LUA_TNIL;
  lua_pop(L, 1);
  if (is_new) {
    lua_pushvalue(L, index);
    lua_pushboolean(L, true);
    lua_rawset(L, -3);
  }
  lua_pop(L, 1);
  return is_new;
}

bool mn_encoder_is_globals(mn_encoder *e, int index) {
  return lua_istable(e->L, index) && lua_topointer(e->L, index) == e->globals;
}

/* Notes the global `name`, if a script defined it. Tables of globals: as they are, as they were. */
static bool want_global(mn_encoder *e, const char *name, uint32_t function, int now, int then) {
  lua_State *L = e->L;
  bool wanted = false;
  int top = lua_gettop(L);
  lua_pushstring(L, name);
  lua_pushvalue(L, top + 1);
  if (lua_rawget(L, now) != LUA_TNIL) {
    lua_pushvalue(L, top + 1);
    lua_rawget(L, then);
    wanted = !lua_rawequal(L, top + 2, top + 3);
  }
  wanted = wanted && mn_encoder_is_new(e, top + 1);
  lua_settop(L, top);
  mn_wanted item = {name, function};
  return !wanted || mn_encoder_add(e, &e->wanted, &item, sizeof item);
}

bool mn_encoder_want_globals(mn_encoder *e, int index, uint32_t function, const mn_code *code) {
  lua_State *L = e->L;
  int top = lua_gettop(L);
  if (code->name_count == 0 || !lua_getupvalue(L, index, code->env_upvalue)) return true;
  bool done = true;
  if (mn_encoder_is_globals(e, top + 1)) {
    mn_originals_push(L, MN_ORIGINAL_GLOBALS);
    for (size_t i = 0; done && i < code->name_count; i++)
      done = want_global(e, code->names[i], function, top + 1, top + 2);
  }
  lua_settop(L, top);
  if (e->wanted.size > 0) mn_encoder_keep(e, index, function); /* refusals will name it */
  return done;
}

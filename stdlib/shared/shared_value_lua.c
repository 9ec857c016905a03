/* shared/shared_value_lua.c -- keys, boxes, single values. */
#include "shared/shared_value_lua.h"

#include <lauxlib.h>

#include "core/binding.h"
#include "core/calling.h"
#include "core/codec.h"
#include "core/registry.h"

static const char BOX_KEY, SPARE_KEY;

/* ---- keys ---- */

static bool number_key(lua_State *L, int index, mn_cell *cell) {
  if (lua_isinteger(L, index)) {
    *cell = mn_cell_of_integer(lua_tointeger(L, index));
    return true;
  }
  int is_integral;
  lua_Integer integer = lua_tointegerx(L, index, &is_integral);
  lua_Number number = lua_tonumber(L, index);
  *cell = is_integral ? mn_cell_of_integer(integer) : mn_cell_of_float(number);
  return number == number;
}

bool mn_to_key(lua_State *L, int index, const mn_shared *shared, mn_key *key) {
  uint64_t seed = shared->tree->seed;
  size_t size;
  const char *bytes;
  mn_cell cell;
  switch (lua_type(L, index)) {
    case LUA_TSTRING:
      bytes = lua_tolstring(L, index, &size);
      *key = mn_key_of_string(seed, bytes, size);
      return true;
    case LUA_TNUMBER:
      if (!number_key(L, index, &cell)) return false;
      break;
    case LUA_TBOOLEAN:
      cell = mn_cell_of(lua_toboolean(L, index) ? MN_CELL_TRUE : MN_CELL_FALSE);
      break;
    default: return false;
  }
  *key = mn_key_of(seed, cell);
  return true;
}

int mn_throw_bad_key(lua_State *L, int index) {
  switch (lua_type(L, index)) {
    case LUA_TNONE:
    case LUA_TNIL: return luaL_error(L, "key is nil");
    case LUA_TNUMBER: return luaL_error(L, "key is NaN");
    default:
      return luaL_error(L, "key is a %s: keys of a Shared are booleans, numbers and strings",
                        luaL_typename(L, index));
  }
}

/* ---- out ---- */

void mn_cell_push(lua_State *L, const mn_cell *cell) {
  switch (cell->head.tag) {
    case MN_CELL_FALSE:
    case MN_CELL_TRUE: lua_pushboolean(L, cell->head.tag == MN_CELL_TRUE); break;
    case MN_CELL_INTEGER: lua_pushinteger(L, cell->body.as.integer); break;
    case MN_CELL_FLOAT: lua_pushnumber(L, cell->body.as.number); break;
    case MN_CELL_LIGHT: lua_pushlightuserdata(L, cell->body.as.pointer); break;
    case MN_CELL_SHORT: lua_pushlstring(L, cell->head.text, cell->head.size); break;
    case MN_CELL_TEXT:
      lua_pushlstring(L, cell->body.as.text->bytes, cell->body.as.text->size);
      break;
    case MN_CELL_HANDLE: mn_push_handle(L, cell->body.as.handle); break;
    case MN_CELL_PACKET: (void)mn_decode(L, &cell->body.as.packet->message); break;
    default: lua_pushnil(L); break;
  }
}

static int l_box_gc(lua_State *L) {
  if (!mn_is_finalizing(L)) return 0;
  mn_box *box = lua_touserdata(L, 1);
  mn_cell_drop(&box->cell);
  return 0;
}

/* One box is kept for all uses. While it is busy (a value that is decoded may run code that reads
 * another, or an error may have left it so) a new one takes its place. */
mn_box *mn_box_push(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &SPARE_KEY);
  mn_box *box = lua_touserdata(L, -1);
  if (box && !box->busy) {
    box->busy = true;
    return box;
  }
  lua_pop(L, 1);
  box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = (mn_box){mn_cell_of(MN_CELL_ABSENT), true};
  lua_rawgetp(L, LUA_REGISTRYINDEX, &BOX_KEY);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &SPARE_KEY);
  return box;
}

void mn_box_empty(mn_box *box) {
  mn_cell_drop(&box->cell);
  box->busy = false;
}

void mn_box_open(lua_State *L) {
  mn_box *box = lua_touserdata(L, -1);
  mn_cell_push(L, &box->cell);
  mn_box_empty(box);
  lua_remove(L, -2);
}

/* ---- in ---- */

static mn_cell string_cell(lua_State *L, int index) {
  size_t size;
  const char *bytes = lua_tolstring(L, index, &size);
  if (size <= MN_CELL_SHORT_MOST) return mn_cell_of_short(bytes, size);
  mn_text *text = mn_text_new(bytes, size, 0);
  if (!text) luaL_error(L, "not enough memory");
  return mn_cell_of_pointer(MN_CELL_TEXT, text);
}

static mn_cell packet_cell(lua_State *L, int index, const char *root) {
  mn_message message;
  mn_encode_or_throw(L, index, 1, root, 0, &message);
  mn_packet *packet = mn_packet_new(&message);
  if (!packet) {
    mn_message_drop(&message);
    luaL_error(L, "not enough memory");
  }
  return mn_cell_of_pointer(MN_CELL_PACKET, packet);
}

mn_cell mn_leaf_cell(lua_State *L, int index, const char *root) {
  mn_handle *object;
  switch (lua_type(L, index)) {
    case LUA_TNIL: return mn_cell_of(MN_CELL_NIL);
    case LUA_TBOOLEAN: return mn_cell_of(lua_toboolean(L, index) ? MN_CELL_TRUE : MN_CELL_FALSE);
    case LUA_TNUMBER:
      if (lua_isinteger(L, index)) return mn_cell_of_integer(lua_tointeger(L, index));
      return mn_cell_of_float(lua_tonumber(L, index));
    case LUA_TSTRING: return string_cell(L, index);
    case LUA_TLIGHTUSERDATA: return mn_cell_of_pointer(MN_CELL_LIGHT, lua_touserdata(L, index));
    case LUA_TUSERDATA:
      object = mn_to_handle(L, index);
      if (object) return mn_cell_of_pointer(MN_CELL_HANDLE, mn_handle_ref(object));
      return packet_cell(L, index, root);
    default: return packet_cell(L, index, root);
  }
}

void mn_shared_values_open(lua_State *L) {
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, l_box_gc);
  lua_setfield(L, -2, "__gc");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &BOX_KEY);
}

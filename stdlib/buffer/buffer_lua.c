/* buffer/buffer_lua.c -- Buffer as Lua sees it. */
#include "buffer/buffer_lua.h"

#include "buffer/buffer.h"
#include "buffer/buffer_pack.h"
#include "buffer/memory_lua.h"

static mn_view *check_buffer(lua_State *L) {
  return mn_check_view(L, 1, &mn_buffer_type);
}

/* The number at `index` as a byte; an argument's error when `is_argument`. */
static unsigned char check_byte(lua_State *L, int index, bool is_argument) {
  int is_integer = 0;
  lua_Integer value = 0;
  if (lua_type(L, index) == LUA_TNUMBER) value = lua_tointegerx(L, index, &is_integer);
  if (!is_integer || value < 0 || value > 255) {
    const char *text = lua_type(L, index) == LUA_TNUMBER ? luaL_tolstring(L, index, NULL) : NULL;
    text = text ? lua_pushfstring(L, "%s does not fit a byte", text)
                : lua_pushfstring(L, "byte expected, got %s", luaL_typename(L, index));
    if (is_argument) luaL_argerror(L, index, text);
    luaL_error(L, "%s", text);
  }
  return (unsigned char)value;
}

/* ---- bytes ---- */

static int l_index(lua_State *L) {
  const mn_view *buffer = check_buffer(L);
  size_t at;
  if (lua_type(L, 2) == LUA_TSTRING) return mn_push_method(L);
  if (mn_check_index(L, buffer, &at))
    lua_pushinteger(L, MN_LOAD(uint8_t, buffer->bytes + at));
  else
    lua_pushnil(L);
  return 1;
}

static int l_newindex(lua_State *L) {
  const mn_view *buffer = check_buffer(L);
  lua_settop(L, 3);
  size_t at = mn_check_written(L, buffer);
  MN_STORE(uint8_t, buffer->bytes + at, check_byte(L, 3, false));
  return 0;
}

static int l_len(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_buffer(L)->count);
  return 1;
}

/* ---- runs of bytes ---- */

static int l_string(lua_State *L) {
  const mn_view *buffer = check_buffer(L);
  mn_range range = mn_check_range(L, 2, buffer->count);
  mn_push_bytes(L, buffer->bytes + range.first, range.count);
  return 1;
}

static int l_fill(lua_State *L) {
  const mn_view *buffer = check_buffer(L);
  unsigned char byte = check_byte(L, 2, true);
  mn_range range = mn_check_range(L, 3, buffer->count);
  mn_check_writable(L, buffer);
  mn_bytes_fill(buffer->bytes + range.first, byte, range.count);
  lua_settop(L, 1);
  return 1;
}

static int l_copy(lua_State *L) {
  const mn_view *buffer = check_buffer(L), *from = mn_to_view(L, 2, &mn_buffer_type);
  size_t size = 0;
  const char *text = NULL;
  if (from)
    size = from->count;
  else if (lua_type(L, 2) == LUA_TSTRING)
    text = lua_tolstring(L, 2, &size);
  else
    luaL_typeerror(L, 2, "string or Buffer");
  size_t at = mn_check_position(L, 3, buffer->count, 0);
  mn_range range = mn_check_range(L, 4, size);
  mn_check_room(L, buffer, at, range.count, "byte");
  mn_check_writable(L, buffer);
  if (from)
    mn_bytes_move(buffer->bytes + at, from->bytes + range.first, range.count);
  else
    mn_bytes_write(buffer->bytes + at, text + range.first, range.count);
  lua_pushinteger(L, (lua_Integer)(at + range.count) + 1);
  return 1;
}

/* As string.find has it: an init beyond the end finds nothing, one before the start begins there. */
static int l_find(lua_State *L) {
  const mn_view *buffer = check_buffer(L);
  size_t length;
  luaL_checktype(L, 2, LUA_TSTRING);
  const char *needle = lua_tolstring(L, 2, &length);
  lua_Integer init = luaL_optinteger(L, 3, 1);
  if (init < 0) init = (lua_Integer)buffer->count + init + 1;
  size_t first = init < 1 ? 0 : (size_t)init - 1;
  const unsigned char *found = NULL;
  if (first <= buffer->count)
    found = mn_bytes_find(buffer->bytes + first, buffer->count - first, needle, length);
  if (!found) {
    lua_pushnil(L);
    return 1;
  }
  lua_pushinteger(L, (found - buffer->bytes) + 1);
  lua_pushinteger(L, (found - buffer->bytes) + (lua_Integer)length);
  return 2;
}

/* ---- handles ---- */

static int l_slice(lua_State *L) {
  const mn_view *buffer = check_buffer(L);
  mn_range range = mn_check_range(L, 2, buffer->count);
  mn_push_part(L, buffer, &mn_buffer_type, 0, 1, range.first, range.count);
  return 1;
}

static int l_freeze(lua_State *L) {
  mn_view_freeze(check_buffer(L));
  lua_settop(L, 1);
  return 1;
}

static int l_frozen(lua_State *L) {
  lua_pushboolean(L, mn_view_is_frozen(check_buffer(L)));
  return 1;
}

static int l_new(lua_State *L) {
  size_t size;
  if (lua_type(L, 1) == LUA_TSTRING) {
    const char *text = lua_tolstring(L, 1, &size);
    const mn_view *buffer = mn_push_view(L, &mn_buffer_type, 0, 1, size);
    mn_bytes_write(buffer->bytes, text, size);
    return 1;
  }
  if (lua_type(L, 1) != LUA_TNUMBER) luaL_typeerror(L, 1, "size or string");
  mn_push_view(L, &mn_buffer_type, 0, 1, mn_check_count(L, 1));
  return 1;
}

static const luaL_Reg methods[] = {{"pack", mn_buffer_pack}, {"unpack", mn_buffer_unpack},
                                   {"string", l_string},     {"copy", l_copy},
                                   {"fill", l_fill},         {"find", l_find},
                                   {"slice", l_slice},       {"freeze", l_freeze},
                                   {"frozen", l_frozen},     {NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__index", l_index}, {"__newindex", l_newindex}, {"__len", l_len}, {NULL, NULL}};

static const mn_binding binding = {.methods = methods, .metamethods = metamethods};

void mn_buffer_open(lua_State *L) {
  mn_type_open(L, &mn_buffer_type, &binding);
  lua_pushcfunction(L, l_new);
  lua_setfield(L, -2, "Buffer");
}

/* buffer/buffer_pack.c -- values to bytes and back by the formats of string.pack.
 *
 * A value becomes a piece: its bytes, but not yet in the buffer. pack makes all pieces twice, first
 * to see that each is right and has room, then to write them: what was refused changed nothing. */
#include "buffer/buffer_pack.h"

#include <string.h>

#include "buffer/buffer.h"
#include "buffer/format.h"
#include "buffer/memory_lua.h"
#include "core/inside.h"

/* An own number first, then a string, then zeros. */
typedef struct piece {
  unsigned char number[16];
  size_t number_size;
  const char *text;
  size_t text_size, zeros;
} piece;

/* ---- pack ---- */

static void make_integer(lua_State *L, const mn_format *format, bool is_signed, int arg, piece *p) {
  lua_Integer value = luaL_checkinteger(L, arg);
  if (!mn_format_put_integer(format, is_signed, p->number_size, value, p->number))
    luaL_argerror(L, arg, is_signed ? "integer overflow" : "unsigned overflow");
}

static void make_float(lua_State *L, const mn_format *format, int arg, piece *p) {
  double value = luaL_checknumber(L, arg);
  float single = (float)value;
  if (p->number_size == sizeof single)
    mn_format_order(format, p->number, &single, sizeof single);
  else
    mn_format_order(format, p->number, &value, sizeof value);
}

static void make_text(lua_State *L, const mn_format *format, mn_option option, size_t size, int arg,
                      piece *p) {
  p->text = luaL_checklstring(L, arg, &p->text_size);
  if (option == MN_OPTION_FIXED) {
    luaL_argcheck(L, p->text_size <= size, arg, "string longer than given size");
    p->zeros = size - p->text_size;
  } else if (option == MN_OPTION_ZERO) {
    luaL_argcheck(L, strlen(p->text) == p->text_size, arg, "string contains zeros");
    p->zeros = 1;
  } else {
    p->number_size = size;
    luaL_argcheck(L, mn_format_put_integer(format, false, size, (int64_t)p->text_size, p->number),
                  arg, "string length does not fit in given size");
  }
}

/* The piece of one option; true when it took argument `arg`. */
static bool make_piece(lua_State *L, const mn_format *format, mn_option option, size_t size,
                       int arg, piece *p) {
  *p = (piece){.text = ""};
  switch (option) {
    case MN_OPTION_PADDING: p->zeros = size; return false;
    case MN_OPTION_ALIGN: return false;
    case MN_OPTION_SIGNED:
    case MN_OPTION_UNSIGNED:
      p->number_size = size;
      make_integer(L, format, option == MN_OPTION_SIGNED, arg, p);
      return true;
    case MN_OPTION_FLOAT:
    case MN_OPTION_DOUBLE:
      p->number_size = size;
      make_float(L, format, arg, p);
      return true;
    default: make_text(L, format, option, size, arg, p); return true;
  }
}

static void write_piece(unsigned char *to, const piece *p) {
  mn_bytes_write(to, p->number, p->number_size);
  mn_bytes_write(to + p->number_size, p->text, p->text_size);
  mn_bytes_fill(to + p->number_size + p->text_size, 0, p->zeros);
}

/* Throws unless `size` bytes are there after `padding` from `at` on; gives where they begin. */
static size_t check_there(lua_State *L, const mn_view *buffer, size_t at, size_t padding,
                          size_t size) {
  mn_check_room(L, buffer, at + padding, size, "byte");
  return at + padding;
}

/* Goes through the format and the values, arguments 4 and on; gives the place after the last. */
static size_t pack(lua_State *L, const mn_view *buffer, size_t at, const char *text, bool write) {
  mn_format format;
  mn_option option;
  size_t padding, size;
  int arg = 4;
  mn_format_start(&format, text);
  while ((option = mn_format_next(&format, at, &padding, &size)) != MN_OPTION_END) {
    if (option == MN_OPTION_BAD) luaL_argerror(L, 3, format.problem);
    piece p;
    if (make_piece(L, &format, option, size, arg, &p)) arg++;
    size_t whole = p.number_size + p.text_size + p.zeros;
    size_t begin = check_there(L, buffer, at, padding, whole);
    if (write) {
      mn_bytes_fill(buffer->bytes + at, 0, padding);
      write_piece(buffer->bytes + begin, &p);
    }
    at = begin + whole;
  }
  return at;
}

int mn_buffer_pack(lua_State *L) {
  const mn_view *buffer = mn_check_view(L, 1, &mn_buffer_type);
  (void)luaL_checkinteger(L, 2);
  size_t at = mn_check_position(L, 2, buffer->count, 0);
  const char *text = luaL_checkstring(L, 3);
  mn_check_writable(L, buffer);
  (void)pack(L, buffer, at, text, false);
  lua_pushinteger(L, (lua_Integer)pack(L, buffer, at, text, true) + 1);
  return 1;
}

/* ---- unpack ---- */

static void push_integer(lua_State *L, const mn_format *format, bool is_signed,
                         const unsigned char *bytes, size_t at, size_t size) {
  unsigned char own[16];
  int64_t value;
  mn_bytes_read(own, bytes, size);
  if (!mn_format_get_integer(format, is_signed, size, own, &value))
    luaL_error(L, "the %d-byte integer at position %I does not fit into Lua Integer", (int)size,
               (LUAI_UACINT)at + 1);
  lua_pushinteger(L, value);
}

static void push_float(lua_State *L, const mn_format *format, const unsigned char *bytes,
                       size_t size) {
  unsigned char own[8];
  float single;
  double value;
  mn_bytes_read(own, bytes, size);
  if (size == sizeof single) {
    mn_format_order(format, &single, own, size);
    value = (double)single;
  } else {
    mn_format_order(format, &value, own, size);
  }
  lua_pushnumber(L, value);
}

/* A string after its length of `size` bytes; gives the place after it. */
static size_t push_counted(lua_State *L, const mn_format *format, const mn_view *buffer, size_t at,
                           size_t size) {
  unsigned char own[16];
  int64_t length;
  mn_bytes_read(own, buffer->bytes + at, size);
  if (!mn_format_get_integer(format, false, size, own, &length) || length < 0)
    luaL_error(L, "the length at position %I is beyond all sizes", (LUAI_UACINT)at + 1);
  size_t begin = check_there(L, buffer, at + size, 0, (size_t)length);
  mn_push_bytes(L, buffer->bytes + begin, (size_t)length);
  return begin + (size_t)length;
}

/* A string that ends with a zero; gives the place after that. */
static size_t push_zero(lua_State *L, const mn_view *buffer, size_t at) {
  const unsigned char *begin = buffer->bytes + at;
  const unsigned char *end = mn_bytes_find(begin, buffer->count - at, "", 1);
  if (!end) luaL_error(L, "the string at position %I does not end", (LUAI_UACINT)at + 1);
  mn_push_bytes(L, begin, (size_t)(end - begin));
  return at + (size_t)(end - begin) + 1;
}

/* Pushes the value of the option that begins at `at`, if it has one; gives the place after it. */
static size_t push_value(lua_State *L, const mn_format *format, mn_option option,
                         const mn_view *buffer, size_t at, size_t size) {
  const unsigned char *bytes = buffer->bytes + at;
  switch (option) {
    case MN_OPTION_PADDING:
    case MN_OPTION_ALIGN: break;
    case MN_OPTION_SIGNED:
    case MN_OPTION_UNSIGNED:
      push_integer(L, format, option == MN_OPTION_SIGNED, bytes, at, size);
      break;
    case MN_OPTION_FLOAT:
    case MN_OPTION_DOUBLE: push_float(L, format, bytes, size); break;
    case MN_OPTION_FIXED: mn_push_bytes(L, bytes, size); break;
    case MN_OPTION_COUNTED: return push_counted(L, format, buffer, at, size);
    default: return push_zero(L, buffer, at);
  }
  return at + size;
}

int mn_buffer_unpack(lua_State *L) {
  const mn_view *buffer = mn_check_view(L, 1, &mn_buffer_type);
  (void)luaL_checkinteger(L, 2);
  size_t at = mn_check_position(L, 2, buffer->count, 0);
  mn_format format;
  mn_option option;
  size_t padding, size;
  mn_format_start(&format, luaL_checkstring(L, 3));
  lua_settop(L, 3);
  while ((option = mn_format_next(&format, at, &padding, &size)) != MN_OPTION_END) {
    if (option == MN_OPTION_BAD) luaL_argerror(L, 3, format.problem);
    mn_stack_need_for(L, 8, "too many results");
    at = check_there(L, buffer, at, padding, size);
    at = push_value(L, &format, option, buffer, at, size);
  }
  lua_pushinteger(L, (lua_Integer)at + 1);
  return lua_gettop(L) - 3;
}

/* main/excerpt_lua.c -- the bytes are in a userdata until Lua has them as a string: that may fail. */
#include "main/excerpt_lua.h"

#include <lauxlib.h>
#include <string.h>

#include "core/state.h"
#include "main/excerpt.h"
#include "main/lexer.h"

static int l_free(lua_State *L) {
  mn_buffer_free(lua_touserdata(L, 1));
  return 0;
}

/* Pushes an empty buffer. */
static mn_buffer *push_buffer(lua_State *L) {
  mn_buffer *buffer = lua_newuserdatauv(L, sizeof *buffer, 0);
  *buffer = (mn_buffer){0};
  if (luaL_newmetatable(L, "moons.excerpt")) {
    lua_pushcfunction(L, l_free);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return buffer;
}

/* Pushes what is in the buffer on top of the stack, in its place; nil: nothing is. */
static void push_content(lua_State *L, mn_buffer *buffer) {
  if (buffer->size > 0)
    lua_pushlstring(L, (const char *)buffer->data, buffer->size);
  else
    lua_pushnil(L);
  mn_buffer_free(buffer);
  lua_remove(L, -2);
}

/* The argument as a place of a text, from 0. */
static size_t check_place(lua_State *L, int arg, size_t size) {
  lua_Integer place = luaL_checkinteger(L, arg);
  luaL_argcheck(L, place >= 1 && (lua_Unsigned)place <= size + 1, arg, "no place of the text");
  return (size_t)place - 1;
}

int mn_excerpt_l_of_message(lua_State *L) {
  size_t size;
  const char *message = luaL_checkstring(L, 1), *text = luaL_optlstring(L, 2, NULL, &size);
  mn_excerpt_look look = mn_excerpt_look_of(2);
  bool is_marked;
  mn_buffer *out = push_buffer(L);
  if (text)
    is_marked = mn_excerpt_add(out, text, size, message, &look);
  else
    is_marked = mn_excerpt_add_of_file(out, mn_state_of(L)->runtime, message, &look);
  push_content(L, out);
  lua_pushboolean(L, is_marked);
  return 2;
}

int mn_excerpt_l_error_place(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size), *message = luaL_checkstring(L, 3);
  lua_Integer number = luaL_optinteger(L, 2, 0);
  mn_source_line line = {text, size, 0, 0, size};
  mn_mark mark;
  if ((number > 0 && !mn_source_line_find(text, size, (size_t)number, &line)) ||
      !mn_mark_find_syntax(&line, message, &mark))
    return 0;
  lua_pushinteger(L, (lua_Integer)mark.from + 1);
  lua_pushinteger(L, (lua_Integer)mark.after + 1);
  return 2;
}

int mn_excerpt_l_draw(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  mn_source_line line = {text, size, (size_t)luaL_checkinteger(L, 2), check_place(L, 3, size),
                         check_place(L, 4, size)};
  mn_mark mark = {check_place(L, 5, size), check_place(L, 6, size)};
  mn_excerpt_look look = mn_excerpt_look_of(1);
  while (line.after > line.from && mn_source_is_newline(text[line.after - 1])) line.after--;
  mn_buffer *out = push_buffer(L);
  mn_excerpt_add_line(out, &line, &mark, &look);
  push_content(L, out);
  return 1;
}

int mn_excerpt_l_next_line(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  lua_pushinteger(L, (lua_Integer)mn_lexer_next_line(text, size, check_place(L, 2, size)) + 1);
  return 1;
}

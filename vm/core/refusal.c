/* core/refusal.c -- saying what can't travel, by the path to it.
 *
 * A path is made from its end, while the encoder returns from the value that was refused: the text
 * grows to the front of its buffer. What hangs on a function's upvalue or on a global begins there.
 * When it gets too long, what is between the last fields and the root is left out. */
#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/encoder.h"

/* What is kept free for the root, and what one field may take. */
enum { ROOT_ROOM = 200, FIELD_ROOM = 56 };

static void prepend(mn_refusal *r, const char *text, size_t size) {
  if (size > r->start) size = r->start;
  r->start -= size;
  memcpy(r->path + r->start, text, size);
}

bool mn_refuse(mn_encoder *e, const char *format, ...) {
  mn_refusal *r = &e->refusal;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(r->reason, sizeof r->reason, format, arguments);
  va_end(arguments);
  r->start = sizeof r->path;
  r->is_whole = r->is_cut = false;
  e->failure = MN_FAILED_REFUSED;
  return false;
}

bool mn_refusal_wants_root(const mn_encoder *e) {
  return e->failure == MN_FAILED_REFUSED && !e->refusal.is_whole;
}

bool mn_refusal_cut(mn_encoder *e) {
  mn_refusal *r = &e->refusal;
  if (!mn_refusal_wants_root(e) || r->is_cut) return false;
  prepend(r, "(...)", 5);
  r->is_cut = true;
  return false;
}

bool mn_refusal_in(mn_encoder *e, const char *format, ...) {
  mn_refusal *r = &e->refusal;
  if (!mn_refusal_wants_root(e) || r->is_cut) return false;
  if (r->start < ROOT_ROOM + FIELD_ROOM) return mn_refusal_cut(e);
  char text[FIELD_ROOM];
  va_list arguments;
  va_start(arguments, format);
  int size = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  prepend(r, text, (size_t)size < sizeof text ? (size_t)size : sizeof text - 1);
  return false;
}

bool mn_refusal_in_root(mn_encoder *e, const char *before, const char *format, ...) {
  mn_refusal *r = &e->refusal;
  if (!mn_refusal_wants_root(e)) return false;
  char text[sizeof r->path + ROOT_ROOM], after[ROOT_ROOM];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(after, sizeof after, format, arguments);
  va_end(arguments);
  int size = snprintf(text, sizeof text, "%s%.*s%s", before, (int)(sizeof r->path - r->start),
                      r->path + r->start, after);
  r->start = sizeof r->path;
  prepend(r, text, (size_t)size < sizeof r->path ? (size_t)size : sizeof r->path);
  r->is_whole = true;
  return false;
}

static bool is_identifier(const char *text, size_t size) {
  if (size == 0 || size > 40) return false;
  for (size_t i = 0; i < size; i++) {
    char c = text[i];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!letter && (i == 0 || c < '0' || c > '9')) return false;
  }
  return true;
}

bool mn_refusal_in_field(mn_encoder *e, int key) {
  lua_State *L = e->L;
  if (e->failure != MN_FAILED_REFUSED) return false;
  switch (lua_type(L, key)) {
    case LUA_TSTRING: {
      size_t size;
      const char *text = lua_tolstring(L, key, &size);
      if (is_identifier(text, size)) return mn_refusal_in(e, ".%s", text);
      return mn_refusal_in(e, "[\"%.40s\"]", text);
    }
    case LUA_TNUMBER:
      if (lua_isinteger(L, key))
        return mn_refusal_in(e, "[%lld]", (long long)lua_tointeger(L, key));
      return mn_refusal_in(e, "[%.14g]", lua_tonumber(L, key));
    case LUA_TBOOLEAN: return mn_refusal_in(e, lua_toboolean(L, key) ? "[true]" : "[false]");
    default: return mn_refusal_in(e, "[%s]", luaL_typename(L, key));
  }
}

bool mn_refusal_from(mn_encoder *e, const mn_encoder *inner) {
  e->failure = inner->failure;
  e->refusal = inner->refusal;
  return false;
}

const char *mn_failure_text(mn_failure failure) {
  return failure == MN_FAILED_SIZE ? "cannot send more than 4 GB at once" : "not enough memory";
}

void mn_refusal_push(mn_encoder *e) {
  lua_State *L = e->L;
  const mn_refusal *r = &e->refusal;
  if (e->failure != MN_FAILED_REFUSED) {
    lua_pushstring(L, mn_failure_text(e->failure));
    return;
  }
  lua_pushliteral(L, "cannot send ");
  lua_pushlstring(L, r->path + r->start, sizeof r->path - r->start);
  lua_pushfstring(L, ": %s", r->reason);
  lua_concat(L, 3);
}

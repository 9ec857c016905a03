/* buffer/memory_lua.c -- views as userdata, positions, ranges and their errors. */
#include "buffer/memory_lua.h"

/* ---- methods and views ---- */

int mn_push_method(lua_State *L) {
  lua_settop(L, 2);
  lua_rawget(L, lua_upvalueindex(1));
  return 1;
}

mn_view *mn_to_view(lua_State *L, int index, const mn_type *type) {
  mn_handle *handle = mn_to_handle(L, index);
  return handle && handle->type == type ? (mn_view *)(void *)handle : NULL;
}

/* ---- new views ---- */

mn_view *mn_push_view(lua_State *L, const mn_type *type, unsigned kind, unsigned width,
                      size_t count) {
  mn_press(L, count > SIZE_MAX / width ? 0 : count * width);
  mn_ref *ref = mn_ref_new(L, type);
  mn_view *view = mn_view_new(type, kind, width, count);
  if (!view) {
    /* What nobody holds any more may be in the way. */
    lua_gc(L, LUA_GCCOLLECT);
    view = mn_view_new(type, kind, width, count);
  }
  if (!view) luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, &view->handle);
  return view;
}

mn_view *mn_push_part(lua_State *L, const mn_view *of, const mn_type *type, unsigned kind,
                      unsigned width, size_t offset, size_t count) {
  mn_ref *ref = mn_ref_new(L, type);
  mn_view *view = mn_view_part(of, type, kind, width, offset, count);
  if (!view) luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, &view->handle);
  return view;
}

/* ---- arguments ---- */

static int throw_frozen(lua_State *L, const mn_view *view) {
  return luaL_error(L, "%s is frozen", view->handle.type->name);
}

void mn_check_writable(lua_State *L, const mn_view *view) {
  if (mn_view_is_frozen(view)) throw_frozen(L, view);
}

/* Position `at` of `count` elements, from 1, negative ones turned round. */
static lua_Integer from_start(lua_Integer at, size_t count) {
  return at >= 0 ? at : (lua_Integer)count + at + 1;
}

size_t mn_check_position(lua_State *L, int index, size_t count, size_t otherwise) {
  if (lua_isnoneornil(L, index)) return otherwise;
  lua_Integer given = luaL_checkinteger(L, index), at = from_start(given, count);
  if (at < 1 || (lua_Unsigned)at > count + 1)
    luaL_argerror(L, index,
                  lua_pushfstring(L, "position %I is outside of 1..%I", (LUAI_UACINT)given,
                                  (LUAI_UACINT)count));
  return (size_t)at - 1;
}

mn_range mn_check_range(lua_State *L, int index, size_t count) {
  lua_Integer from = luaL_optinteger(L, index, 1), to = luaL_optinteger(L, index + 1, -1);
  lua_Integer i = from_start(from, count), j = from_start(to, count);
  bool inside = i >= 1 && (lua_Unsigned)i <= count + 1 && j >= 0 && (lua_Unsigned)j <= count;
  if (!inside)
    luaL_argerror(L, index,
                  lua_pushfstring(L, "range %I..%I is outside of 1..%I", (LUAI_UACINT)from,
                                  (LUAI_UACINT)to, (LUAI_UACINT)count));
  return (mn_range){(size_t)i - 1, j >= i ? (size_t)(j - i) + 1 : 0};
}

void mn_check_room(lua_State *L, const mn_view *view, size_t at, size_t count, const char *what) {
  if (at <= view->count && count <= view->count - at) return;
  luaL_error(L, "%I %s%s at position %I go%s beyond the end of %s of %I", (LUAI_UACINT)count, what,
             count == 1 ? "" : "s", (LUAI_UACINT)at + 1, count == 1 ? "es" : "",
             view->handle.type->name, (LUAI_UACINT)view->count);
}

size_t mn_check_count(lua_State *L, int index) {
  lua_Integer count = luaL_checkinteger(L, index);
  luaL_argcheck(L, count >= 0, index, "size must not be negative");
  return (size_t)count;
}

/* ---- elements ---- */

/* Throws: the value at index 2 is no index of an element of the view. */
static int throw_index(lua_State *L, const mn_view *view) {
  const char *name = view->handle.type->name;
  if (lua_type(L, 2) != LUA_TNUMBER)
    return luaL_error(L, "%s has no field of type %s", name, luaL_typename(L, 2));
  return luaL_error(L, "index %s is outside of 1..%I of %s", luaL_tolstring(L, 2, NULL),
                    (LUAI_UACINT)view->count, name);
}

bool mn_check_index(lua_State *L, const mn_view *view, size_t *at) {
  int is_integer;
  lua_Unsigned i = (lua_Unsigned)lua_tointegerx(L, 2, &is_integer) - 1;
  if (i < view->count && is_integer) {
    *at = (size_t)i;
    return true;
  }
  if (!is_integer || i != view->count) throw_index(L, view);
  return false;
}

size_t mn_check_written(lua_State *L, const mn_view *view) {
  if (lua_type(L, 2) != LUA_TNUMBER) {
    if (lua_type(L, 2) == LUA_TSTRING)
      luaL_error(L, "%s has no field '%s' to be set", view->handle.type->name, lua_tostring(L, 2));
    throw_index(L, view);
  }
  int is_integer;
  lua_Unsigned i = (lua_Unsigned)lua_tointegerx(L, 2, &is_integer) - 1;
  if (i >= view->count || !is_integer) throw_index(L, view);
  /* relaxed: a freeze that this thread has heard of comes before; others can't be ordered. */
  if (atomic_load_explicit(&view->memory->frozen, memory_order_relaxed)) throw_frozen(L, view);
  return (size_t)i;
}

void mn_push_bytes(lua_State *L, const unsigned char *shared, size_t size) {
  luaL_Buffer buffer;
  mn_bytes_read(luaL_buffinitsize(L, &buffer, size), shared, size);
  luaL_pushresultsize(&buffer, size);
}

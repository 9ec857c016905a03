/* array/array_value.h -- elements of Arrays as values of Lua, for the parts of the binding.
 * Level stdlib. Owner thread only. */
#ifndef MN_ARRAY_ARRAY_VALUE_H
#define MN_ARRAY_ARRAY_VALUE_H

#include "array/array.h"
#include "buffer/memory_lua.h"

static inline mn_view *mn_check_array(lua_State *L) {
  return mn_check_view(L, 1, &mn_array_type);
}

/* A part of the view's elements. */
static inline mn_span mn_span_of(const mn_view *view, mn_range range) {
  return (mn_span){view->kind, view->bytes + range.first * view->width, range.count};
}

static inline void mn_push_number(lua_State *L, unsigned kind, mn_number value) {
  if (mn_kind_is_float(kind))
    lua_pushnumber(L, value.number);
  else
    lua_pushinteger(L, value.integer);
}

/* Reads the value at `index` as an element of that kind. False: it is no number or does not fit. Never
 * throws. */
static inline bool mn_to_number(lua_State *L, int index, unsigned kind, mn_number *value) {
  if (lua_isinteger(L, index)) {
    value->integer = lua_tointeger(L, index);
    return mn_number_convert(MN_INT64, kind, value);
  }
  if (lua_type(L, index) != LUA_TNUMBER) return false;
  value->number = lua_tonumber(L, index);
  return mn_number_convert(MN_DOUBLE, kind, value);
}

/* Pushes why the value at `index` can't be an element of that kind. */
const char *mn_push_misfit(lua_State *L, int index, unsigned kind);

#endif

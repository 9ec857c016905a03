/* array/array_runs.c -- Array's methods that go over many elements. */
#include "array/array_runs.h"

#include <limits.h>

/* ---- filling ---- */

/* The range that arguments `index` and `index` + 1 mean of the Array that is argument 1. */
static mn_span check_span(lua_State *L, int index) {
  const mn_view *array = mn_check_array(L);
  return mn_span_of(array, mn_check_range(L, index, array->count));
}

int mn_array_fill(lua_State *L) {
  const mn_view *array = mn_check_array(L);
  mn_number value;
  luaL_checkany(L, 2);
  if (!mn_to_number(L, 2, array->kind, &value))
    luaL_argerror(L, 2, mn_push_misfit(L, 2, array->kind));
  mn_span span = check_span(L, 3);
  mn_check_writable(L, array);
  mn_span_fill(span, value);
  lua_settop(L, 1);
  return 1;
}

/* ---- copying ---- */

mn_array_source mn_check_source(lua_State *L, int index) {
  const mn_view *view = mn_to_view(L, index, &mn_array_type);
  if (view) return (mn_array_source){index, view, view->count};
  if (lua_type(L, index) != LUA_TTABLE) luaL_typeerror(L, index, "list or Array");
  return (mn_array_source){index, NULL, (size_t)lua_rawlen(L, index)};
}

/* Throws: the value on top of the stack, element `at` of the source, does not fit. */
static int throw_misfit(lua_State *L, const mn_array_source *source, size_t at, unsigned kind) {
  const char *why = mn_push_misfit(L, lua_gettop(L), kind);
  return luaL_argerror(L, source->index,
                       lua_pushfstring(L, "element %I: %s", (LUAI_UACINT)at + 1, why));
}

/* Element `at` of a list, as an element of that kind. */
static mn_number check_element(lua_State *L, const mn_array_source *source, size_t at,
                               unsigned kind) {
  mn_number value;
  lua_rawgeti(L, source->index, (lua_Integer)at + 1);
  if (!mn_to_number(L, -1, kind, &value)) throw_misfit(L, source, at, kind);
  lua_pop(L, 1);
  return value;
}

void mn_check_source_fits(lua_State *L, const mn_array_source *source, mn_range range,
                          unsigned kind) {
  if (source->view && source->view->kind == kind) return;
  for (size_t i = range.first; i < range.first + range.count; i++) {
    if (!source->view) {
      (void)check_element(L, source, i, kind);
      continue;
    }
    mn_number value = mn_number_load(source->view->kind, source->view->bytes, i), there = value;
    if (mn_number_convert(source->view->kind, kind, &value)) continue;
    mn_push_number(L, source->view->kind, there);
    throw_misfit(L, source, i, kind);
  }
}

void mn_copy_source(lua_State *L, const mn_array_source *source, mn_range range, mn_span to) {
  if (source->view) {
    size_t at;
    if (mn_span_copy(to, mn_span_of(source->view, range), &at)) return;
    luaL_argerror(L, source->index,
                  lua_pushfstring(L,
                                  "element %I was changed meanwhile, it does not fit %s any more",
                                  (LUAI_UACINT)(range.first + at) + 1, mn_kinds[to.kind].name));
  }
  for (size_t i = 0; i < range.count; i++)
    mn_number_store(to.kind, to.bytes, i, check_element(L, source, range.first + i, to.kind));
}

int mn_array_copy(lua_State *L) {
  const mn_view *array = mn_check_array(L);
  mn_array_source source = mn_check_source(L, 2);
  size_t at = mn_check_position(L, 3, array->count, 0);
  mn_range range = mn_check_range(L, 4, source.count);
  mn_check_room(L, array, at, range.count, "element");
  mn_check_source_fits(L, &source, range, array->kind);
  mn_check_writable(L, array);
  mn_copy_source(L, &source, range, mn_span_of(array, (mn_range){at, range.count}));
  lua_pushinteger(L, (lua_Integer)(at + range.count) + 1);
  return 1;
}

int mn_array_table(lua_State *L) {
  mn_span span = check_span(L, 2);
  if (span.count > INT_MAX) return luaL_error(L, "not enough memory");
  lua_createtable(L, (int)span.count, 0);
  for (size_t i = 0; i < span.count; i++) {
    mn_push_number(L, span.kind, mn_number_load(span.kind, span.bytes, i));
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

int mn_array_string(lua_State *L) {
  mn_span span = check_span(L, 2);
  mn_push_bytes(L, span.bytes, span.count * mn_kinds[span.kind].width);
  return 1;
}

/* ---- summing up ---- */

int mn_array_sum(lua_State *L) {
  mn_span span = check_span(L, 2);
  mn_push_number(L, span.kind, mn_span_sum(span));
  return 1;
}

static int push_extreme(lua_State *L, bool greatest) {
  mn_span span = check_span(L, 2);
  if (span.count == 0)
    lua_pushnil(L);
  else
    mn_push_number(L, span.kind, mn_span_extreme(span, greatest));
  return 1;
}

int mn_array_min(lua_State *L) {
  return push_extreme(L, false);
}

int mn_array_max(lua_State *L) {
  return push_extreme(L, true);
}

/* ---- sorting ---- */

/* Whether less(a, b) is true of elements `a` and `b` of `from`; less is argument 2. */
static bool is_less(lua_State *L, mn_span from, size_t a, size_t b) {
  lua_pushvalue(L, 2);
  mn_push_number(L, from.kind, mn_number_load(from.kind, from.bytes, a));
  mn_push_number(L, from.kind, mn_number_load(from.kind, from.bytes, b));
  lua_call(L, 2, 1);
  bool less = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return less;
}

/* Merges the sorted runs first..middle-1 and middle..last-1. Of equals the left one goes first. */
static void merge(lua_State *L, mn_span from, mn_span to, size_t first, size_t middle,
                  size_t last) {
  size_t left = first, right = middle;
  for (size_t i = first; i < last; i++) {
    bool take_right = left == middle || (right < last && is_less(L, from, right, left));
    size_t taken = take_right ? right++ : left++;
    mn_number_store(to.kind, to.bytes, i, mn_number_load(from.kind, from.bytes, taken));
  }
}

/* Sorts by the function that is argument 2, merging longer and longer runs: stable, and no function,
 * however wrong, leads it astray. The memory is a userdata's, since the function may throw. */
static void sort_by(lua_State *L, const mn_view *array, mn_span span) {
  size_t size = span.count * array->width;
  if (size > PTRDIFF_MAX / 2) luaL_error(L, "not enough memory");
  unsigned char *own = lua_newuserdatauv(L, 2 * size, 0);
  mn_span from = {span.kind, own, span.count}, to = {span.kind, own + size, span.count};
  mn_bytes_read(own, span.bytes, size);
  for (size_t run = 1; run < span.count; run *= 2) {
    for (size_t first = 0; first < span.count; first += 2 * run) {
      size_t middle = first + run < span.count ? first + run : span.count;
      size_t last = middle + run < span.count ? middle + run : span.count;
      merge(L, from, to, first, middle, last);
    }
    mn_span done = to;
    to = from;
    from = done;
  }
  mn_check_writable(L, array);
  mn_bytes_write(span.bytes, from.bytes, size);
}

int mn_array_sort(lua_State *L) {
  const mn_view *array = mn_check_array(L);
  if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
  mn_span span = check_span(L, 3);
  mn_check_writable(L, array);
  if (!lua_isnoneornil(L, 2))
    sort_by(L, array, span);
  else if (mn_span_sort(span) != MN_OK)
    return luaL_error(L, "not enough memory");
  lua_settop(L, 1);
  return 1;
}

/* ---- iterating ---- */

/* Upvalues: the Array, the place of the next element, the place after the last. */
static int l_next_value(lua_State *L) {
  lua_settop(L, 0);
  lua_pushvalue(L, lua_upvalueindex(1));
  const mn_view *array = mn_check_array(L);
  lua_Integer at = lua_tointeger(L, lua_upvalueindex(2));
  if (at < 0 || at >= lua_tointeger(L, lua_upvalueindex(3)) || (lua_Unsigned)at >= array->count) {
    lua_pushnil(L);
    return 1;
  }
  lua_pushinteger(L, at + 1);
  lua_replace(L, lua_upvalueindex(2));
  mn_push_number(L, array->kind, mn_number_load(array->kind, array->bytes, (size_t)at));
  return 1;
}

int mn_array_iter(lua_State *L) {
  const mn_view *array = mn_check_array(L);
  mn_range range = mn_check_range(L, 2, array->count);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, (lua_Integer)range.first);
  lua_pushinteger(L, (lua_Integer)(range.first + range.count));
  lua_pushcclosure(L, l_next_value, 3);
  return 1;
}

/* array/array_lua.c -- Array as Lua sees it: elements, handles, constructor. What goes over many
 * elements is in array_runs.c. */
#include "array/array_lua.h"

#include "array/array_runs.h"
#include "array/array_value.h"
#include "buffer/buffer.h"

/* ---- elements ---- */

static int l_index(lua_State *L) {
  const mn_view *array = mn_check_array(L);
  size_t at;
  if (lua_type(L, 2) == LUA_TSTRING) return mn_push_method(L);
  if (mn_check_index(L, array, &at))
    mn_push_number(L, array->kind, mn_number_load(array->kind, array->bytes, at));
  else
    lua_pushnil(L);
  return 1;
}

static int l_newindex(lua_State *L) {
  const mn_view *array = mn_check_array(L);
  size_t at = mn_check_written(L, array);
  mn_number value;
  lua_settop(L, 3);
  if (!mn_to_number(L, 3, array->kind, &value))
    return luaL_error(L, "%s", mn_push_misfit(L, 3, array->kind));
  mn_number_store(array->kind, array->bytes, at, value);
  return 0;
}

static int l_len(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)mn_check_array(L)->count);
  return 1;
}

static int l_next(lua_State *L) {
  const mn_view *array = mn_check_array(L);
  lua_Unsigned at = (lua_Unsigned)luaL_checkinteger(L, 2);
  if (at >= array->count) {
    lua_pushnil(L);
    return 1;
  }
  lua_pushinteger(L, (lua_Integer)at + 1);
  mn_push_number(L, array->kind, mn_number_load(array->kind, array->bytes, (size_t)at));
  return 2;
}

static int l_pairs(lua_State *L) {
  (void)mn_check_array(L);
  lua_settop(L, 1);
  lua_pushcfunction(L, l_next);
  lua_insert(L, 1);
  lua_pushinteger(L, 0);
  return 3;
}

/* ---- handles ---- */

static int l_type(lua_State *L) {
  lua_pushstring(L, mn_kinds[mn_check_array(L)->kind].name);
  return 1;
}

static int l_slice(lua_State *L) {
  const mn_view *array = mn_check_array(L);
  mn_range range = mn_check_range(L, 2, array->count);
  mn_push_part(L, array, &mn_array_type, array->kind, array->width, range.first * array->width,
               range.count);
  return 1;
}

static int l_buffer(lua_State *L) {
  const mn_view *array = mn_check_array(L);
  mn_push_part(L, array, &mn_buffer_type, 0, 1, 0, array->count * array->width);
  return 1;
}

static int l_freeze(lua_State *L) {
  mn_view_freeze(mn_check_array(L));
  lua_settop(L, 1);
  return 1;
}

static int l_frozen(lua_State *L) {
  lua_pushboolean(L, mn_view_is_frozen(mn_check_array(L)));
  return 1;
}

/* ---- constructor ---- */

/* An array in the memory of the Buffer that is argument 2. */
static int push_from_buffer(lua_State *L, unsigned kind, const mn_view *buffer) {
  const mn_kind_facts *facts = &mn_kinds[kind];
  size_t offset = (size_t)(buffer->bytes - buffer->memory->bytes);
  if (offset % facts->width != 0)
    luaL_argerror(L, 2,
                  lua_pushfstring(L,
                                  "the slice begins %I bytes into its memory, %s needs a multiple "
                                  "of %d",
                                  (LUAI_UACINT)offset, facts->name, (int)facts->width));
  if (buffer->count % facts->width != 0)
    luaL_argerror(L, 2,
                  lua_pushfstring(L, "%I bytes are no whole number of %s",
                                  (LUAI_UACINT)buffer->count, facts->name));
  mn_push_part(L, buffer, &mn_array_type, kind, facts->width, 0, buffer->count / facts->width);
  return 1;
}

/* An array of the elements of the list, or of the Array, that is argument 2. */
static int push_from_elements(lua_State *L, unsigned kind) {
  mn_array_source source = mn_check_source(L, 2);
  mn_range all = {0, source.count};
  mn_check_source_fits(L, &source, all, kind);
  const mn_view *made = mn_push_view(L, &mn_array_type, kind, mn_kinds[kind].width, source.count);
  mn_copy_source(L, &source, all, mn_span_of(made, all));
  return 1;
}

static int l_new(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  int found = mn_kind_named(name);
  if (found < 0) luaL_argerror(L, 1, lua_pushfstring(L, "no type '%s'", name));
  unsigned kind = (unsigned)found;
  const mn_view *buffer = mn_to_view(L, 2, &mn_buffer_type);
  if (buffer) return push_from_buffer(L, kind, buffer);
  if (lua_type(L, 2) == LUA_TTABLE || mn_to_view(L, 2, &mn_array_type))
    return push_from_elements(L, kind);
  if (lua_type(L, 2) != LUA_TNUMBER) luaL_typeerror(L, 2, "size, list, Array or Buffer");
  mn_push_view(L, &mn_array_type, kind, mn_kinds[kind].width, mn_check_count(L, 2));
  return 1;
}

static const luaL_Reg methods[] = {
    {"type", l_type},        {"slice", l_slice},        {"buffer", l_buffer},
    {"freeze", l_freeze},    {"frozen", l_frozen},      {"fill", mn_array_fill},
    {"copy", mn_array_copy}, {"table", mn_array_table}, {"string", mn_array_string},
    {"sum", mn_array_sum},   {"min", mn_array_min},     {"max", mn_array_max},
    {"sort", mn_array_sort}, {"iter", mn_array_iter},   {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__index", l_index},
                                       {"__newindex", l_newindex},
                                       {"__len", l_len},
                                       {"__pairs", l_pairs},
                                       {NULL, NULL}};

static const mn_binding binding = {.methods = methods, .metamethods = metamethods};

void mn_array_open(lua_State *L) {
  mn_type_open(L, &mn_array_type, &binding);
  lua_pushcfunction(L, l_new);
  lua_setfield(L, -2, "Array");
}

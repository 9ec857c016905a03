/* core/options.c -- names, types and ranges. */
#include "core/options.h"

#include <lauxlib.h>
#include <string.h>

#include "core/calling.h"
#include "core/inside.h"

enum { ARGUMENTS_MOST = 1000000 };

void mn_options_read_one(lua_State *L, int argument, const mn_option_reader *readers,
                         void *target) {
  if (lua_type(L, -2) != LUA_TSTRING)
    luaL_argerror(L, argument,
                  lua_pushfstring(L, "unknown option of type %s", luaL_typename(L, -2)));
  mn_option option = {L, argument, lua_tostring(L, -2)};
  while (readers->name && strcmp(option.name, readers->name) != 0) readers++;
  if (!readers->name)
    luaL_argerror(L, argument, lua_pushfstring(L, "unknown option '%s'", option.name));
  readers->read(&option, target);
}

void mn_options_read(lua_State *L, int argument, const mn_option_reader *readers, void *target) {
  luaL_checktype(L, argument, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, argument); lua_pop(L, 1))
    mn_options_read_one(L, argument, readers, target);
}

/* ---- a call by one table ---- */

static void read_count(const mn_option *option, void *target) {
  *(lua_Integer *)target = mn_option_integer(option, 1, ARGUMENTS_MOST);
}

static bool is_n(lua_State *L, int index) {
  return lua_type(L, index) == LUA_TSTRING && strcmp(lua_tostring(L, index), "n") == 0;
}

static bool is_positional(lua_State *L, int index) {
  return lua_isinteger(L, index) && lua_tointeger(L, index) >= 1;
}

/* How many positional values the table has: t.n, or its largest index. */
static lua_Integer positional(lua_State *L) {
  static const mn_option_reader n[] = {{"n", read_count}, {NULL, NULL}};
  lua_Integer most = 0;
  lua_pushliteral(L, "n");
  lua_pushvalue(L, -1);
  if (lua_gettable(L, 1) != LUA_TNIL) {
    mn_options_read_one(L, 1, n, &most);
    lua_pop(L, 2);
    return most;
  }
  lua_pop(L, 2);
  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1))
    if (lua_isinteger(L, -2) && lua_tointeger(L, -2) > most) most = lua_tointeger(L, -2);
  return most;
}

void mn_options_read_call(lua_State *L, const mn_option_reader *readers, void *target) {
  lua_settop(L, 1);
  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1))
    if (!is_positional(L, -2) && !is_n(L, -2)) mn_options_read_one(L, 1, readers, target);
  lua_Integer count = positional(L);
  if (count > ARGUMENTS_MOST) luaL_argerror(L, 1, "too many arguments");
  mn_stack_need_for(L, (int)count + 8, "too many arguments");
  for (lua_Integer i = 1; i <= count; i++) lua_rawgeti(L, 1, i);
  lua_remove(L, 1);
  if (count == 0) lua_pushnil(L);
}

int mn_options_refuse_function(lua_State *L) {
  return luaL_argerror(
      L, 1,
      lua_pushfstring(L, "function expected at index 1 of the table, got %s", luaL_typename(L, 1)));
}

/* ---- one option ---- */

int mn_option_refuse(const mn_option *option, const char *why) {
  lua_State *L = option->L;
  return luaL_argerror(L, option->argument,
                       lua_pushfstring(L, "option '%s': %s", option->name, why));
}

int mn_option_refuse_type(const mn_option *option, const char *expected) {
  lua_State *L = option->L;
  return mn_option_refuse(
      option, lua_pushfstring(L, "%s expected, got %s", expected, luaL_typename(L, -1)));
}

void mn_option_check_type(const mn_option *option, int type) {
  if (lua_type(option->L, -1) != type) mn_option_refuse_type(option, lua_typename(option->L, type));
}

void mn_option_name(const mn_option *option, char name[MN_OPTION_NAME]) {
  size_t length;
  mn_option_check_type(option, LUA_TSTRING);
  const char *text = lua_tolstring(option->L, -1, &length);
  if (length == 0 || length >= MN_OPTION_NAME || strlen(text) != length)
    mn_option_refuse(option, "1 to 63 bytes without zeros expected");
  memcpy(name, text, length + 1);
}

lua_Integer mn_option_integer(const mn_option *option, lua_Integer least, lua_Integer most) {
  lua_State *L = option->L;
  int is_integer = 0;
  /* A string that reads as a number is a slip. */
  lua_Integer value = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &is_integer) : 0;
  if (!is_integer) mn_option_refuse_type(option, "integer");
  if (value >= least && value <= most) return value;
  if (most == LUA_MAXINTEGER)
    mn_option_refuse(option, lua_pushfstring(L, "must be at least %I", (LUAI_UACINT)least));
  mn_option_refuse(option, lua_pushfstring(L, "%I is not in %I to %I", (LUAI_UACINT)value,
                                           (LUAI_UACINT)least, (LUAI_UACINT)most));
  return 0;
}

bool mn_option_boolean(const mn_option *option) {
  mn_option_check_type(option, LUA_TBOOLEAN);
  return lua_toboolean(option->L, -1);
}

mn_time mn_option_deadline(const mn_option *option) {
  mn_option_check_type(option, LUA_TNUMBER);
  if (!(lua_tonumber(option->L, -1) >= 0)) mn_option_refuse(option, "must not be negative");
  return mn_check_deadline(option->L, lua_gettop(option->L));
}

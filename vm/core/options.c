/* core/options.c -- names, types and ranges. */
#include "core/options.h"

#include <lauxlib.h>
#include <string.h>

#include "core/binding.h"

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

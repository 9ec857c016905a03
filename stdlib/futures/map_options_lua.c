/* futures/map_options_lua.c -- reading them, and telling them from a list. */
#include "futures/map_options_lua.h"

#include <lauxlib.h>

#include "core/options.h"

/* More would be held in memory at once than anybody can mean. */
enum { ITEMS_MOST = 1 << 16 };

/* Registry key of the metatable that marks options. */
static const char mark_key;

uint32_t mn_map_options_limit(lua_Integer count) {
  return count < ITEMS_MOST ? (uint32_t)count : ITEMS_MOST;
}

static void read_chunksize(const mn_option *option, void *target) {
  ((mn_map_options *)target)->chunksize =
      mn_map_options_limit(mn_option_integer(option, 1, LUA_MAXINTEGER));
}

static void read_buffersize(const mn_option *option, void *target) {
  ((mn_map_options *)target)->buffersize =
      mn_map_options_limit(mn_option_integer(option, 1, LUA_MAXINTEGER));
}

static void read_timeout(const mn_option *option, void *target) {
  ((mn_map_options *)target)->deadline = mn_option_deadline(option);
}

static void check_progress(const mn_option *option, void *target) {
  (void)target;
  int type = lua_type(option->L, -1);
  if (type != LUA_TBOOLEAN && type != LUA_TTABLE) mn_option_refuse_type(option, "boolean or table");
}

static const mn_option_reader readers[] = {{"chunksize", read_chunksize},
                                           {"buffersize", read_buffersize},
                                           {"timeout", read_timeout},
                                           {"progress", check_progress},
                                           {NULL, NULL}};

void mn_map_options_read(lua_State *L, int argument, mn_map_options *options) {
  mn_options_read(L, argument, readers, options);
  if (lua_getfield(L, argument, "progress") == LUA_TNIL)
    lua_pop(L, 1);
  else
    options->progress = lua_gettop(L);
}

uint32_t mn_map_options_check_size(lua_State *L, int argument) {
  int is_integer = 0;
  lua_Integer size =
      lua_type(L, argument) == LUA_TNUMBER ? lua_tointegerx(L, argument, &is_integer) : 0;
  if (!is_integer) luaL_typeerror(L, argument, "integer or table");
  luaL_argcheck(L, size >= 1, argument, "chunksize must be at least 1");
  return mn_map_options_limit(size);
}

static void push_mark(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &mark_key) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushliteral(L, "futures.options");
  lua_setfield(L, -2, "__name");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &mark_key);
}

int mn_map_options_l_mark(lua_State *L) {
  mn_map_options options = {0};
  lua_settop(L, 1);
  mn_map_options_read(L, 1, &options);
  lua_settop(L, 1);
  push_mark(L);
  lua_setmetatable(L, 1);
  return 1;
}

bool mn_map_options_are(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index)) return false;
  push_mark(L);
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same;
}

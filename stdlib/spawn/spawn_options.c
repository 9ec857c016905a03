/* spawn/spawn_options.c -- reading and checking the options of a thread. */
#include "spawn/spawn_options.h"

#include <lauxlib.h>
#include <string.h>

#include "base/arena.h"
#include "core/inside.h"
#include "core/options.h"

/* Below this a state could not even start. */
enum { MEMORY_LEAST = MN_ARENA_FIRST };

enum { ARGUMENTS_MOST = 1000000 };

static void read_name(const mn_option *option, void *target) {
  mn_thread_options *options = target;
  size_t length;
  mn_option_check_type(option, LUA_TSTRING);
  const char *name = lua_tolstring(option->L, -1, &length);
  if (length == 0 || length >= sizeof options->name || strlen(name) != length)
    mn_option_refuse(option, "1 to 63 bytes without zeros expected");
  memcpy(options->name, name, length + 1);
  options->named = true;
}

static void read_daemon(const mn_option *option, void *target) {
  ((mn_thread_options *)target)->daemon = mn_option_boolean(option);
}

static void read_nice(const mn_option *option, void *target) {
  mn_thread_options *options = target;
  options->nice = (int)mn_option_integer(option, -20, 19);
  options->has_nice = true;
}

static void add_processor(const mn_option *option, mn_cpu_set *set) {
  lua_Integer cpu = mn_option_integer(option, 0, MN_CPU_WORDS * 64 - 1);
  set->bits[cpu / 64] |= (uint64_t)1 << (cpu % 64);
}

static void read_affinity(const mn_option *option, void *target) {
  mn_thread_options *options = target;
  lua_State *L = option->L;
  options->has_affinity = true;
  if (lua_type(L, -1) != LUA_TTABLE) {
    add_processor(option, &options->affinity);
    return;
  }
  lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
  if (count == 0) mn_option_refuse(option, "empty list of processors");
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, -1, i);
    add_processor(option, &options->affinity);
    lua_pop(L, 1);
  }
}

static void read_memory_limit(const mn_option *option, void *target) {
  lua_Integer limit = mn_option_integer(option, MEMORY_LEAST, LUA_MAXINTEGER);
  ((mn_thread_options *)target)->memory_limit = (size_t)limit;
}

static void read_count(const mn_option *option, void *target) {
  *(lua_Integer *)target = mn_option_integer(option, 1, ARGUMENTS_MOST);
}

static void pass_over(const mn_option *option, void *target) {
  (void)option, (void)target;
}

static const mn_option_reader readers[] = {{"name", read_name},
                                           {"daemon", read_daemon},
                                           {"nice", read_nice},
                                           {"affinity", read_affinity},
                                           {"memory_limit", read_memory_limit},
                                           {"n", pass_over},
                                           {NULL, NULL}};

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

/* Positional values are read later. */
static bool is_positional(lua_State *L, int index) {
  return lua_isinteger(L, index) && lua_tointeger(L, index) >= 1;
}

void mn_spawn_read_options(lua_State *L, mn_thread_options *options) {
  lua_settop(L, 1);
  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1))
    if (!is_positional(L, -2)) mn_options_read_one(L, 1, readers, options);
  lua_Integer count = positional(L);
  if (count > ARGUMENTS_MOST) luaL_argerror(L, 1, "too many arguments");
  mn_stack_need_for(L, (int)count + 8, "too many arguments");
  for (lua_Integer i = 1; i <= count; i++) lua_rawgeti(L, 1, i);
  lua_remove(L, 1);
  if (lua_gettop(L) == 0 || lua_type(L, 1) != LUA_TFUNCTION) {
    if (lua_gettop(L) == 0) lua_pushnil(L);
    luaL_argerror(L, 1,
                  lua_pushfstring(L, "function expected at index 1 of the table, got %s",
                                  luaL_typename(L, 1)));
  }
}

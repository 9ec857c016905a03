/* spawn/spawn_options.c -- reading and checking the options of a thread. */
#include "spawn/spawn_options.h"

#include <lauxlib.h>
#include <string.h>

#include "base/arena.h"
#include "core/inside.h"

/* Below this a state could not even start. */
enum { MEMORY_LEAST = MN_ARENA_FIRST };

static int refuse(lua_State *L, const char *option, const char *why) {
  return luaL_argerror(L, 1, lua_pushfstring(L, "option '%s': %s", option, why));
}

static int refuse_type(lua_State *L, const char *option, const char *wanted) {
  return refuse(L, option, lua_pushfstring(L, "%s expected, got %s", wanted, luaL_typename(L, -1)));
}

/* The value of an option is on top of the stack for each reader. */

static void read_name(lua_State *L, mn_thread_options *options) {
  size_t length;
  if (lua_type(L, -1) != LUA_TSTRING) refuse_type(L, "name", "string");
  const char *name = lua_tolstring(L, -1, &length);
  if (length == 0 || length >= sizeof options->name || strlen(name) != length)
    refuse(L, "name", "1 to 63 bytes without zeros expected");
  memcpy(options->name, name, length + 1);
  options->named = true;
}

static void read_daemon(lua_State *L, mn_thread_options *options) {
  if (!lua_isboolean(L, -1)) refuse_type(L, "daemon", "boolean");
  options->daemon = lua_toboolean(L, -1);
}

static lua_Integer check_integer(lua_State *L, const char *option, lua_Integer least,
                                 lua_Integer most) {
  int is_integer = 0;
  lua_Integer value = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &is_integer) : 0;
  if (!is_integer) refuse_type(L, option, "integer");
  if (value < least || value > most)
    refuse(L, option,
           lua_pushfstring(L, "%I is not in %I to %I", (LUAI_UACINT)value, (LUAI_UACINT)least,
                           (LUAI_UACINT)most));
  return value;
}

static void read_nice(lua_State *L, mn_thread_options *options) {
  options->nice = (int)check_integer(L, "nice", -20, 19);
  options->has_nice = true;
}

static void add_processor(lua_State *L, mn_cpu_set *set) {
  lua_Integer cpu = check_integer(L, "affinity", 0, MN_CPU_WORDS * 64 - 1);
  set->bits[cpu / 64] |= (uint64_t)1 << (cpu % 64);
}

static void read_affinity(lua_State *L, mn_thread_options *options) {
  options->has_affinity = true;
  if (lua_type(L, -1) != LUA_TTABLE) {
    add_processor(L, &options->affinity);
    return;
  }
  lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
  if (count == 0) refuse(L, "affinity", "empty list of processors");
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, -1, i);
    add_processor(L, &options->affinity);
    lua_pop(L, 1);
  }
}

static void read_memory_limit(lua_State *L, mn_thread_options *options) {
  lua_Integer limit = check_integer(L, "memory_limit", MEMORY_LEAST, LUA_MAXINTEGER);
  options->memory_limit = (size_t)limit;
}

static const struct reader {
  const char *name;
  void (*read)(lua_State *L, mn_thread_options *options);
} readers[] = {{"name", read_name},
               {"daemon", read_daemon},
               {"nice", read_nice},
               {"affinity", read_affinity},
               {"memory_limit", read_memory_limit}};

/* Key and value are on top of the stack. */
static void read_option(lua_State *L, mn_thread_options *options) {
  if (lua_type(L, -2) == LUA_TSTRING) {
    const char *key = lua_tostring(L, -2);
    if (strcmp(key, "n") == 0) return;
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
      if (strcmp(key, readers[i].name) != 0) continue;
      readers[i].read(L, options);
      return;
    }
    luaL_argerror(L, 1, lua_pushfstring(L, "unknown option '%s'", key));
  }
  if (!lua_isinteger(L, -2) || lua_tointeger(L, -2) < 1)
    luaL_argerror(L, 1, lua_pushfstring(L, "unknown option of type %s", luaL_typename(L, -2)));
}

/* How many positional values the table has: t.n, or its largest index. */
static lua_Integer positional(lua_State *L) {
  lua_Integer most = 0;
  if (lua_getfield(L, 1, "n") != LUA_TNIL) {
    most = check_integer(L, "n", 1, 1000000);
    lua_pop(L, 1);
    return most;
  }
  lua_pop(L, 1);
  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1))
    if (lua_isinteger(L, -2) && lua_tointeger(L, -2) > most) most = lua_tointeger(L, -2);
  return most;
}

void mn_spawn_read_options(lua_State *L, mn_thread_options *options) {
  lua_settop(L, 1);
  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) read_option(L, options);
  lua_Integer count = positional(L);
  if (count > 1000000) luaL_argerror(L, 1, "too many arguments");
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

/* spawn/spawn_options.c -- reading and checking the options of a thread. */
#include "spawn/spawn_options.h"

#include <lauxlib.h>

#include "base/arena.h"
#include "core/options.h"

/* Below this a state could not even start. */
enum { MEMORY_LEAST = MN_ARENA_FIRST };

static void read_name(const mn_option *option, void *target) {
  mn_thread_options *options = target;
  mn_option_name(option, options->name);
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

static const mn_option_reader readers[] = {{"name", read_name},
                                           {"daemon", read_daemon},
                                           {"nice", read_nice},
                                           {"affinity", read_affinity},
                                           {"memory_limit", read_memory_limit},
                                           {NULL, NULL}};

void mn_spawn_read_options(lua_State *L, mn_thread_options *options) {
  mn_options_read_call(L, readers, options);
  if (lua_type(L, 1) != LUA_TFUNCTION) mn_options_refuse_function(L);
}

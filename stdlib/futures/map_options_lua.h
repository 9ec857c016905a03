/* futures/map_options_lua.h -- the options of maps.
 * Level stdlib. Owner thread only; may throw, at the caller's line. */
#ifndef MN_FUTURES_MAP_OPTIONS_LUA_H
#define MN_FUTURES_MAP_OPTIONS_LUA_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "os/os.h"

/* What a map was asked for beside function and lists. */
typedef struct mn_map_options {
  uint32_t chunksize;  /* 0: what the measured times suggest */
  uint32_t buffersize; /* items that may be ahead of the loop; 0: what keeps the workers busy */
  mn_time deadline;
  int progress; /* stack index of the option of that name; 0: there is none */
} mn_map_options;

/* Reads the table at `argument`; leaves the option `progress` on the stack, if there is one. */
void mn_map_options_read(lua_State *L, int argument, mn_map_options *options);

/* A number of items, at least 1, as far as it makes sense. */
uint32_t mn_map_options_limit(lua_Integer count);

/* Argument `argument` itself as the size of a chunk, a number. */
uint32_t mn_map_options_check_size(lua_State *L, int argument);

/* futures.options(table): checks it and marks it as options. */
int mn_map_options_l_mark(lua_State *L);
/* Whether the value at `index` was marked so. */
bool mn_map_options_are(lua_State *L, int index);

#endif

/* futures/mapping_lua.h -- a function over lists, in chunks: what is under every map.
 * Level stdlib. Owner thread only; all of it may throw. */
#ifndef MN_FUTURES_MAPPING_LUA_H
#define MN_FUTURES_MAPPING_LUA_H

#include <lua.h>
#include <stdbool.h>

#include "futures/executor_lua.h"
#include "futures/mapping.h"

/* What a map was asked for beside function and lists. All zero: nothing. */
typedef struct mn_mapping_options {
  uint32_t chunksize;  /* 0: what the measured times suggest */
  uint32_t buffersize; /* items that may be ahead of the loop; 0: what keeps the workers busy */
  mn_time deadline;
  mn_mapping_order order;
  bool spread;  /* each item is the list of the arguments of a call */
  int progress; /* index of the option of that name; 0: none */
} mn_mapping_options;

/* (self, f, list or iterator, ...[, futures.options{...}]): pushes what a for loop wants. */
int mn_mapping_lazy(lua_State *L, mn_executor *executor, const mn_executor_kind *kind);

/* (self, f, list or iterator[, chunksize or table]), with `options` as the kind of map has them.
 * The first pushes what a for loop wants, the second a list of all results, and how many there are. */
int mn_mapping_iterate(lua_State *L, mn_executor *executor, const mn_executor_kind *kind,
                       mn_mapping_options options);
int mn_mapping_collect(lua_State *L, mn_executor *executor, const mn_executor_kind *kind,
                       mn_mapping_options options);

/* (self, f, list): submits all of it at once, in chunks of `chunksize`; pushes the list of the chunks'
 * futures, and of how many items each has. What can't travel is refused before anything is submitted. */
void mn_mapping_scatter(lua_State *L, mn_executor *executor, const mn_executor_kind *kind,
                        uint32_t chunksize, bool spread);

/* Argument `argument`, or an option in it, whose value is on top of the stack: a chunk's size. */
uint32_t mn_mapping_check_size(lua_State *L, int argument, const char *name);

/* futures.options(table): marks it as options. */
int mn_mapping_l_options(lua_State *L);

#endif

/* futures/mapping_lua.h -- a function over lists, in chunks: what is under every map.
 * Level stdlib. Owner thread only; all of it may throw. */
#ifndef MN_FUTURES_MAPPING_LUA_H
#define MN_FUTURES_MAPPING_LUA_H

#include <lua.h>
#include <stdbool.h>

#include "futures/executor_lua.h"
#include "futures/mapping.h"

/* (self, f, list or iterator, ...[, futures.options{...}]): pushes what a for loop wants. */
int mn_mapping_lazy(lua_State *L, mn_executor *executor, const mn_executor_kind *kind);

/* (self, f, list or iterator[, chunksize or table]). The first pushes what a for loop wants, the second a
 * list of all results, and how many there are. `spread`: each item is the list of a call's arguments. */
int mn_mapping_iterate(lua_State *L, mn_executor *executor, const mn_executor_kind *kind,
                       mn_mapping_order order);
int mn_mapping_collect(lua_State *L, mn_executor *executor, const mn_executor_kind *kind,
                       bool spread);

#endif

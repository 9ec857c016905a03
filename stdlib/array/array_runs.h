/* array/array_runs.h -- Array's methods that go over many elements.
 * Level stdlib. Owner thread only; they may throw. */
#ifndef MN_ARRAY_ARRAY_RUNS_H
#define MN_ARRAY_ARRAY_RUNS_H

#include "array/array_value.h"

/* Where elements are copied from: an Array, or a list. */
typedef struct mn_array_source {
  int index;           /* the argument */
  const mn_view *view; /* NULL: a table */
  size_t count;
} mn_array_source;

/* The list or Array that is argument `index`. */
mn_array_source mn_check_source(lua_State *L, int index);
/* Throws unless the elements of the range fit that kind, as far as can be said before. */
void mn_check_source_fits(lua_State *L, const mn_array_source *source, mn_range range,
                          unsigned kind);
/* Copies the range to as many elements. Throws if another thread has changed an element since it was
 * checked, and it does not fit any more: the elements before it are copied then. */
void mn_copy_source(lua_State *L, const mn_array_source *source, mn_range range, mn_span to);

int mn_array_fill(lua_State *L);
int mn_array_copy(lua_State *L);
int mn_array_table(lua_State *L);
int mn_array_string(lua_State *L);
int mn_array_sum(lua_State *L);
int mn_array_min(lua_State *L);
int mn_array_max(lua_State *L);
int mn_array_sort(lua_State *L);
int mn_array_iter(lua_State *L);

#endif

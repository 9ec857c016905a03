/* buffer/memory_lua.h -- what the Lua sides of Buffer and Array have in common.
 * Level stdlib. Owner thread only; everything here may throw. */
#ifndef MN_BUFFER_MEMORY_LUA_H
#define MN_BUFFER_MEMORY_LUA_H

#include "buffer/memory.h"
#include "core/binding.h"

/* Pushes the method that is named at index 2, or nil. For an __index, which has the table of methods
 * as its upvalue 1, once it knows that no element is meant. */
int mn_push_method(lua_State *L);

/* The view at `index`, of that type. */
static inline mn_view *mn_check_view(lua_State *L, int index, const mn_type *type) {
  return (mn_view *)(void *)mn_check_handle(L, index, type);
}

/* The view at `index` if it is one of that type, else NULL. */
mn_view *mn_to_view(lua_State *L, int index, const mn_type *type);

/* Pushes a view of a new block. Throws "not enough memory". */
mn_view *mn_push_view(lua_State *L, const mn_type *type, unsigned kind, unsigned width,
                      size_t count);
/* Pushes a view of a part of another one: see mn_view_part. */
mn_view *mn_push_part(lua_State *L, const mn_view *of, const mn_type *type, unsigned kind,
                      unsigned width, size_t offset, size_t count);

/* Throws when the block is frozen. */
void mn_check_writable(lua_State *L, const mn_view *view);

/* The element that argument `index` means, from 0, of `count`; negative ones count from the end, the
 * one after the last is allowed. None and nil: `otherwise`. */
size_t mn_check_position(lua_State *L, int index, size_t count, size_t otherwise);

/* A range [i[, j]] of 1..count in arguments `index` and `index` + 1: both may be negative, as
 * string.sub has it, or left out. It must lie within; it may be empty. */
typedef struct mn_range {
  size_t first, count; /* first from 0 */
} mn_range;
mn_range mn_check_range(lua_State *L, int index, size_t count);

/* Throws unless `count` elements have room from `at` on; `what` is one of them, "byte". */
void mn_check_room(lua_State *L, const mn_view *view, size_t at, size_t count, const char *what);

/* How many elements a constructor's argument asks for. */
size_t mn_check_count(lua_State *L, int index);

/* For __index: whether the number at index 2 means an element, *at from 0. Throws, except for the one
 * after the last: ipairs looks there. */
bool mn_check_index(lua_State *L, const mn_view *view, size_t *at);
/* For __newindex: the element that index 2 means; throws when there is none, or it can't be written. */
size_t mn_check_written(lua_State *L, const mn_view *view);

/* Pushes the bytes of a range of shared memory as a string. */
void mn_push_bytes(lua_State *L, const unsigned char *shared, size_t size);

#endif

/* futures/items_lua.h -- items of lists on their way to workers.
 * Level stdlib. Owner thread only; may throw, at the caller's line. */
#ifndef MN_FUTURES_ITEMS_LUA_H
#define MN_FUTURES_ITEMS_LUA_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/message.h"

/* Whether the value at `index` is a table, or an object like an Array that has elements and a length. */
bool mn_items_is_list(lua_State *L, int index);
uint64_t mn_items_length(lua_State *L, int index);

/* Encodes the values from stack index `first` to the top, and leaves them there: those of the items from
 * `number` on, each with one value of each of `sources` lists. A refusal names the item. */
void mn_items_encode(lua_State *L, uint32_t sources, int first, uint64_t number,
                     mn_message *message);

/* Throws unless all values from stack index `first` to the top, the items from `number` on, are lists. */
void mn_items_check_lists(lua_State *L, int first, uint64_t number);

#endif

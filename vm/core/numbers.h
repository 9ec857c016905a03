/* core/numbers.h -- runs of numbers, decoded right into a table's array.
 * Level core; private to the codec. Owner thread only; never throws. */
#ifndef MN_CORE_NUMBERS_H
#define MN_CORE_NUMBERS_H

#include <lua.h>
#include <stdint.h>

/* Reads numbers and booleans from *at into slots from .. to of the table at `table`, until something
 * else comes, the bytes end, or the array does. How many were read; *at is behind them. With
 * MOONS_SYSTEM_LUA: none. */
uint32_t mn_decode_numbers(lua_State *L, int table, uint32_t from, uint32_t to,
                           const unsigned char **at, const unsigned char *end);

#endif

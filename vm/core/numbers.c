/* core/numbers.c -- Lua's structures as of 5.4.9. What is written needs no barrier: it is never
 * collected. */
#include "core/numbers.h"

#ifndef MOONS_SYSTEM_LUA

#include <lobject.h>
#include <ltable.h>
#include <string.h>

#include "core/message_format.h"

/* Of read_number: the value after the tag is a `type`. */
#define READ(type, set)                   \
  do {                                    \
    type value;                           \
    if (left <= sizeof value) return 0;   \
    memcpy(&value, at + 1, sizeof value); \
    set(slot, value);                     \
    return 1 + sizeof value;              \
  } while (0)

/* Reads one value; how long it is, 0: it is none of these, or cut off. */
static inline size_t read_number(TValue *slot, const unsigned char *at, size_t left) {
  switch (at[0]) {
    case MN_TAG_FALSE: setbfvalue(slot); return 1;
    case MN_TAG_TRUE: setbtvalue(slot); return 1;
    case MN_TAG_INT8: READ(int8_t, setivalue);
    case MN_TAG_INT16: READ(int16_t, setivalue);
    case MN_TAG_INT32: READ(int32_t, setivalue);
    case MN_TAG_INT64: READ(lua_Integer, setivalue);
    case MN_TAG_FLOAT: READ(lua_Number, setfltvalue);
    default:
      if (at[0] >= MN_TAG_STRING && at[0] < 0xc0) return 0;
      setivalue(slot, (int8_t)at[0]);
      return 1;
  }
}

uint32_t mn_decode_numbers(lua_State *L, int table, uint32_t from, uint32_t to,
                           const unsigned char **at, const unsigned char *end) {
  Table *t = (Table *)(uintptr_t)lua_topointer(L, table);
  const unsigned char *next = *at;
  uint32_t i = from, size = luaH_realasize(t);
  if (to > size) to = size;
  while (i <= to && next < end) {
    size_t length = read_number(&t->array[i - 1], next, (size_t)(end - next));
    if (length == 0) break;
    next += length;
    i++;
  }
  *at = next;
  return i - from;
}

#else

uint32_t mn_decode_numbers(lua_State *L, int table, uint32_t from, uint32_t to,
                           const unsigned char **at, const unsigned char *end) {
  (void)L, (void)table, (void)from, (void)to, (void)at, (void)end;
  return 0;
}

#endif

/* core/numbers.c -- Lua's structures as of 5.4.9. What is written needs no barrier: it is never
 * collected. */
#include "core/numbers.h"

#ifndef MOONS_SYSTEM_LUA

#include <lobject.h>
#include <ltable.h>
#include <string.h>

#include "core/message_format.h"

/* Reads one value; how long it is, 0: it is none of these, or cut off. */
static inline size_t read_number(TValue *slot, const unsigned char *at, size_t left) {
  int16_t i16;
  int32_t i32;
  lua_Integer i64;
  lua_Number number;
  switch (at[0]) {
    case MN_TAG_FALSE: setbfvalue(slot); return 1;
    case MN_TAG_TRUE: setbtvalue(slot); return 1;
    case MN_TAG_INT8:
      if (left < 2) return 0;
      setivalue(slot, (int8_t)at[1]);
      return 2;
    case MN_TAG_INT16:
      if (left < 3) return 0;
      memcpy(&i16, at + 1, sizeof i16);
      setivalue(slot, i16);
      return 3;
    case MN_TAG_INT32:
      if (left < 5) return 0;
      memcpy(&i32, at + 1, sizeof i32);
      setivalue(slot, i32);
      return 5;
    case MN_TAG_INT64:
      if (left < 9) return 0;
      memcpy(&i64, at + 1, sizeof i64);
      setivalue(slot, i64);
      return 9;
    case MN_TAG_FLOAT:
      if (left < 9) return 0;
      memcpy(&number, at + 1, sizeof number);
      setfltvalue(slot, number);
      return 9;
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

/* core/calling.c -- what calls take, and what they say in the end. */
#include "core/calling.h"

#include <lauxlib.h>

#include "core/binding.h"
#include "core/codec.h"
#include "core/interrupt.h"

/* ---- arguments ---- */

void mn_check_callable(lua_State *L, int index) {
  if (lua_type(L, index) == LUA_TFUNCTION) return;
  if (luaL_getmetafield(L, index, "__call") == LUA_TNIL) luaL_typeerror(L, index, "function");
  lua_pop(L, 1);
}

mn_time mn_check_deadline(lua_State *L, int index) {
  mn_time before;
  if (mn_state_of(L)->task && mn_task_take_deadline(L, &before)) return before;
  if (lua_isnoneornil(L, index)) return MN_FOREVER;
  luaL_checktype(L, index, LUA_TNUMBER); /* a string that reads as a number is a slip, too */
  lua_Number seconds = lua_tonumber(L, index);
  luaL_argcheck(L, seconds >= 0, index,
                seconds < 0 ? "timeout must not be negative" : "timeout is not a number");
  if (seconds == 0) return 0;
  if (seconds >= 9e9) return MN_FOREVER; /* nearly 300 years */
  return mn_clock() + (mn_time)(seconds * (lua_Number)MN_SECOND);
}

/* ---- outcomes ---- */

int mn_push_status(lua_State *L, mn_status status) {
  switch (status) {
    case MN_OK: lua_pushboolean(L, 1); return 1;
    case MN_TIMEOUT:
    case MN_CLOSED:
    case MN_EMPTY:
    case MN_FULL:
    case MN_BROKEN:
      lua_pushnil(L);
      lua_pushstring(L, mn_status_word(status));
      return 2;
    case MN_PARKED: return mn_task_park(L);
    case MN_CANCELLED: return mn_throw_cancelled(L);
    case MN_INTERRUPTED: return mn_throw_interrupted(L, 1);
    default: return luaL_error(L, "%s", mn_status_word(status));
  }
}

int mn_throw_at_caller(lua_State *L) {
  if (lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

void mn_encode_or_throw(lua_State *L, int first, int count, const char *root, int number,
                        mn_message *message) {
  mn_relieve(L);
  if (!mn_encode(L, first, count, root, number, message)) mn_throw_at_caller(L);
  if (mn_message_is_heap(message)) mn_state_of(L)->pressed += message->size;
}

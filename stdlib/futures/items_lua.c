/* futures/items_lua.c -- encoding many items at once, and finding the one that can't travel. */
#include "futures/items_lua.h"

#include <lauxlib.h>

#include "core/calling.h"
#include "core/codec.h"

bool mn_items_is_list(lua_State *L, int index) {
  if (lua_type(L, index) == LUA_TTABLE) return true;
  if (lua_type(L, index) != LUA_TUSERDATA) return false;
  if (luaL_getmetafield(L, index, "__len") == LUA_TNIL) return false;
  lua_pop(L, 1);
  return true;
}

uint64_t mn_items_length(lua_State *L, int index) {
  lua_Integer length = luaL_len(L, index);
  return length > 0 ? (uint64_t)length : 0;
}

void mn_items_check_lists(lua_State *L, int first, uint64_t number) {
  int last = lua_gettop(L);
  for (int i = first; i <= last; i++)
    if (lua_type(L, i) != LUA_TTABLE)
      luaL_error(L, "item #%d is a %s, not a list of arguments", (int)number + i - first,
                 luaL_typename(L, i));
}

/* Together the values from `first` to below the refusal on top can't travel: raises which one it is, or
 * the refusal, if each can by itself. */
static int throw_refusal(lua_State *L, uint32_t sources, int first, uint64_t number) {
  int refusal = lua_gettop(L);
  for (int i = 0; i < refusal - first; i++) {
    mn_message message;
    int item = (int)(number + (uint64_t)i / sources), source = i % (int)sources + 1;
    const char *root = sources > 1 ? lua_pushfstring(L, "item #%d of list #%d", item, source)
                                   : lua_pushfstring(L, "item #%d", item);
    if (!mn_encode(L, first + i, 1, root, 0, &message)) return mn_throw_at_caller(L);
    mn_message_drop(&message);
    lua_settop(L, refusal);
  }
  return mn_throw_at_caller(L);
}

void mn_items_encode(lua_State *L, uint32_t sources, int first, uint64_t number,
                     mn_message *message) {
  if (!mn_encode(L, first, lua_gettop(L) - first + 1, "item", 0, message))
    throw_refusal(L, sources, first, number);
}

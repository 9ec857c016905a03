/* futures/routine_lua.c -- the state's last routine, used again while the function is the same.
 *
 * A function is encoded for each submit, since what it refers to may have changed. Where the bytes are
 * those of the last time, the futures share them. */
#include "futures/routine_lua.h"

#include <string.h>

#include "core/binding.h"
#include "core/registry.h"

/* Registry keys. */
static const char last_key, metatable_key;

static int l_gc(lua_State *L) {
  mn_routine **last = lua_touserdata(L, 1);
  if (!mn_is_finalizing(L)) return 0;
  mn_routine_unref(*last);
  *last = NULL;
  return 0;
}

/* Where the state keeps its last routine. It stays as long as the state does. */
static mn_routine **last_of(lua_State *L) {
  mn_routine **last;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &last_key) == LUA_TUSERDATA) {
    last = lua_touserdata(L, -1);
  } else {
    last = lua_newuserdatauv(L, sizeof *last, 0);
    *last = NULL;
    mn_registry_push_metatable(L, &metatable_key, l_gc);
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &last_key);
    lua_remove(L, -2);
  }
  lua_pop(L, 1);
  return last;
}

static bool is_same(const mn_message *a, const mn_message *b) {
  if (a->size != b->size || a->handles != b->handles || a->values != b->values) return false;
  if (memcmp(mn_message_bytes(a), mn_message_bytes(b), a->size) != 0) return false;
  return a->handles == 0 ||
         memcmp(a->body.heap.handles, b->body.heap.handles, a->handles * sizeof(mn_handle *)) == 0;
}

mn_routine *mn_routine_get(lua_State *L, int index, const char *root) {
  mn_routine **last = last_of(L);
  mn_message message;
  mn_encode_or_throw(L, index, 1, root, 1, &message);
  if (*last && is_same(&message, &(*last)->message)) {
    mn_message_drop(&message);
  } else {
    mn_routine *routine = mn_routine_new(&message);
    if (!routine) {
      mn_message_drop(&message);
      luaL_error(L, "not enough memory");
    }
    mn_routine_unref(*last);
    *last = routine;
  }
  return mn_routine_ref(*last);
}

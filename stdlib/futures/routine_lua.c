/* futures/routine_lua.c -- the state's last routine, used again while the function is the same.
 *
 * A function is encoded for each submit, since what it refers to may have changed; where the bytes are
 * those of the last time, the futures share them. One that refers to nothing always gives the same
 * bytes: it is known again without that. */
#include "futures/routine_lua.h"

#include <lauxlib.h>
#include <string.h>

#include "core/calling.h"
#include "core/code.h"
#include "core/registry.h"

/* Registry keys. */
static const char last_key, metatable_key;

/* The userdata, whose user value is `function`, if that is not NULL. */
typedef struct last_routine {
  mn_routine *routine; /* a reference, or NULL */
  const void
      *function; /* it always gives that routine; NULL: it may give another one the next time */
} last_routine;

static int l_gc(lua_State *L) {
  last_routine *last = lua_touserdata(L, 1);
  if (!mn_is_finalizing(L)) return 0;
  mn_routine_unref(last->routine);
  *last = (last_routine){0};
  return 0;
}

/* Pushes the userdata, which stays as long as the state does. */
static last_routine *push_last(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &last_key) == LUA_TUSERDATA) return lua_touserdata(L, -1);
  lua_pop(L, 1);
  last_routine *last = lua_newuserdatauv(L, sizeof *last, 1);
  *last = (last_routine){0};
  mn_registry_push_metatable(L, &metatable_key, l_gc);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &last_key);
  return last;
}

static bool is_same(const mn_message *a, const mn_message *b) {
  if (a->size != b->size || a->handles != b->handles || a->values != b->values) return false;
  if (memcmp(mn_message_bytes(a), mn_message_bytes(b), a->size) != 0) return false;
  return a->handles == 0 ||
         memcmp(a->body.heap.handles, b->body.heap.handles, a->handles * sizeof(mn_handle *)) == 0;
}

/* Whether the function has no upvalue that it could use. */
static bool refers_to_nothing(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TFUNCTION || lua_iscfunction(L, index)) return false;
  if (!lua_getupvalue(L, index, 1)) return true;
  lua_pop(L, 1);
  if (lua_getupvalue(L, index, 2)) {
    lua_pop(L, 1);
    return false;
  }
  mn_code *code = mn_code_of(L, index);
  if (!code) return false;
  bool unused = code->env_upvalue == 1 && code->name_count == 0 && !code->env_escapes;
  mn_handle_unref(&code->handle);
  return unused;
}

/* The userdata is on top of the stack. */
static void encode(lua_State *L, last_routine *last, int index, const char *root) {
  mn_message message;
  last->function = NULL;
  mn_encode_or_throw(L, index, 1, root, 1, &message);
  if (last->routine && is_same(&message, &last->routine->message)) {
    mn_message_drop(&message);
  } else {
    mn_routine *routine = mn_routine_new(&message);
    if (!routine) {
      mn_message_drop(&message);
      luaL_error(L, "not enough memory");
    }
    mn_routine_unref(last->routine);
    last->routine = routine;
  }
  if (!refers_to_nothing(L, index)) return;
  lua_pushvalue(L, index);
  lua_setiuservalue(L, -2, 1);
  last->function = lua_topointer(L, index);
}

mn_routine *mn_routine_get(lua_State *L, int index, const char *root) {
  last_routine *last = push_last(L);
  if (!last->function || last->function != lua_topointer(L, index)) encode(L, last, index, root);
  lua_pop(L, 1);
  return mn_routine_ref(last->routine);
}

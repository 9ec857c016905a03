/* once/once_lua.c -- Once as Lua sees it. */
#include "once/once_lua.h"

#include "core/binding.h"
#include "core/calling.h"
#include "core/codec.h"
#include "core/inside.h"
#include "core/task.h"
#include "lock/guard_lua.h"
#include "once/once.h"

static mn_once *check_once(lua_State *L) {
  return (mn_once *)(void *)mn_check_handle(L, 1, &mn_once_type);
}

static int l_done(lua_State *L) {
  lua_pushboolean(L, mn_once_is_done(check_once(L)));
  return 1;
}

/* ---- calling ---- */

static void release(lua_State *L, mn_handle *object, uint64_t turn) {
  (void)turn;
  mn_once_fail((mn_once *)(void *)object, mn_waiter_of(L));
}

static const mn_guard_kind running = {&mn_once_type, NULL, release};

static int push_results(lua_State *L, const mn_once *once) {
  return mn_decode(L, mn_once_results(once));
}

/* The object and the guard are below f's results. What was decided is what everybody gets, this call
 * too: copies. */
static int after_call(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  mn_message results;
  mn_once *once = check_once(L);
  mn_stack_need_for(L, LUA_MINSTACK, "too many results");
  mn_encode_or_throw(L, 3, lua_gettop(L) - 2, "result #%d", 1, &results);
  mn_once_finish(once, &results);
  lua_settop(L, 2);
  return push_results(L, once);
}

/* Above the object and the guard there are f and its arguments. */
static int begin_and_call(lua_State *L, int resumed, lua_KContext context) {
  (void)resumed;
  bool runs;
  mn_once *once = check_once(L);
  mn_status status = mn_once_begin(once, mn_waiter_to_park(L), &runs);
  if (status == MN_PARKED) return mn_task_park_at(L, context, begin_and_call);
  if (status == MN_DEADLOCK) return luaL_error(L, "call() from within the function that it runs");
  if (status != MN_OK) return mn_push_status(L, status);
  if (!runs) return push_results(L, once);
  mn_guard_arm(lua_touserdata(L, 2), &running, 0);
  lua_callk(L, lua_gettop(L) - 3, LUA_MULTRET, 0, after_call);
  return after_call(L, LUA_OK, 0);
}

static int l_call(lua_State *L) {
  const mn_once *once = check_once(L);
  mn_check_callable(L, 2);
  if (mn_once_is_done(once)) return push_results(L, once);
  (void)mn_guard_push(L);
  lua_insert(L, 2);
  lua_toclose(L, 2);
  return begin_and_call(L, LUA_OK, 0);
}

/* ---- opening ---- */

static int l_new(lua_State *L) {
  mn_ref *ref = mn_ref_new(L, &mn_once_type);
  mn_once *once = mn_once_new();
  if (!once) return luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, (mn_handle *)(void *)once);
  return 1;
}

static const luaL_Reg methods[] = {{"call", l_call}, {"done", l_done}, {NULL, NULL}};

static const mn_binding binding = {.methods = methods};

void mn_once_open(lua_State *L) {
  mn_type_open(L, &mn_once_type, &binding);
  lua_pushcfunction(L, l_new);
  lua_setfield(L, -2, "Once");
}

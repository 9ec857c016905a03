/* process/far_future_lua.c -- who waits has the stand-in; what scripts see is always the proxy. */
#include "process/far_future_lua.h"

#include <errno.h>
#include <string.h>

#include "core/binding.h"
#include "core/calling.h"
#include "futures/callbacks_lua.h"
#include "process/far_future.h"
#include "process/gone_lua.h"

/* Calls the method at home, with a 0 if it takes an argument; pushes its first result. */
static void call_method(lua_State *L, mn_proxy *proxy, const char *name, int arguments) {
  mn_push_handle(L, &proxy->handle);
  lua_getfield(L, -1, name);
  lua_insert(L, -2);
  if (arguments > 0) lua_pushinteger(L, 0);
  lua_call(L, 1 + arguments, 1);
}

/* Makes a call of the future at home, a wait that is over at once, for what it raises. */
static void ask(lua_State *L, mn_proxy *proxy) {
  call_method(L, proxy, "wait", 1);
  lua_pop(L, 1);
}

/* Raises why nobody will know how the future ends: that is what any call of it raises. Its home may be gone,
 * or the process between here and there. */
static void throw_lost(lua_State *L, mn_proxy *proxy) {
  if (atomic_load(&proxy->link->closed)) mn_throw_gone(L, proxy->link);
  ask(L, proxy);
  luaL_error(L, "%s", mn_status_word(MN_NOMEM)); /* it was there, but could not be asked */
}

static mn_future *stand_in_of(lua_State *L, mn_proxy *proxy) {
  mn_future *stand_in = NULL;
  mn_status status = mn_far_future_get(proxy, &stand_in);
  if (status == MN_CLOSED) mn_throw_gone(L, proxy->link);
  if (status == MN_INVALID) luaL_error(L, "cannot reach the process: %s", strerror(errno));
  if (status != MN_OK) luaL_error(L, "%s", mn_status_word(status));
  if (mn_far_future_is_lost(stand_in)) throw_lost(L, proxy);
  return stand_in;
}

/* Whether the caller runs a task that the other side has sent. */
static bool is_in_task(lua_State *L, mn_link *link) {
  return link->is_to_parent && mn_link_task_of(link, mn_self(L)) != 0;
}

bool mn_far_future_block(lua_State *L, mn_handle *object) {
  mn_link *link = ((const mn_proxy *)(const void *)object)->link;
  if (!is_in_task(L, link)) return false;
  return mn_link_tell(link, (mn_command){MN_COMMAND_BLOCK, 1, 0, 0}, -1) == MN_OK;
}

void mn_far_future_unblock(lua_State *L, mn_handle *object) {
  (void)L;
  mn_link *link = ((const mn_proxy *)(const void *)object)->link;
  (void)mn_link_tell(link, (mn_command){MN_COMMAND_BLOCK, 0, 0, 0}, -1);
}

/* Asks home how far it is, and ends the stand-in if that is the end. */
static void look_now(lua_State *L, mn_proxy *proxy, const mn_future *stand_in) {
  if (mn_future_has_ended(stand_in)) return;
  call_method(L, proxy, "status", 0);
  const char *word = lua_tostring(L, -1);
  for (mn_future_status s = MN_FUTURE_DONE; word && s <= MN_FUTURE_CANCELLED; s++)
    if (strcmp(word, mn_future_status_word(s)) == 0) mn_far_future_know(proxy, s);
  lua_pop(L, 1);
}

mn_handle *mn_far_future_stand_in(lua_State *L, mn_handle *object, const mn_type *type, bool now) {
  mn_proxy *proxy = (mn_proxy *)(void *)object;
  bool is_one = type == &mn_future_type && strcmp(proxy->type_name, type->name) == 0;
  if (!is_one) return NULL;
  mn_future *stand_in = stand_in_of(L, proxy);
  /* It may be the task's own, for which it can't wait: home knows that, and any wait says so. */
  if (!mn_future_has_ended(stand_in) && is_in_task(L, proxy->link)) ask(L, proxy);
  if (now) look_now(L, proxy, stand_in);
  return &stand_in->handle;
}

/* Upvalues: the function, the future. */
static int l_call_with(lua_State *L) {
  lua_settop(L, 0);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_call(L, 1, 0);
  return 0;
}

int mn_far_future_l_add_done_callback(lua_State *L) {
  mn_proxy *proxy = (mn_proxy *)(void *)mn_check_handle(L, 1, &mn_proxy_type);
  mn_check_callable(L, 2);
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 1);
  lua_pushcclosure(L, l_call_with, 2);
  mn_callback_add(L, stand_in_of(L, proxy), 3);
  return 0;
}

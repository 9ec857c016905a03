/* process/far_future_lua.c -- who waits has the stand-in; what scripts see is always the proxy. */
#include "process/far_future_lua.h"

#include <errno.h>
#include <string.h>

#include "core/binding.h"
#include "futures/callbacks_lua.h"
#include "process/far_future.h"
#include "process/gone_lua.h"

/* Raises why nobody will know how the future ends: that is what any call of it raises. Its home may be gone,
 * or the process between here and there. */
static void throw_lost(lua_State *L, mn_proxy *proxy) {
  if (atomic_load(&proxy->link->closed)) mn_throw_gone(L, proxy->link);
  mn_push_handle(L, &proxy->handle);
  lua_getfield(L, -1, "done");
  lua_insert(L, -2);
  lua_call(L, 1, 0);
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

mn_handle *mn_far_future_stand_in(lua_State *L, mn_handle *object, const mn_type *type) {
  mn_proxy *proxy = (mn_proxy *)(void *)object;
  bool is_one = type == &mn_future_type && strcmp(proxy->type_name, type->name) == 0;
  return is_one ? &stand_in_of(L, proxy)->handle : NULL;
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

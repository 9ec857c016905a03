/* net/listener_lua.c -- the methods of Listener. */
#include "net/listener_lua.h"

#include "core/binding.h"
#include "core/calling.h"
#include "net/connection_lua.h"
#include "net/input_lua.h"
#include "net/listener.h"

static mn_listener *check_listener(lua_State *L) {
  return (mn_listener *)(void *)mn_check_handle(L, 1, &mn_listener_type);
}

static int l_accept(lua_State *L) {
  lua_settop(L, 2);
  mn_listener *listener = check_listener(L);
  mn_time deadline = mn_check_deadline(L, 2);
  mn_connection *connection;
  mn_waiter *self = mn_waiter_to_park(L);
  mn_ref *ref = mn_ref_new(L, &mn_connection_type);
  mn_status status = mn_listener_accept(listener, self, deadline, &connection);
  if (mn_net_collects(L, status))
    status = mn_listener_accept(listener, self, deadline, &connection);
  if (status != MN_OK) return mn_push_net_status(L, status);
  mn_ref_fill(L, ref, (mn_handle *)(void *)connection);
  return 1;
}

static int l_close(lua_State *L) {
  lua_pushboolean(L, mn_listener_close(check_listener(L)));
  return 1;
}

static int l_closed(lua_State *L) {
  lua_pushboolean(L, mn_listener_is_closed(check_listener(L)));
  return 1;
}

static int l_address(lua_State *L) {
  mn_address address;
  mn_listener_address(check_listener(L), &address);
  mn_push_address(L, &address);
  return 1;
}

static const luaL_Reg methods[] = {{"accept", l_accept},
                                   {"close", l_close},
                                   {"closed", l_closed},
                                   {"address", l_address},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__close", l_close}, {NULL, NULL}};

static const mn_binding binding = {
    .methods = methods, .metamethods = metamethods, .face = "net/listener"};

void mn_listener_open(lua_State *L) {
  mn_type_open(L, &mn_listener_type, &binding);
}

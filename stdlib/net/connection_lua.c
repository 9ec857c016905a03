/* net/connection_lua.c -- the methods of Connection. */
#include "net/connection_lua.h"

#include <errno.h>

#include "core/calling.h"
#include "net/input_lua.h"

static mn_connection *check_connection(lua_State *L) {
  return (mn_connection *)(void *)mn_check_handle(L, 1, &mn_connection_type);
}

static mn_handle *handle_of(mn_connection *connection) {
  return (mn_handle *)(void *)connection;
}

void mn_push_address(lua_State *L, const mn_address *address) {
  char text[MN_ADDRESS_TEXT];
  mn_address_write(address, text, sizeof text);
  lua_pushstring(L, text);
}

bool mn_net_collects(lua_State *L, mn_status status) {
  if (status != MN_INVALID || (errno != EMFILE && errno != ENFILE)) return false;
  lua_gc(L, LUA_GCCOLLECT);
  return true;
}

/* ---- TLS ---- */

/* Before something is read or written, in the time that argument 3 gives. MN_OK; else what the call gives is
 * pushed, *count values, unless it is MN_PARKED. */
static mn_status agree(lua_State *L, mn_connection *c, int seconds, int *count) {
  const char *why = "";
  mn_time deadline = mn_check_deadline(L, seconds);
  mn_status status = mn_connection_agree(c, mn_waiter_to_park(L), deadline, &why);
  if (status == MN_OK) return status;
  *count = mn_push_net_status(L, status);
  if (status != MN_INVALID || !*why) return status;
  lua_pushfstring(L, "TLS: %s", why);
  lua_replace(L, -3);
  return status;
}

static int l_handshake(lua_State *L) {
  mn_connection *c = check_connection(L);
  int count = 0;
  luaL_argcheck(L, mn_connection_tls(c), 1, "the connection speaks no TLS");
  if (mn_connection_is_to_agree(c) && agree(L, c, 2, &count) != MN_OK) return count;
  lua_pushboolean(L, true);
  return 1;
}

/* tls(): the version, and the protocol that was agreed on, if one was; nil: it speaks none. */
static int l_tls(lua_State *L) {
  char protocol[256];
  mn_tls *tls = mn_connection_tls(check_connection(L));
  if (!tls || !mn_tls_is_ready(tls)) {
    luaL_pushfail(L);
    return 1;
  }
  mn_tls_protocol(tls, protocol, sizeof protocol);
  lua_pushstring(L, mn_tls_version(tls));
  if (!*protocol) return 1;
  lua_pushstring(L, protocol);
  return 2;
}

/* ---- reading ---- */

static int l_read(lua_State *L) {
  mn_connection *c = check_connection(L);
  int count = 0;
  if (mn_connection_is_to_agree(c) && agree(L, c, 3, &count) != MN_OK) return count;
  return mn_input_read(L, mn_connection_input(c), handle_of(c));
}

static int l_read_until(lua_State *L) {
  mn_connection *c = check_connection(L);
  int count = 0;
  if (mn_connection_is_to_agree(c) && agree(L, c, 3, &count) != MN_OK) return count;
  return mn_input_read_until(L, mn_connection_input(c), handle_of(c));
}

static int l_receive(lua_State *L) {
  mn_connection *c = check_connection(L);
  int count = 0;
  if (mn_connection_is_to_agree(c) && agree(L, c, 3, &count) != MN_OK) return count;
  return mn_input_receive(L, mn_connection_input(c), handle_of(c));
}

static int l_lines(lua_State *L) {
  (void)check_connection(L);
  return mn_input_lines(L, l_read);
}

/* ---- writing ---- */

/* Throws unless each element can be written. */
static void check_list(lua_State *L, int index) {
  lua_Integer count = luaL_len(L, index);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_geti(L, index, i);
    if (!lua_isstring(L, -1))
      luaL_argerror(L, index,
                    lua_pushfstring(L, "string expected at index %I of the table, got %s", i,
                                    luaL_typename(L, -1)));
    lua_pop(L, 1);
  }
}

/* Puts all of a list in its place as one string: it may change while this waits. */
static void join_list(lua_State *L, int index) {
  luaL_Buffer joined;
  check_list(L, index);
  lua_Integer count = luaL_len(L, index);
  luaL_buffinit(L, &joined);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_geti(L, index, i);
    luaL_addvalue(&joined);
  }
  luaL_pushresult(&joined);
  lua_replace(L, index);
}

static int l_write(lua_State *L) {
  mn_connection *c = check_connection(L);
  size_t size, written;
  if (lua_type(L, 2) == LUA_TTABLE) join_list(L, 2);
  const char *bytes = luaL_checklstring(L, 2, &size);
  int given = 0;
  if (mn_connection_is_to_agree(c) && agree(L, c, 3, &given) != MN_OK) return given;
  mn_time deadline = mn_check_deadline(L, 3);
  mn_status status = mn_output_write(mn_connection_output(c), mn_waiter_to_park(L), bytes, size,
                                     deadline, handle_of(c), &written);
  int count = mn_push_net_status(L, status);
  if (status != MN_TIMEOUT) return count;
  lua_pushinteger(L, (lua_Integer)written);
  return count + 1;
}

/* ---- ending ---- */

static int l_shutdown(lua_State *L) {
  static const char *const sides[] = {"write", "read", "both", NULL};
  mn_connection *c = check_connection(L);
  int side = luaL_checkoption(L, 2, "write", sides);
  return mn_push_net_status(L, mn_connection_shut_down(c, side != 0, side != 1));
}

static int l_close(lua_State *L) {
  lua_pushboolean(L, mn_connection_close(check_connection(L)));
  return 1;
}

static int l_closed(lua_State *L) {
  lua_pushboolean(L, mn_connection_is_closed(check_connection(L)));
  return 1;
}

static int l_address(lua_State *L) {
  mn_address address;
  mn_status status = mn_connection_address(check_connection(L), &address);
  if (status != MN_OK) return mn_push_net_status(L, status);
  mn_push_address(L, &address);
  return 1;
}

static int l_peer(lua_State *L) {
  mn_address address;
  mn_connection_peer(check_connection(L), &address);
  mn_push_address(L, &address);
  return 1;
}

static const luaL_Reg methods[] = {
    {"read", l_read},   {"read_until", l_read_until}, {"receive", l_receive},
    {"lines", l_lines}, {"write", l_write},           {"shutdown", l_shutdown},
    {"close", l_close}, {"closed", l_closed},         {"address", l_address},
    {"peer", l_peer},   {"handshake", l_handshake},   {"tls", l_tls},
    {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__close", l_close}, {NULL, NULL}};

static const mn_binding binding = {.methods = methods, .metamethods = metamethods};

void mn_connection_open(lua_State *L) {
  mn_type_open(L, &mn_connection_type, &binding);
}

/* net/net_lua.c -- what net.lua needs of the C, and the functions of moons.net. */
#include "net/net_lua.h"

#include <string.h>

#include "base/alloc.h"
#include "core/binding.h"
#include "core/calling.h"
#include "core/face.h"
#include "core/registry.h"
#include "net/connection_lua.h"
#include "net/input_lua.h"
#include "net/listener.h"
#include "net/listener_lua.h"
#include "net/lookup.h"
#include "net/standard_input.h"
#include "os/process.h"
#include "time/time_lua.h"

static mn_sources *sources_of(lua_State *L) {
  return &mn_self(L)->runtime->sources;
}

/* ---- addresses, which net.lua has as strings ---- */

static void push_raw(lua_State *L, const mn_address *address) {
  lua_pushlstring(L, (const char *)address->bytes, address->size);
}

static mn_address check_raw(lua_State *L, int index) {
  size_t size;
  const char *bytes = luaL_checklstring(L, index, &size);
  mn_address address = {.size = (uint32_t)size};
  if (size > sizeof address.bytes) luaL_argerror(L, index, "no address");
  memcpy(address.bytes, bytes, size);
  return address;
}

static int push_list(lua_State *L, const mn_address *addresses, size_t count) {
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    push_raw(L, &addresses[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int push_failure(lua_State *L, const char *why) {
  luaL_pushfail(L);
  lua_pushstring(L, why);
  return 2;
}

/* What goes with a userdata, so that nothing leaks where a call throws. */
typedef struct box {
  void *content;
  void (*drop)(void *content);
} box;

static const char BOX_KEY;

static int l_box_gc(lua_State *L) {
  box *b = lua_touserdata(L, 1);
  void *content = b->content;
  b->content = NULL;
  if (content) b->drop(content);
  return 0;
}

static box *new_box(lua_State *L, void (*drop)(void *)) {
  box *b = lua_newuserdatauv(L, sizeof *b, 0);
  *b = (box){.drop = drop};
  mn_registry_push_metatable(L, &BOX_KEY, l_box_gc);
  lua_setmetatable(L, -2);
  return b;
}

static void drop_lookup(void *lookup) {
  mn_lookup_unref(lookup);
}

static int push_answer(lua_State *L, mn_status status, const mn_address *addresses, size_t count,
                       const char *why) {
  if (status == MN_OK) return push_list(L, addresses, count);
  return status == MN_INVALID ? push_failure(L, why) : mn_push_status(L, status);
}

/* look_up(host, port, listens, seconds): a list of addresses; or nil and why not. */
static int l_look_up(lua_State *L) {
  lua_settop(L, 4);
  const char *host = luaL_checkstring(L, 1), *port = luaL_checkstring(L, 2), *why = NULL;
  mn_time deadline = mn_check_deadline(L, 4);
  mn_waiter *self = mn_waiter_to_park(L);
  box *b = new_box(L, drop_lookup);
  const mn_address *addresses = NULL;
  size_t count = 0;
  b->content = mn_waiter_take_kept(self, drop_lookup);
  if (!b->content) b->content = mn_lookup_new(host, port, lua_toboolean(L, 3));
  if (!b->content) return push_failure(L, "cannot start a thread to look it up");
  mn_status status = mn_lookup_wait(b->content, self, deadline, &addresses, &count, &why);
  if (status == MN_PARKED) {
    mn_waiter_keep(self, b->content, drop_lookup);
    b->content = NULL;
  }
  return push_answer(L, status, addresses, count, why);
}

/* numeric(host, port, listens): the same for what is a number already, which asks nobody. */
static int l_numeric(lua_State *L) {
  const char *host = luaL_checkstring(L, 1), *port = luaL_checkstring(L, 2), *why = NULL;
  box *b = new_box(L, mn_free);
  mn_address *addresses = NULL;
  size_t count = 0;
  mn_status status =
      mn_net_look_up(host, port, lua_toboolean(L, 3), true, &addresses, &count, &why);
  b->content = addresses;
  return push_answer(L, status, addresses, count, why);
}

/* path(path): the address of a Unix socket; nil: it can't be one. */
static int l_path(lua_State *L) {
  size_t size;
  const char *path = luaL_checklstring(L, 1, &size);
  mn_address address;
  if (!mn_address_of_path(path, size, &address)) return 0;
  push_raw(L, &address);
  return 1;
}

/* ---- TLS ---- */

static void drop_context(void *context) {
  mn_tls_context_unref(context);
}

/* tls(accepts, verifies, ca, certificate, key, alpn): a context for connections; or nil and why not. */
static int l_tls(lua_State *L) {
  char why[256];
  mn_tls_options options = {.accepts = lua_toboolean(L, 1),
                            .verifies = lua_toboolean(L, 2),
                            .ca = luaL_optstring(L, 3, NULL),
                            .certificate = luaL_optstring(L, 4, NULL),
                            .key = luaL_optstring(L, 5, NULL)};
  options.alpn = (const unsigned char *)luaL_optlstring(L, 6, NULL, &options.alpn_size);
  box *b = new_box(L, drop_context);
  b->content = mn_tls_context_new(&options, why, sizeof why);
  return b->content ? 1 : push_failure(L, why);
}

/* secure(connection, context, host): from now on it speaks TLS; or nil and why not. */
static int l_secure(lua_State *L) {
  mn_connection *c = (mn_connection *)(void *)mn_check_handle(L, 1, &mn_connection_type);
  const box *b = lua_touserdata(L, 2);
  mn_status status = mn_connection_secure(c, b->content, luaL_optstring(L, 3, NULL));
  if (status == MN_FULL) return push_failure(L, "something that came was not read yet");
  return mn_push_net_status(L, status);
}

static mn_tls_context *context_at(lua_State *L, int index) {
  const box *b = lua_touserdata(L, index);
  return b ? b->content : NULL;
}

/* ---- making connections ---- */

/* limit, no_delay, keep_alive from `index` on; net.lua has checked them. */
static mn_connection_options options_at(lua_State *L, int index) {
  return (mn_connection_options){.limit = (size_t)lua_tointeger(L, index),
                                 .no_delay = lua_toboolean(L, index + 1),
                                 .keep_alive = (int)lua_tointeger(L, index + 2)};
}

static void drop_connection(void *connection) {
  mn_handle_unref(connection);
}

static mn_status begin(lua_State *L, const mn_address *address, mn_connection **connection) {
  mn_connection_options options = options_at(L, 3);
  mn_status status = mn_connection_begin(sources_of(L), address, &options, connection);
  if (mn_net_collects(L, status))
    status = mn_connection_begin(sources_of(L), address, &options, connection);
  return status;
}

/* connect(address, seconds, limit, no_delay, keep_alive): a connection, or nil, why not, and the system's
 * number of that. */
static int l_connect(lua_State *L) {
  lua_settop(L, 5);
  mn_address address = check_raw(L, 1);
  mn_time deadline = mn_check_deadline(L, 2);
  mn_waiter *self = mn_waiter_to_park(L);
  mn_ref *ref = mn_ref_new(L, &mn_connection_type);
  mn_connection *connection = mn_waiter_take_kept(self, drop_connection);
  mn_status status = connection ? MN_OK : begin(L, &address, &connection);
  if (status != MN_OK) return mn_push_net_status(L, status);
  status = mn_connection_await(connection, self, deadline);
  if (status == MN_OK) {
    mn_ref_fill(L, ref, (mn_handle *)(void *)connection);
    return 1;
  }
  if (status == MN_PARKED)
    mn_waiter_keep(self, connection, drop_connection);
  else
    mn_handle_unref((mn_handle *)(void *)connection);
  return mn_push_net_status(L, status);
}

/* listen(address, backlog, limit, no_delay, keep_alive, reuse_port, context): a listener; or the same. */
static int l_listen(lua_State *L) {
  mn_address address = check_raw(L, 1);
  mn_connection_options options = options_at(L, 3);
  options.tls = context_at(L, 7);
  mn_listening how = {.backlog = (int)lua_tointeger(L, 2), .reuse_port = lua_toboolean(L, 6)};
  mn_ref *ref = mn_ref_new(L, &mn_listener_type);
  mn_listener *listener;
  mn_status status = mn_listener_new(sources_of(L), &address, &how, &options, &listener);
  if (mn_net_collects(L, status))
    status = mn_listener_new(sources_of(L), &address, &how, &options, &listener);
  if (status != MN_OK) return mn_push_net_status(L, status);
  mn_ref_fill(L, ref, (mn_handle *)(void *)listener);
  return 1;
}

/* Two connections of the two ends. */
static mn_status connect_ends(lua_State *L, const int ends[2], mn_handle *made[2]) {
  const mn_connection_options options = {.limit = MN_LINE_LIMIT};
  for (int i = 0; i < 2; i++) {
    made[i] = (mn_handle *)(void *)mn_connection_new(sources_of(L), ends[i], NULL, &options);
    if (made[i]) continue;
    for (int left = i; left < 2; left++) mn_os_close(ends[left]);
    if (i > 0) mn_handle_unref(made[0]);
    return MN_NOMEM;
  }
  return MN_OK;
}

static int l_pair(lua_State *L) {
  int ends[2];
  mn_ref *refs[2];
  mn_handle *made[2];
  lua_settop(L, 0);
  for (int i = 0; i < 2; i++) refs[i] = mn_ref_new(L, &mn_connection_type);
  mn_status status = mn_net_pair(ends);
  if (mn_net_collects(L, status)) status = mn_net_pair(ends);
  if (status == MN_OK) status = connect_ends(L, ends, made);
  if (status != MN_OK) return mn_push_net_status(L, status);
  /* Both have an owner before anything can throw. */
  for (int i = 0; i < 2; i++) refs[i]->object = made[i];
  for (int i = 0; i < 2; i++) {
    lua_pushvalue(L, i + 1);
    mn_ref_fill(L, refs[i], made[i]);
    lua_pop(L, 1);
  }
  return 2;
}

static const luaL_Reg core[] = {{"look_up", l_look_up},   {"numeric", l_numeric},
                                {"path", l_path},         {"connect", l_connect},
                                {"listen", l_listen},     {"tls", l_tls},
                                {"secure", l_secure},     {"sleep", mn_time_sleep},
                                {"clock", mn_time_clock}, {NULL, NULL}};

/* ---- moons.stdin ---- */

static mn_input *check_stdin(lua_State *L, mn_handle **object) {
  luaL_checktype(L, 1, LUA_TTABLE);
  *object = mn_standard_input(mn_self(L)->runtime);
  return *object ? mn_standard_input_of(*object) : NULL;
}

static int l_stdin_read(lua_State *L) {
  mn_handle *object;
  mn_input *input = check_stdin(L, &object);
  return input ? mn_input_read(L, input, object) : luaL_fileresult(L, 0, NULL);
}

static int l_stdin_read_until(lua_State *L) {
  mn_handle *object;
  mn_input *input = check_stdin(L, &object);
  return input ? mn_input_read_until(L, input, object) : luaL_fileresult(L, 0, NULL);
}

static int l_stdin_receive(lua_State *L) {
  mn_handle *object;
  mn_input *input = check_stdin(L, &object);
  return input ? mn_input_receive(L, input, object) : luaL_fileresult(L, 0, NULL);
}

static int l_stdin_lines(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  return mn_input_lines(L, l_stdin_read);
}

static const luaL_Reg stdin_methods[] = {{"read", l_stdin_read},
                                         {"read_until", l_stdin_read_until},
                                         {"receive", l_stdin_receive},
                                         {"lines", l_stdin_lines},
                                         {NULL, NULL}};

/* ---- the functions ---- */

static int l_net_connect(lua_State *L) {
  return mn_face_call(L, "net/net", core, "connect");
}

static int l_net_listen(lua_State *L) {
  return mn_face_call(L, "net/net", core, "listen");
}

static const luaL_Reg functions[] = {
    {"connect", l_net_connect}, {"listen", l_net_listen}, {"pair", l_pair}, {NULL, NULL}};

void mn_net_open(lua_State *L) {
  mn_connection_open(L);
  mn_listener_open(L);
  luaL_newlib(L, functions);
  lua_setfield(L, -2, "net");
  luaL_newlib(L, stdin_methods);
  lua_setfield(L, -2, "stdin");
}

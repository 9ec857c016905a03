/* remote/remote_lua.c -- the functions of moons.remote and the methods of its objects, all of which are Lua
 * that is loaded when it is first called. */
#include "remote/remote_lua.h"

#include "core/face.h"
#include "remote/core_lua.h"
#include "remote/remote_object.h"

#define CALLS(prefix, file, name)                                  \
  static int prefix##_##name(lua_State *L) {                       \
    return mn_face_call(L, "remote/" file, mn_remote_core, #name); \
  }

CALLS(remote, "remote", serve)
CALLS(remote, "remote", connect)

static const luaL_Reg functions[] = {
    {"serve", remote_serve}, {"connect", remote_connect}, {NULL, NULL}};

#ifdef MN_NATS

CALLS(connection, "connection", queue)
CALLS(connection, "connection", lock)
CALLS(connection, "connection", shared)
CALLS(connection, "connection", atomic)
CALLS(connection, "connection", status)
CALLS(connection, "connection", close)

static const luaL_Reg connection_methods[] = {{"queue", connection_queue},
                                              {"lock", connection_lock},
                                              {"shared", connection_shared},
                                              {"atomic", connection_atomic},
                                              {"status", connection_status},
                                              {"close", connection_close},
                                              {NULL, NULL}};
static const luaL_Reg connection_metamethods[] = {{"__close", connection_close}, {NULL, NULL}};
static const mn_binding connection_binding = {.methods = connection_methods,
                                              .metamethods = connection_metamethods};

CALLS(queue, "remote_queue", put)
CALLS(queue, "remote_queue", try_put)
CALLS(queue, "remote_queue", get)
CALLS(queue, "remote_queue", try_get)
CALLS(queue, "remote_queue", put_many)
CALLS(queue, "remote_queue", get_many)
CALLS(queue, "remote_queue", task_done)
CALLS(queue, "remote_queue", join)
CALLS(queue, "remote_queue", qsize)
CALLS(queue, "remote_queue", maxsize)
CALLS(queue, "remote_queue", close)
CALLS(queue, "remote_queue", closed)
CALLS(queue, "remote_queue", iter)
CALLS(queue, "remote_queue", delete)

static const luaL_Reg queue_methods[] = {{"put", queue_put},
                                         {"try_put", queue_try_put},
                                         {"get", queue_get},
                                         {"try_get", queue_try_get},
                                         {"put_many", queue_put_many},
                                         {"get_many", queue_get_many},
                                         {"task_done", queue_task_done},
                                         {"join", queue_join},
                                         {"qsize", queue_qsize},
                                         {"maxsize", queue_maxsize},
                                         {"close", queue_close},
                                         {"closed", queue_closed},
                                         {"iter", queue_iter},
                                         {"delete", queue_delete},
                                         {NULL, NULL}};
static const luaL_Reg queue_metamethods[] = {{"__len", queue_qsize}, {NULL, NULL}};
static const mn_binding queue_binding = {.methods = queue_methods,
                                         .metamethods = queue_metamethods,
                                         .select = &mn_remote_queue_selectable};

CALLS(lock, "remote_lock", acquire)
CALLS(lock, "remote_lock", release)
CALLS(lock, "remote_lock", locked)
CALLS(lock, "remote_lock", token)
CALLS(lock, "remote_lock", hold)
CALLS(lock, "remote_lock", with)

static const luaL_Reg lock_methods[] = {{"acquire", lock_acquire},
                                        {"release", lock_release},
                                        {"locked", lock_locked},
                                        {"token", lock_token},
                                        {"hold", lock_hold},
                                        {"with", lock_with},
                                        {NULL, NULL}};
static const mn_binding lock_binding = {.methods = lock_methods};

CALLS(shared, "remote_shared", get)
CALLS(shared, "remote_shared", set)
CALLS(shared, "remote_shared", cas)
CALLS(shared, "remote_shared", update)
CALLS(shared, "remote_shared", copy)

/* A method, or the value of a key. */
static int shared_index(lua_State *L) {
  lua_pushvalue(L, 2);
  if (lua_isstring(L, 2) && lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  lua_settop(L, 2);
  return shared_get(L);
}

static const luaL_Reg shared_methods[] = {{"get", shared_get},   {"set", shared_set},
                                          {"cas", shared_cas},   {"update", shared_update},
                                          {"copy", shared_copy}, {NULL, NULL}};
static const luaL_Reg shared_metamethods[] = {
    {"__index", shared_index}, {"__newindex", shared_set}, {NULL, NULL}};
static const mn_binding shared_binding = {.methods = shared_methods,
                                          .metamethods = shared_metamethods};

CALLS(atomic, "remote_atomic", get)
CALLS(atomic, "remote_atomic", set)
CALLS(atomic, "remote_atomic", add)
CALLS(atomic, "remote_atomic", sub)
CALLS(atomic, "remote_atomic", cas)

static const luaL_Reg atomic_methods[] = {{"get", atomic_get}, {"set", atomic_set},
                                          {"add", atomic_add}, {"sub", atomic_sub},
                                          {"cas", atomic_cas}, {NULL, NULL}};
static const mn_binding atomic_binding = {.methods = atomic_methods};

static void open_types(lua_State *L) {
  mn_type_open(L, &mn_remote_type, &connection_binding);
  mn_type_open(L, &mn_remote_queue_type, &queue_binding);
  mn_type_open(L, &mn_remote_lock_type, &lock_binding);
  mn_type_open(L, &mn_remote_shared_type, &shared_binding);
  mn_type_open(L, &mn_remote_atomic_type, &atomic_binding);
}

#else

static void open_types(lua_State *L) {
  (void)L;
}

#endif

void mn_remote_open(lua_State *L) {
  open_types(L);
  luaL_newlib(L, functions);
  lua_setfield(L, -2, "remote");
}

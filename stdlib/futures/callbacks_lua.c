/* futures/callbacks_lua.c -- one watcher for each state, whose tokens are keys of a table of functions.
 *
 * The watcher calls the thread, and the thread's waits serve it (core/wait.h): so callbacks run on
 * the thread that added them, never within each other. */
#include "futures/callbacks_lua.h"

#include <stdio.h>
#include <string.h>

#include "core/binding.h"
#include "core/failure.h"
#include "core/inside.h"
#include "core/registry.h"
#include "futures/watcher.h"

/* Registry keys: of the userdata that holds the watcher, whose user value is the table of functions;
 * of its metatable. */
static const char callbacks_key, metatable_key;

typedef struct callbacks {
  mn_watcher *watcher;
  uint64_t last_token;
} callbacks;

static int l_gc(lua_State *L) {
  callbacks *c = lua_touserdata(L, 1);
  if (!mn_is_finalizing(L)) return 0;
  if (c->watcher) mn_watcher_close(c->watcher);
  c->watcher = NULL;
  return 0;
}

/* Pushes the state's userdata, made when it is first needed. */
static callbacks *push_callbacks(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &callbacks_key) == LUA_TUSERDATA)
    return lua_touserdata(L, -1);
  lua_pop(L, 1);
  callbacks *c = lua_newuserdatauv(L, sizeof *c, 1);
  *c = (callbacks){0};
  mn_registry_push_metatable(L, &metatable_key, l_gc);
  lua_setmetatable(L, -2);
  lua_newtable(L);
  lua_setiuservalue(L, -2, 1);
  c->watcher = mn_watcher_new(mn_self(L));
  if (!c->watcher) luaL_error(L, "not enough memory");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &callbacks_key);
  return c;
}

/* ---- serving ---- */

/* A callback's error is nobody's to catch. */
static void print_error(lua_State *L) {
  atomic_store(&mn_state_of(L)->runtime->lost_error, true);
  const char *report = lua_tostring(L, -1);
  char head[] = "moons: a callback failed: ";
  mn_os_write_error(head, sizeof head - 1);
  mn_os_write_error(report, strlen(report));
  mn_os_write_error("\n", 1);
}

/* Takes the userdata. Calls what is due. */
static int l_serve(lua_State *L) {
  callbacks *c = lua_touserdata(L, 1);
  mn_waiter *self = &mn_self(L)->waiter;
  mn_future *future;
  uint64_t token;
  lua_getiuservalue(L, 1, 1);
  while (!atomic_load(&self->cancelled) && mn_watcher_take(c->watcher, &future, &token) == MN_OK) {
    self->expected--;
    lua_rawgeti(L, 2, (lua_Integer)token);
    lua_pushnil(L);
    lua_rawseti(L, 2, (lua_Integer)token);
    mn_push_handle(L, &future->handle);
    mn_handle_unref(&future->handle);
    if (mn_state_call(L, 1, 0) == LUA_OK) continue;
    if (!mn_failure_is_cancellation(L)) print_error(L);
    lua_settop(L, 2);
  }
  return 0;
}

static void serve(mn_waiter *waiter) {
  const mn_state *state = mn_list_entry(waiter, mn_thread, waiter)->state;
  if (!state) return;
  lua_State *L = state->running ? state->running : state->main;
  if (!lua_checkstack(L, LUA_MINSTACK)) return;
  lua_pushcfunction(L, l_serve);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &callbacks_key);
  if (mn_state_call(L, 1, 0) != LUA_OK) lua_pop(L, 2);
}

/* ---- adding ---- */

void mn_callback_add(lua_State *L, mn_future *future, int index) {
  callbacks *c = push_callbacks(L);
  mn_waiter *self = &mn_self(L)->waiter;
  uint64_t token = ++c->last_token;
  self->serve = serve;
  lua_getiuservalue(L, -1, 1);
  lua_pushvalue(L, index);
  lua_rawseti(L, -2, (lua_Integer)token);
  self->expected++;
  if (mn_watcher_add(c->watcher, future, token) != MN_OK) {
    self->expected--;
    lua_pushnil(L);
    lua_rawseti(L, -2, (lua_Integer)token);
    luaL_error(L, "not enough memory");
  }
  lua_pop(L, 2);
}

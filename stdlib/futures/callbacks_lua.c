/* futures/callbacks_lua.c -- one watcher for each state, whose tokens are keys of a table of functions.
 *
 * The watcher calls the thread, and the thread's waits serve it (core/wait.h): so callbacks run on
 * the thread that added them, never within each other. They have a coroutine of their own, since who
 * waits may have no room left on its stack. The futures of modules above are in the table, too, under the
 * negative token. */
#include "futures/callbacks_lua.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "core/binding.h"
#include "core/failure.h"
#include "core/interrupt.h"
#include "core/registry.h"
#include "core/report.h"
#include "futures/watcher.h"

/* Registry keys: of the userdata that holds the watcher, whose user values are the table of functions
 * and the coroutine; of its metatable. */
static const char callbacks_key, metatable_key;
enum { FUNCTIONS = 1, COROUTINE, USER_VALUES = COROUTINE };

typedef struct callbacks {
  mn_server server;
  mn_thread *thread;
  mn_watcher *watcher;
  lua_State *L; /* the coroutine on which they are called */
  uint64_t last_token;
} callbacks;

static void serve(mn_server *server);

static int l_gc(lua_State *L) {
  callbacks *c = lua_touserdata(L, 1);
  if (!mn_is_finalizing(L)) return 0;
  if (c->thread) mn_state_look_for_end(L);
  if (c->watcher) mn_watcher_close(c->watcher);
  if (c->thread) mn_host_remove(&c->thread->host, &c->server);
  c->watcher = NULL;
  return 0;
}

/* Pushes the state's userdata, made when it is first needed. */
static callbacks *push_callbacks(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &callbacks_key) == LUA_TUSERDATA)
    return lua_touserdata(L, -1);
  lua_pop(L, 1);
  callbacks *c = lua_newuserdatauv(L, sizeof *c, USER_VALUES);
  *c = (callbacks){0};
  mn_registry_push_metatable(L, &metatable_key, l_gc);
  lua_setmetatable(L, -2);
  lua_newtable(L);
  lua_setiuservalue(L, -2, FUNCTIONS);
  c->L = lua_newthread(L);
  lua_setiuservalue(L, -2, COROUTINE);
  c->watcher = mn_watcher_new(mn_self(L));
  if (!c->watcher) luaL_error(L, "not enough memory");
  c->thread = mn_self(L);
  c->server.serve = serve;
  mn_host_add(&c->thread->host, &c->server);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &callbacks_key);
  return c;
}

/* ---- serving ---- */

/* A callback's error is nobody's to catch. */
static void print_error(lua_State *L) {
  mn_runtime *runtime = mn_state_of(L)->runtime;
  atomic_store(&runtime->lost_error, true);
  mn_report_write(runtime, "moons: a callback failed: ", lua_tostring(L, -1), "");
}

typedef struct due {
  mn_future *future;
  uint64_t token;
} due;

/* Takes what is due and the table of functions. */
static int l_call(lua_State *L) {
  const due *d = lua_touserdata(L, 1);
  mn_push_handle(L, &d->future->handle);
  lua_rawgeti(L, 2, (lua_Integer)d->token);
  lua_pushnil(L);
  lua_rawseti(L, 2, (lua_Integer)d->token);
  lua_pushnil(L);
  lua_rawseti(L, 2, -(lua_Integer)d->token);
  lua_insert(L, -2);
  lua_call(L, 1, 0);
  return 0;
}

/* Pushes the table of functions of the state; its own stack is all but empty, so this can't fail. */
static void push_functions(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &callbacks_key);
  lua_getiuservalue(L, -1, FUNCTIONS);
  lua_remove(L, -2);
}

static void call(lua_State *L, due *d) {
  lua_settop(L, 0);
  lua_pushcfunction(L, l_call);
  lua_pushlightuserdata(L, d);
  push_functions(L);
  if (mn_state_call(L, 2, 0) != LUA_OK && !mn_failure_is_cancellation(L)) print_error(L);
  lua_settop(L, 0);
}

/* The state of the thread that waits; what the thread has added callbacks to is there, too. */
static void serve(mn_server *server) {
  callbacks *c = mn_list_entry(server, callbacks, server);
  mn_state *state = c->thread->state;
  if (!state || !c->watcher) return;
  lua_State *before = mn_interrupt_switch(state, c->L);
  due d;
  while (!atomic_load(&c->thread->waiter.cancelled) &&
         mn_watcher_take(c->watcher, &d.future, &d.token) == MN_OK) {
    c->thread->host.expected--;
    call(c->L, &d);
    mn_handle_unref(&d.future->handle);
  }
  (void)mn_interrupt_switch(state, before);
}

/* ---- adding ---- */

void mn_callback_add(lua_State *L, mn_future *future, int index) {
  callbacks *c = push_callbacks(L);
  uint64_t token = ++c->last_token;
  lua_getiuservalue(L, -1, FUNCTIONS);
  lua_pushvalue(L, index);
  lua_rawseti(L, -2, (lua_Integer)token);
  if (future->kind) { /* what it gives may hang on its userdata */
    mn_push_handle(L, &future->handle);
    lua_rawseti(L, -2, -(lua_Integer)token);
  }
  c->thread->host.expected++;
  if (mn_watcher_add(c->watcher, future, token) != MN_OK) {
    c->thread->host.expected--;
    lua_pushnil(L);
    lua_rawseti(L, -2, (lua_Integer)token);
    lua_pushnil(L);
    lua_rawseti(L, -2, -(lua_Integer)token);
    luaL_error(L, "not enough memory");
  }
  lua_pop(L, 2);
}

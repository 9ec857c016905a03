/* core/host_hook.c -- noticing the hook, and calling it. */
#include "core/host_hook.h"

#include <lauxlib.h>

#include "core/host.h"

/* Registry: a function that does nothing, and the error. */
static const char NOTHING_KEY, ERROR_KEY;

void mn_host_hook_open(lua_State *L) {
  if (luaL_loadstring(L, "") != LUA_OK) lua_error(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &NOTHING_KEY);
  lua_pushboolean(L, false); /* so that nothing has to be made when it comes */
  lua_rawsetp(L, LUA_REGISTRYINDEX, &ERROR_KEY);
}

static mn_state *state_of(const mn_wait_host *host) {
  return mn_list_entry(host->waiter, mn_thread, waiter)->state;
}

/* The host's hook, if it would be called at the next instruction, whatever that is; or NULL. */
static lua_Hook hook_of(const mn_state *state) {
  lua_Hook hook = lua_gethook(state->main);
  bool calls = (lua_gethookmask(state->main) & LUA_MASKCOUNT) && lua_gethookcount(state->main) == 1;
  return hook && calls && hook != state->raising_hook ? hook : NULL;
}

static bool is_disturbed(mn_wait_host *host) {
  mn_state *state = state_of(host);
  if (!state) return false;
  lua_Hook hook = hook_of(state);
  if (!hook) state->host_hook = NULL;
  return hook != state->host_hook;
}

static void call_hook(mn_state *state) {
  lua_State *L = state->main;
  mn_thread *thread = state->thread;
  if (!lua_checkstack(L, 4)) return;
  (void)lua_rawgetp(L, LUA_REGISTRYINDEX, &NOTHING_KEY);
  if (lua_pcall(L, 0, 0, 0) == LUA_OK) return;
  lua_rawsetp(L, LUA_REGISTRYINDEX, &ERROR_KEY);
  mn_mutex_lock(&thread->mutex);
  state->host_error = true;
  atomic_store(&thread->waiter.interrupted, true);
  mn_mutex_unlock(&thread->mutex);
}

static void serve(mn_server *server) {
  mn_state *state = mn_list_entry(server, mn_state, host_server);
  lua_Hook hook = hook_of(state);
  if (!hook || hook == state->host_hook) return;
  state->host_hook = hook;
  call_hook(state);
}

void mn_host_hook_watch(mn_state *state) {
  state->host_server = (mn_server){.serve = serve};
  mn_host_add(&state->thread->host, &state->host_server);
  state->thread->host.disturbed = is_disturbed;
}

bool mn_host_hook_take_error(lua_State *L) {
  mn_state *state = mn_state_of(L);
  if (!state->host_error) return false;
  mn_thread *thread = state->thread;
  mn_mutex_lock(&thread->mutex);
  state->host_error = false;
  atomic_store(&thread->waiter.interrupted, thread->interrupts != NULL);
  mn_mutex_unlock(&thread->mutex);
  (void)lua_rawgetp(L, LUA_REGISTRYINDEX, &ERROR_KEY);
  lua_pushboolean(L, false);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &ERROR_KEY);
  return true;
}

/* spawn/spawn_body.c -- open, decode, call, encode, close. */
#include "spawn/spawn_body.h"

#include "core/binding.h"
#include "core/calling.h"
#include "core/codec.h"
#include "core/failure.h"

/* The whole of the work, in a protected call without arguments. */
static int l_work(lua_State *L) {
  mn_thread *self = mn_self(L);
  int count = mn_decode_take(L, &self->work);
  lua_call(L, count - 3, LUA_MULTRET);
  count = lua_gettop(L) - 2;
  if (!mn_encode(L, 3, count, "result #%d", 1, &self->result)) lua_error(L);
  return 0;
}

/* Calls its argument, and waits for what is yet to be called in this thread. */
static int l_script(lua_State *L) {
  lua_call(L, 0, 0);
  mn_status status = mn_waiter_settle(&mn_self(L)->waiter);
  return status == MN_OK ? 0 : mn_push_status(L, status);
}

void mn_spawn_run(mn_thread *self, mn_worker_cache *cache, lua_CFunction work) {
  mn_state *state = mn_state_open(self->runtime, self, cache);
  if (!state) {
    self->outcome = MN_THREAD_FAILED;
    return;
  }
  lua_State *L = state->main;
  lua_pushcfunction(L, l_script);
  lua_pushcfunction(L, work);
  int status = mn_state_call(L, 1, 0);
  self->outcome = MN_THREAD_DONE;
  if (status != LUA_OK && mn_failure_is_cancellation(L)) {
    self->outcome = MN_THREAD_CANCELLED;
  } else if (status != LUA_OK) {
    mn_failure failure;
    self->outcome = MN_THREAD_FAILED;
    mn_failure_keep(L, status, &failure);
    self->result = failure.value;
    self->traceback = failure.traceback;
  }
  mn_state_close(state, cache);
}

void mn_spawn_body(mn_thread *self, mn_worker_cache *cache) {
  mn_spawn_run(self, cache, l_work);
}

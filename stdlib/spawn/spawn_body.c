/* spawn/spawn_body.c -- open, decode, call, encode, close. */
#include "spawn/spawn_body.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "core/binding.h"
#include "core/codec.h"
#include "core/state.h"

/* Sets package[field] to the value at `index` unless that is nil. */
static void set_package(lua_State *L, const char *field, int index) {
  if (lua_isnil(L, index)) return;
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, "package");
  lua_pushvalue(L, index);
  lua_setfield(L, -2, field);
  lua_pop(L, 2);
}

/* The whole of the work, in a protected call without arguments. */
static int l_work(lua_State *L) {
  mn_thread *self = mn_self(L);
  int count = mn_decode_take(L, &self->work);
  set_package(L, "path", 1);
  set_package(L, "cpath", 2);
  lua_call(L, count - 3, LUA_MULTRET);
  count = lua_gettop(L) - 2;
  if (!mn_encode(L, 3, count, "result #%d", 1, &self->result)) lua_error(L);
  return 0;
}

/* Keeps the error value, argument 1, as the result; a value that can't travel as its text. */
static int l_keep_error(lua_State *L) {
  mn_thread *self = mn_self(L);
  if (mn_encode(L, 1, 1, "error value", 1, &self->result)) return 0;
  luaL_tolstring(L, 1, NULL);
  if (!mn_encode(L, -1, 1, "error value", 1, &self->result)) lua_error(L);
  return 0;
}

static char *copy_text(const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = mn_alloc(size);
  return copy ? memcpy(copy, text, size) : NULL;
}

/* True when the error value at `index` is the `cancelled` that was raised here; it may have got a
 * position in front, as coroutine.wrap does. */
static bool is_cancellation(const mn_state *state, int index) {
  lua_State *L = state->main;
  if (state->raised_at == 0 || lua_type(L, index) != LUA_TSTRING) return false;
  if (!atomic_load(&state->thread->waiter.cancelled)) return false;
  char expected[sizeof state->thread->reason + 16];
  const char *reason = state->thread->reason; /* written before `cancelled` was set */
  int length = snprintf(expected, sizeof expected, "%s%s%s", mn_status_word(MN_CANCELLED),
                        *reason ? ": " : "", reason);
  size_t size;
  const char *text = lua_tolstring(L, index, &size);
  if (size < (size_t)length || strcmp(text + size - length, expected) != 0) return false;
  size_t before = size - (size_t)length;
  /* "FILE:LINE: " and nothing else may stand before it. */
  return before == 0 || (before > 3 && text[before - 1] == ' ' && text[before - 2] == ':' &&
                         text[before - 3] >= '0' && text[before - 3] <= '9');
}

/* Replaces error value and report, on top of the stack, by words about the limit. */
static void push_limit_error(mn_state *state) {
  mn_thread *self = state->thread;
  mn_arena_set_limit(state->arena, 0);
  lua_pop(state->main, 2);
  for (int i = 0; i < 2; i++)
    lua_pushfstring(state->main, "thread '%s' reached its memory limit of %I bytes",
                    self->options.name, (LUAI_UACINT)self->options.memory_limit);
}

/* The error value and its report are on top of the stack. */
static void keep_failure(mn_state *state, int status) {
  lua_State *L = state->main;
  mn_thread *self = state->thread;
  if (is_cancellation(state, -2)) {
    self->outcome = MN_THREAD_CANCELLED;
    return;
  }
  self->outcome = MN_THREAD_FAILED;
  if (status == LUA_ERRMEM && mn_arena_hit_limit(state->arena)) push_limit_error(state);
  self->traceback = copy_text(lua_tostring(L, -1));
  lua_pushcfunction(L, l_keep_error);
  lua_pushvalue(L, -3);
  /* Without memory the result stays empty, and join says so. */
  (void)lua_pcall(L, 1, 0, 0);
}

void mn_spawn_body(mn_thread *self, mn_worker_cache *cache) {
  mn_state *state = mn_state_open(self->runtime, self, cache);
  if (!state) {
    self->outcome = MN_THREAD_FAILED;
    return;
  }
  lua_pushcfunction(state->main, l_work);
  int status = mn_state_call(state, 0, 0);
  self->outcome = MN_THREAD_DONE;
  if (status != LUA_OK) keep_failure(state, status);
  mn_state_close(state, cache);
}

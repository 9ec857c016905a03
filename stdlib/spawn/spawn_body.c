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

/* True when the value at `index` is that text; it may have got a position in front, as coroutine.wrap
 * and luaL_error do. */
static bool is_text(lua_State *L, int index, const char *expected) {
  if (lua_type(L, index) != LUA_TSTRING) return false;
  size_t size, length = strlen(expected);
  const char *text = lua_tolstring(L, index, &size);
  if (size < length || strcmp(text + size - length, expected) != 0) return false;
  size_t before = size - length;
  /* "FILE:LINE: " and nothing else may stand before it. */
  return before == 0 || (before > 3 && text[before - 1] == ' ' && text[before - 2] == ':' &&
                         text[before - 3] >= '0' && text[before - 3] <= '9');
}

/* True when the error value at `index` is the `cancelled` that was raised here. */
static bool is_cancellation(const mn_state *state, int index) {
  if (state->raised_at == 0 || !atomic_load(&state->thread->waiter.cancelled)) return false;
  char expected[sizeof state->thread->reason + 16];
  const char *reason = state->thread->reason; /* written before `cancelled` was set */
  (void)snprintf(expected, sizeof expected, "%s%s%s", mn_status_word(MN_CANCELLED),
                 *reason ? ": " : "", reason);
  return is_text(state->main, index, expected);
}

/* True when the error value at `index` says that the state may have no more memory. It comes from Lua
 * itself, or from a call that sends or receives, and the script may have caught it and raised it
 * again. */
static bool is_limit(const mn_state *state, int index, int status) {
  if (!mn_arena_hit_limit(state->arena)) return false;
  return status == LUA_ERRMEM || is_text(state->main, index, mn_status_word(MN_NOMEM));
}

/* Takes a report; gives an error value and a report in words about the limit. What the report has of
 * a traceback is kept. */
static int l_limit_error(lua_State *L) {
  const mn_thread_options *options = &mn_self(L)->options;
  lua_pushfstring(L, "thread '%s' reached its memory limit of %I bytes", options->name,
                  (LUAI_UACINT)options->memory_limit);
  const char *traceback = strstr(lua_tostring(L, 1), "\nstack traceback:");
  lua_pushfstring(L, "%s%s", lua_tostring(L, -1), traceback ? traceback : "");
  return 2;
}

/* Replaces error value and report, on top of the stack. */
static void push_limit_error(lua_State *L) {
  lua_pushcfunction(L, l_limit_error);
  lua_replace(L, -3);
  if (lua_pcall(L, 1, 2, 0) != LUA_OK) lua_pushvalue(L, -1); /* the system is out of memory, too */
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
  mn_state_allow_more(state);
  if (is_limit(state, -2, status)) push_limit_error(L);
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

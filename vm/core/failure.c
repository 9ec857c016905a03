/* core/failure.c -- telling errors apart, and making messages of them. */
#include "core/failure.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "core/binding.h"
#include "core/codec.h"

/* ---- which error it is ---- */

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

bool mn_failure_is_cancellation(lua_State *L) {
  const mn_state *state = mn_state_of(L);
  if (state->raised_at == 0 || !atomic_load(&state->thread->waiter.cancelled)) return false;
  char expected[sizeof state->thread->reason + 16];
  const char *reason = state->thread->reason; /* written before `cancelled` was set */
  (void)snprintf(expected, sizeof expected, "%s%s%s", mn_status_word(MN_CANCELLED),
                 *reason ? ": " : "", reason);
  return is_text(L, -2, expected);
}

bool mn_failure_is_cancelled(lua_State *L, int index) {
  return is_text(L, index, mn_status_word(MN_CANCELLED));
}

/* It comes from Lua itself, or from a call that sends or receives, and the script may have caught it
 * and raised it again. */
bool mn_failure_is_limit(lua_State *L, int status) {
  if (!mn_state_hit_limit(mn_state_of(L))) return false;
  return status == LUA_ERRMEM || is_text(L, -2, mn_status_word(MN_NOMEM));
}

/* ---- keeping it ---- */

/* A copy of a traceback, which ends with one C function: those under which a script runs are ours. */
static char *copy_traceback(const char *text) {
  static const char c_level[] = "\n\t[C]: in ?";
  size_t size = strlen(text), level = sizeof c_level - 1;
  while (size >= 2 * level && memcmp(text + size - level, c_level, level) == 0 &&
         memcmp(text + size - 2 * level, c_level, level) == 0)
    size -= level;
  char *copy = mn_alloc(size + 1);
  if (!copy) return NULL;
  memcpy(copy, text, size);
  copy[size] = '\0';
  return copy;
}

/* Takes a report; gives an error value and a report in words about the limit. What the report has of
 * a traceback is kept. */
static int l_limit_error(lua_State *L) {
  const mn_state *state = mn_state_of(L);
  const mn_thread_options *options = &state->thread->options;
  if (mn_arena_hit_common_limit(state->arena))
    lua_pushfstring(L, "thread '%s' found that all together reached their memory limit of %I bytes",
                    options->name, (LUAI_UACINT)state->runtime->heaps->limit);
  else
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

/* Takes an mn_message as light userdata and the error value. */
static int l_keep_value(lua_State *L) {
  mn_message *message = lua_touserdata(L, 1);
  if (mn_encode(L, 2, 1, "error value", 1, message)) return 0;
  luaL_tolstring(L, 2, NULL);
  if (!mn_encode(L, -1, 1, "error value", 1, message)) lua_error(L);
  return 0;
}

void mn_failure_keep_value(lua_State *L, mn_message *message) {
  *message = (mn_message){0};
  lua_pushcfunction(L, l_keep_value);
  lua_pushlightuserdata(L, message);
  lua_rotate(L, -3, 2);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK) lua_pop(L, 1);
}

void mn_failure_keep(lua_State *L, int status, mn_failure *failure) {
  bool is_limit = mn_failure_is_limit(L, status);
  mn_state_allow_more(mn_state_of(L));
  if (is_limit) push_limit_error(L);
  failure->traceback = copy_traceback(lua_tostring(L, -1));
  lua_pop(L, 1);
  mn_failure_keep_value(L, &failure->value);
}

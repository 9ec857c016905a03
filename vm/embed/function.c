/* embed/function.c -- compiling.
 *
 * A chunk is compiled in a state of its own, which goes at once; what stays is the message that spawn would
 * send. */
#include <lauxlib.h>

#include "base/alloc.h"
#include "core/codec.h"
#include "embed/chunk.h"
#include "embed/state.h"

/* ---- compiling ---- */

typedef struct source {
  const char *text;
  size_t size;
  const char *name, *path; /* one of them */
  mn_message message;
} source;

static int l_compile(lua_State *L) {
  source *s = lua_touserdata(L, 1);
  int status =
      s->path ? luaL_loadfile(L, s->path) : luaL_loadbufferx(L, s->text, s->size, s->name, "t");
  if (status != LUA_OK || !mn_encode(L, -1, 1, "chunk", 0, &s->message)) return lua_error(L);
  return 0;
}

/* What is on top of the stack, for the caller, who frees it. */
static void give_text(lua_State *L, char **message) {
  const char *text = lua_tostring(L, -1);
  char *copy = message ? mn_alloc_text(text ? text : "error in error handling") : NULL;
  if (copy) *message = copy;
}

static moons_status compile(moons_runtime *runtime, source *s, char **message) {
  const mn_thread_options options = {.name = "compiler", .named = true};
  mn_embed_state state;
  moons_status status = mn_embed_state_open(runtime, &options, &state);
  if (status != MOONS_OK) return status;
  lua_State *L = state.state->main;
  mn_embed_state_enter(&state);
  lua_pushcfunction(L, l_compile);
  lua_pushlightuserdata(L, s);
  int result = lua_pcall(L, 1, 0, 0);
  if (result == LUA_ERRMEM) status = MOONS_NO_MEMORY;
  if (result == LUA_ERRRUN) {
    status = MOONS_FAILED;
    give_text(L, message);
  }
  mn_embed_state_leave(&state);
  mn_embed_state_close(&state);
  return status;
}

static moons_status make(moons_runtime *runtime, source *s, moons_function **function,
                         char **message) {
  moons_function *made = mn_alloc(sizeof *made);
  if (!made) return MOONS_NO_MEMORY;
  moons_status status = compile(runtime, s, message);
  if (status == MOONS_OK) {
    made->routine = mn_routine_new(&s->message);
    if (!made->routine) {
      mn_message_drop(&s->message);
      status = MOONS_NO_MEMORY;
    }
  }
  if (status != MOONS_OK) {
    mn_free(made);
    return status;
  }
  made->kind = MN_KIND_FUNCTION;
  made->runtime = mn_embed_ref(runtime);
  *function = made;
  return MOONS_OK;
}

moons_status moons_function_new(moons_runtime *runtime, const char *text, size_t size,
                                const char *name, moons_function **function, char **message) {
  if (mn_is_bad(runtime) || (size > 0 && mn_is_missing(text)) || mn_is_missing(function))
    return MOONS_INVALID;
  source s = {.text = text ? text : "", .size = size, .name = name ? name : "=(host)"};
  return make(runtime, &s, function, message);
}

moons_status moons_function_load(moons_runtime *runtime, const char *path,
                                 moons_function **function, char **message) {
  if (mn_is_bad(runtime) || mn_is_missing(path) || mn_is_missing(function)) return MOONS_INVALID;
  source s = {.path = path};
  return make(runtime, &s, function, message);
}

void moons_function_free(moons_function *function) {
  if (mn_is_bad_or_null(function)) return;
  mn_bury(function);
  mn_routine_unref(function->routine);
  mn_embed_unref(function->runtime);
  mn_free(function);
}

void moons_text_free(char *text) {
  mn_free(text);
}

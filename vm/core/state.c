/* core/state.c -- opening, running and closing a state.
 *
 * The quick end. lua_close calls all finalizers, last made first, and then frees objects one by
 * one; but they lie in an arena that goes as a whole. So the first object with a finalizer in every
 * state is a sentinel of ours: it is finalized last, and when the state is being closed by
 * mn_state_close, its finalizer jumps out of lua_close. */
#include "core/state.h"

#include <lauxlib.h>
#include <string.h>

#include "base/alloc.h"
#include "core/binding.h"
#include "core/codec.h"
#include "core/instructions.h"
#include "core/interrupt.h"
#include "core/long_names.h"
#include "core/state_build.h"
#include "core/template.h"
#include "core/traceback.h"

_Static_assert((int)MN_WORKER_BLOCK == (int)MN_ARENA_FIRST, "a worker's block is a state's first");

/* Lua's own calls, 200 at most, may come on top of what the last one counted there has taken. */
#define C_STACK_MOST (MN_THREAD_STACK / 4)

/* ---- opening ---- */

/* Four words of splitmix64, continued from state to state. */
static void next_seed(mn_runtime *runtime, uint64_t words[4]) {
  mn_mutex_lock(&runtime->mutex);
  uint64_t from = runtime->random;
  runtime->random = from + 4 * 0x9e3779b97f4a7c15u;
  mn_mutex_unlock(&runtime->mutex);
  for (int i = 0; i < 4; i++) {
    uint64_t z = from += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    words[i] = z ^ (z >> 31);
  }
}

/* Where the state's code is, for whoever asks what the thread waits for. */
static void locate(mn_waiter *waiter, mn_site *where) {
  mn_state *state = mn_list_entry(waiter, mn_thread, waiter)->state;
  if (!state) return;
  MN_PACE_SET(&state->thread->host.pace, memory, mn_state_used(state));
  if (state->running) mn_site_of(state->running, 0, where);
}

/* From here on the thread runs it. */
static void begin(mn_state *state, mn_runtime *runtime, mn_thread *thread) {
  state->runtime = runtime;
  state->thread = thread;
  state->c_stack = (uintptr_t)__builtin_frame_address(0);
  state->has_step_limit = runtime->instructions > 0;
  thread->state = state;
  thread->host.locate = locate;
  mn_interrupt_enter(state);
}

mn_state *mn_state_open(mn_runtime *runtime, mn_thread *thread, mn_worker_cache *cache) {
  void *block = cache ? cache->block : mn_arena_block_new();
  if (!block) return NULL;
  mn_state *state = runtime->template_ ? mn_template_copy(runtime->template_, block)
                                       : mn_state_build(runtime, thread, block, NULL);
  if (state && runtime->template_ && !mn_arena_set_source(state->arena, runtime->heaps))
    state = NULL;
  if (!state) {
    if (!cache) mn_free(block);
    return NULL;
  }
  state->block = block;
  state->c_stack_most = C_STACK_MOST;
  if (cache) {
    state->codec = cache->codec;
    cache->codec = NULL;
  }
  uint64_t seed[4];
  next_seed(runtime, seed);
  mn_state_seed_random(state, seed);
  mn_state_set_limit(state, thread->options.memory_limit);
  begin(state, runtime, thread);
  return state;
}

mn_state *mn_state_attach(mn_runtime *runtime, lua_State *L) {
  mn_state *state = mn_alloc_zero(sizeof *state);
  if (!state) return NULL;
  (void)lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  state->main = lua_tothread(L, -1);
  lua_pop(L, 1);
  size_t left = mn_os_stack_left() / 4;
  state->c_stack_most = left > 0 && left < C_STACK_MOST ? left : C_STACK_MOST;
  begin(state, runtime, runtime->main);
  return state;
}

/* ---- closing ---- */

void mn_state_detach(mn_state *state) {
  mn_interrupt_leave(state);
  mn_made_at_unref(state->made_at);
  state->thread->state = NULL;
  mn_codec_free(state->codec);
  mn_state_forget(state);
  mn_free(state);
}

void mn_state_close(mn_state *state, mn_worker_cache *cache) {
  mn_arena *arena = state->arena;
  void *block = state->block;
  mn_codec *codec = state->codec;
  mn_thread *thread = state->thread;
  mn_host_end(&thread->host);
  mn_state_allow_more(state); /* for finalizers, as is the next */
  if (state->has_step_limit) (void)mn_instructions_begin(state, state->main);
  state->closing = true;
  if (setjmp(state->closed) == 0) lua_close(state->main);
  mn_interrupt_leave(state);
  mn_made_at_unref(state->made_at);
  thread->state = NULL;
  mn_state_forget(state);
  mn_arena_close(arena);
  if (cache) {
    cache->codec = codec;
  } else {
    mn_codec_free(codec);
    mn_free(block);
  }
}

/* ---- running ---- */

void mn_state_allow_more(mn_state *state) {
  size_t limit = state->thread->options.memory_limit;
  mn_state_set_lenient(state, true);
  if (limit > 0) mn_state_set_limit(state, mn_state_used(state) + limit);
}

const char *mn_state_push_message(lua_State *L, int index) {
  if (lua_type(L, index) == LUA_TSTRING || lua_type(L, index) == LUA_TNUMBER) {
    lua_pushvalue(L, index);
    return lua_tostring(L, -1);
  }
  if (luaL_getmetafield(L, index, "__tostring") != LUA_TNIL) {
    lua_pushvalue(L, index);
    /* Protected: an error in it must not take the place of the error value. */
    if (lua_pcall(L, 1, 1, 0) == LUA_OK && lua_type(L, -1) == LUA_TSTRING)
      return lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  return lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, index));
}

/* Registry key of the report that the message handler made. */
static const char report_key;

/* Of the functions around the error: one of them is likely to be where it says it was. */
static void note_long_names(lua_State *L) {
  enum { LEVELS = 8 };
  lua_Debug call;
  for (int level = 1; level < LEVELS && lua_getstack(L, level, &call); level++)
    if (lua_getinfo(L, "S", &call) && *call.source == '@' && strncmp(call.short_src, "...", 3) == 0)
      mn_long_names_note(mn_state_of(L)->runtime, call.source + 1);
}

static int l_handler(lua_State *L) {
  mn_state_allow_more(mn_state_of(L)); /* or lack of memory would take the place of the error */
  const char *message = mn_state_push_message(L, 1);
  note_long_names(L);
  mn_traceback_push(L, L, 1, message, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &report_key);
  lua_settop(L, 1);
  return 1;
}

int mn_state_call(lua_State *L, int nargs, int nresults) {
  mn_state *state = mn_state_of(L);
  int base = lua_gettop(L) - nargs;
  mn_steps outer = {0};
  if (state->has_step_limit) outer = mn_instructions_begin(state, L);
  lua_pushcfunction(L, l_handler);
  lua_insert(L, base);
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &report_key);
  int status = lua_pcall(L, nargs, nresults, base);
  if (state->has_step_limit) mn_instructions_end(state, outer);
  lua_remove(L, base);
  mn_state_set_limit(state, state->thread->options.memory_limit);
  mn_state_set_lenient(state, false);
  if (status == LUA_OK) return status;
  /* Without memory there was no handler, and there may be none for this either. */
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &report_key) == LUA_TSTRING) return status;
  lua_pop(L, 1);
  lua_pushvalue(L, -1);
  if (lua_type(L, -1) != LUA_TSTRING) {
    lua_pop(L, 1);
    lua_pushliteral(L, "error in error handling");
  }
  return status;
}

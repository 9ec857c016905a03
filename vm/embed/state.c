/* embed/state.c -- states of the program: a thread of the runtime for as long as they are open, an OS thread
 * only during a call. */
#include "embed/state.h"

#include <lauxlib.h>

#include "base/alloc.h"
#include "core/codec.h"
#include "core/failure.h"
#include "core/interrupt.h"
#include "embed/chunk.h"
#include "embed/config.h"

/* ---- entering and leaving ---- */

moons_status mn_embed_state_open(moons_runtime *runtime, const mn_thread_options *options,
                                 mn_embed_state *state) {
  *state = (mn_embed_state){.runtime = runtime};
  mn_status status = mn_thread_attach(runtime->core, options, &state->thread);
  if (status != MN_OK) return mn_embed_status(status);
  mn_state *before = mn_interrupt_turn_to(NULL);
  state->state = mn_state_open(runtime->core, state->thread, NULL);
  (void)mn_interrupt_turn_to(before);
  if (state->state) return MOONS_OK;
  mn_thread_detach(state->thread);
  return MOONS_NO_MEMORY;
}

void mn_embed_state_enter(mn_embed_state *state) {
  mn_thread_begin_call(state->thread);
  state->before = mn_interrupt_turn_to(state->state);
}

void mn_embed_state_leave(mn_embed_state *state) {
  (void)mn_interrupt_turn_to(state->before);
  mn_thread_end_call(state->thread);
}

void mn_embed_state_close(mn_embed_state *state) {
  mn_embed_state_enter(state);
  mn_state_close(state->state, NULL);
  mn_embed_state_leave(state);
  mn_thread_detach(state->thread);
}

/* ---- moons_state ---- */

struct moons_state {
  mn_kind kind;
  mn_embed_state inner;
  _Atomic bool is_running;
  _Atomic bool is_inside; /* there is an OS thread that runs it */
  moons_values *error;    /* of the last call, or NULL; as is the next */
  char *traceback;
};

moons_status moons_state_new(moons_runtime *runtime, const moons_state_options *options,
                             moons_state **state) {
  moons_state_options read = {0};
  mn_thread_options own = {0};
  if (mn_is_bad(runtime) || mn_is_missing(state) ||
      !mn_embed_read_options(options, &read, sizeof read))
    return MOONS_INVALID;
  moons_status status = mn_embed_copy_name(own.name, sizeof own.name, read.name);
  if (status != MOONS_OK) return status;
  own.named = *own.name != '\0';
  own.memory_limit = read.memory_limit;
  moons_state *made = mn_alloc_zero(sizeof *made);
  if (!made) return MOONS_NO_MEMORY;
  status = mn_embed_state_open(runtime, &own, &made->inner);
  if (status != MOONS_OK) {
    mn_free(made);
    return status;
  }
  (void)mn_embed_ref(runtime);
  made->kind = MN_KIND_STATE;
  *state = made;
  return MOONS_OK;
}

/* False: it runs, here or in another thread. */
static bool begin(moons_state *state, const char *call) {
  return !atomic_exchange(&state->is_running, true) ||
         !mn_misuse(call, "state", "is in a call, here or in another thread");
}

static void forget_error(moons_state *state) {
  moons_values_free(state->error);
  mn_free(state->traceback);
  state->error = NULL;
  state->traceback = NULL;
}

void moons_state_free(moons_state *state) {
  if (mn_is_bad_or_null(state) || !begin(state, __func__)) return;
  moons_runtime *runtime = state->inner.runtime;
  mn_bury(state);
  mn_embed_state_close(&state->inner);
  forget_error(state);
  mn_free(state);
  mn_embed_unref(runtime);
}

/* ---- calls ---- */

/* What a call by name has in place of a routine. */
typedef struct named_call {
  mn_embed_call call;
  const char *name;
} named_call;

static int l_call_global(lua_State *L) {
  named_call *named = lua_touserdata(L, 1);
  lua_settop(L, 0);
  if (lua_getglobal(L, named->name) != LUA_TFUNCTION)
    return luaL_error(L, "global '%s' is no function (a %s value)", named->name,
                      luaL_typename(L, -1));
  lua_call(L, mn_decode_take(L, &named->call.arguments), LUA_MULTRET);
  if (!mn_encode(L, 1, lua_gettop(L), "result #%d", 1, &named->call.results)) return lua_error(L);
  return 0;
}

/* Takes the error that mn_state_call has left. */
static moons_status keep_failure(moons_state *state, int status) {
  lua_State *L = state->inner.state->main;
  if (mn_failure_is_cancellation(L)) {
    lua_pop(L, 2);
    return MOONS_CANCELLED;
  }
  mn_failure failure;
  mn_failure_keep(L, status, &failure);
  mn_state_set_lenient(state->inner.state, false);
  state->traceback = failure.traceback;
  (void)mn_values_decode(state->inner.runtime, &failure.value, &state->error);
  mn_message_drop(&failure.value);
  return MOONS_FAILED;
}

static moons_status run(moons_state *state, lua_CFunction function, mn_embed_call *call) {
  mn_embed_state *inner = &state->inner;
  lua_State *L = inner->state->main;
  mn_embed_state_enter(inner);
  atomic_store(&state->is_inside, true);
  lua_pushcfunction(L, function);
  lua_pushlightuserdata(L, call);
  int status = mn_state_call(L, 1, 0);
  moons_status result = status == LUA_OK ? MOONS_OK : keep_failure(state, status);
  if (result == MOONS_CANCELLED) mn_interrupt_reset(inner->state);
  atomic_store(&state->is_inside, false);
  mn_embed_state_leave(inner);
  return result;
}

static moons_status run_whole(moons_state *state, lua_CFunction function, mn_embed_call *call,
                              moons_values **results) {
  forget_error(state);
  moons_status status = run(state, function, call);
  if (status == MOONS_OK && results)
    status = mn_values_decode(state->inner.runtime, &call->results, results);
  mn_embed_call_drop(call);
  return status;
}

moons_status moons_state_call(moons_state *state, moons_function *function,
                              const moons_value *arguments, size_t count, moons_values **results) {
  if (mn_is_bad(state) || mn_is_bad(function) || mn_is_foreign(function, state->inner.runtime) ||
      (count > 0 && mn_is_missing(arguments)) || !begin(state, __func__))
    return MOONS_INVALID;
  mn_embed_call call;
  moons_status status = mn_embed_call_open(function->runtime, &call, function, arguments, count);
  if (status == MOONS_OK) status = run_whole(state, mn_l_embed_call, &call, results);
  atomic_store(&state->is_running, false);
  return status;
}

moons_status moons_state_call_global(moons_state *state, const char *name,
                                     const moons_value *arguments, size_t count,
                                     moons_values **results) {
  if (mn_is_bad(state) || mn_is_missing(name) || (count > 0 && mn_is_missing(arguments)) ||
      !begin(state, __func__))
    return MOONS_INVALID;
  named_call named = {.name = name};
  moons_status status =
      mn_embed_call_open(state->inner.runtime, &named.call, NULL, arguments, count);
  if (status == MOONS_OK) status = run_whole(state, l_call_global, &named.call, results);
  atomic_store(&state->is_running, false);
  return status;
}

moons_value moons_state_error(const moons_state *state) {
  return !mn_is_bad(state) && state->error ? moons_values_at(state->error, 0) : moons_nil();
}

const char *moons_state_traceback(const moons_state *state) {
  return mn_is_bad(state) ? NULL : state->traceback;
}

void moons_state_cancel(moons_state *state) {
  if (mn_is_bad(state)) return;
  mn_thread *thread = state->inner.thread;
  atomic_store(&thread->waiter.cancelled, true);
  if (atomic_load(&state->is_inside)) mn_os_interrupt(thread->os);
  mn_waiter_wake(&thread->waiter);
}

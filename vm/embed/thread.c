/* embed/thread.c -- threads that the program starts. */
#include "core/thread.h"

#include <lua.h>

#include "base/alloc.h"
#include "core/binding.h"
#include "embed/chunk.h"
#include "embed/config.h"
#include "embed/values.h"
#include "spawn/spawn_body.h"

struct moons_thread {
  mn_kind kind;
  moons_runtime *runtime; /* a reference */
  mn_thread *thread;      /* a reference */
};

/* ---- starting ---- */

/* Whose an mn_thread's argument is. */
static const char KIND;

static int l_work(lua_State *L) {
  lua_pushcfunction(L, mn_l_embed_call);
  lua_pushlightuserdata(L, mn_self(L)->argument);
  lua_call(L, 1, 0);
  return 0;
}

static void call_free(mn_embed_call *call) {
  mn_embed_call_drop(call);
  mn_free(call);
}

static void body(mn_thread *self, mn_worker_cache *cache) {
  mn_embed_call *call = self->argument;
  mn_spawn_run(self, cache, l_work);
  if (self->outcome == MN_THREAD_DONE) {
    self->result = call->results;
    call->results = (mn_message){0};
  }
  call_free(call);
}

static moons_status start(moons_runtime *runtime, const mn_thread_options *options,
                          mn_embed_call *call, mn_thread **thread) {
  mn_thread *made = mn_thread_new(runtime->core, options);
  if (!made) return MOONS_NO_MEMORY;
  made->body = body;
  made->argument = call;
  made->argument_kind = &KIND;
  mn_status status = mn_thread_start(made, runtime->core->main);
  if (status == MN_OK)
    *thread = made;
  else
    mn_handle_unref(&made->handle);
  return mn_embed_status(status);
}

moons_status moons_thread_new(moons_runtime *runtime, const moons_thread_options *options,
                              moons_function *function, const moons_value *arguments, size_t count,
                              moons_thread **thread) {
  moons_thread_options read = {0};
  mn_thread_options own = {0};
  if (mn_is_bad(runtime) || mn_is_bad(function) || mn_is_foreign(function, runtime) ||
      mn_is_missing(thread) || (count > 0 && mn_is_missing(arguments)) ||
      !mn_embed_read_options(options, &read, sizeof read))
    return MOONS_INVALID;
  moons_status status = mn_embed_copy_name(own.name, sizeof own.name, read.name);
  if (status != MOONS_OK) return status;
  own.named = *own.name != '\0';
  own.daemon = read.daemon != 0;
  own.memory_limit = read.memory_limit;
  moons_thread *made = mn_alloc(sizeof *made);
  mn_embed_call *call = mn_alloc(sizeof *call);
  status = made && call ? mn_embed_call_open(runtime, call, function, arguments, count)
                        : MOONS_NO_MEMORY;
  if (status == MOONS_OK) {
    status = start(runtime, &own, call, &made->thread);
    if (status != MOONS_OK) mn_embed_call_drop(call);
  }
  if (status != MOONS_OK) {
    mn_free(call);
    mn_free(made);
    return status;
  }
  made->kind = MN_KIND_THREAD;
  made->runtime = mn_embed_ref(runtime);
  *thread = made;
  return MOONS_OK;
}

/* ---- its end ---- */

static moons_status wait_for(moons_thread *thread, double seconds) {
  mn_embed_wait wait;
  mn_embed_wait_begin(thread->runtime, &wait);
  mn_status status = mn_thread_join(thread->thread, &wait.waiter, mn_embed_deadline(seconds));
  mn_embed_wait_end(thread->runtime, &wait);
  return mn_embed_status(status);
}

moons_status moons_thread_join(moons_thread *thread, double seconds, moons_values **results) {
  if (mn_is_bad(thread)) return MOONS_INVALID;
  if (mn_embed_thread_here() == thread->thread && mn_misuse(__func__, "thread", "waits for itself"))
    return MOONS_INVALID;
  moons_status status = wait_for(thread, seconds);
  if (status != MOONS_OK) return status;
  switch (atomic_load(&thread->thread->status)) {
    case MN_THREAD_DONE:
      return results ? mn_values_decode(thread->runtime, &thread->thread->result, results)
                     : MOONS_OK;
    case MN_THREAD_FAILED: atomic_store(&thread->thread->collected, true); return MOONS_FAILED;
    default: return MOONS_CANCELLED;
  }
}

static bool has_failed(const moons_thread *thread) {
  return atomic_load(&thread->thread->status) == MN_THREAD_FAILED;
}

moons_status moons_thread_error(moons_thread *thread, moons_values **error) {
  if (mn_is_bad(thread) || mn_is_missing(error) || !has_failed(thread)) return MOONS_INVALID;
  return mn_values_decode(thread->runtime, &thread->thread->result, error);
}

const char *moons_thread_traceback(moons_thread *thread) {
  return !mn_is_bad(thread) && has_failed(thread) ? thread->thread->traceback : NULL;
}

int moons_thread_cancel(moons_thread *thread, const char *why) {
  return !mn_is_bad(thread) && mn_thread_cancel(thread->thread, why);
}

void moons_thread_free(moons_thread *thread) {
  if (mn_is_bad_or_null(thread)) return;
  mn_bury(thread);
  mn_handle_unref(&thread->thread->handle);
  mn_embed_unref(thread->runtime);
  mn_free(thread);
}

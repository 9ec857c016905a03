/* embed/future.c -- waiting for what an executor runs. */
#include "embed/future.h"

#include "base/alloc.h"
#include "embed/values.h"

moons_status mn_embed_future_new(moons_runtime *runtime, mn_future *future, moons_future **made) {
  moons_future *new = mn_alloc(sizeof *new);
  if (!new) return MOONS_NO_MEMORY;
  (void)mn_handle_ref(&future->handle);
  *new = (moons_future){MN_KIND_FUTURE, mn_embed_ref(runtime), future};
  *made = new;
  return MOONS_OK;
}

void moons_future_free(moons_future *future) {
  if (mn_is_bad_or_null(future)) return;
  mn_bury(future);
  mn_handle_unref(&future->future->handle);
  mn_embed_unref(future->runtime);
  mn_free(future);
}

moons_status mn_embed_future_outcome(const mn_future *future) {
  switch (future ? mn_future_status_of(future) : MN_FUTURE_CANCELLED) {
    case MN_FUTURE_DONE: return MOONS_OK;
    case MN_FUTURE_FAILED: return MOONS_FAILED;
    default: return MOONS_CANCELLED;
  }
}

static moons_status wait_for(moons_future *future, double seconds) {
  if (mn_future_has_ended(future->future)) return MOONS_OK;
  mn_embed_wait wait;
  mn_embed_wait_begin(future->runtime, &wait);
  mn_status status = mn_future_wait(future->future, &wait.waiter, mn_embed_deadline(seconds));
  mn_embed_wait_end(future->runtime, &wait);
  return mn_embed_status(status);
}

moons_status moons_future_result(moons_future *future, double seconds, moons_values **results) {
  if (mn_is_bad(future)) return MOONS_INVALID;
  moons_status status = wait_for(future, seconds);
  if (status == MOONS_OK) status = mn_embed_future_outcome(future->future);
  if (status == MOONS_FAILED) atomic_store(&future->future->looked_at, true);
  return status == MOONS_OK && results
             ? mn_values_decode(future->runtime, &future->future->message, results)
             : status;
}

static bool has_failed(const moons_future *future) {
  return mn_future_status_of(future->future) == MN_FUTURE_FAILED;
}

moons_status moons_future_error(moons_future *future, moons_values **error) {
  if (mn_is_bad(future) || mn_is_missing(error) || !has_failed(future)) return MOONS_INVALID;
  return mn_values_decode(future->runtime, &future->future->message, error);
}

const char *moons_future_traceback(moons_future *future) {
  return !mn_is_bad(future) && has_failed(future) ? future->future->traceback : NULL;
}

int moons_future_cancel(moons_future *future) {
  return !mn_is_bad(future) && mn_future_cancel(future->future);
}

/* ---- being told ---- */

typedef struct program_watch {
  mn_watch watch;
  void (*ended)(void *argument, moons_status status);
  void *argument;
} program_watch;

static void tell(mn_watch *watch, mn_future *future) {
  program_watch *w = (program_watch *)(void *)watch;
  w->ended(w->argument, mn_embed_future_outcome(future));
  mn_free(w);
}

moons_status moons_future_watch(moons_future *future,
                                void (*ended)(void *argument, moons_status status),
                                void *argument) {
  if (mn_is_bad(future) || mn_is_missing(ended)) return MOONS_INVALID;
  program_watch *w = mn_alloc(sizeof *w);
  if (!w) return MOONS_NO_MEMORY;
  *w = (program_watch){.watch.ended = tell, .ended = ended, .argument = argument};
  mn_future_watch(future->future, &w->watch);
  return MOONS_OK;
}

/* embed/hosted.c -- what all of moons.h stands on. */
#include "embed/hosted.h"

#include "base/alloc.h"
#include "core/codec.h"
#include "core/interrupt.h"
#include "core/state_data.h"
#include "embed/config.h"

moons_status mn_embed_status(mn_status status) {
  switch (status) {
    case MN_OK: return MOONS_OK;
    case MN_TIMEOUT: return MOONS_TIMEOUT;
    case MN_CLOSED: return MOONS_CLOSED;
    case MN_EMPTY: return MOONS_EMPTY;
    case MN_FULL: return MOONS_FULL;
    case MN_CANCELLED:
    case MN_INTERRUPTED: return MOONS_CANCELLED;
    case MN_NOMEM: return MOONS_NO_MEMORY;
    case MN_TOO_MANY: return MOONS_TOO_MANY;
    case MN_BROKEN:
    case MN_NOT_PERMITTED: return MOONS_REFUSED;
    case MN_PARKED:
    case MN_NOT_OWNER:
    case MN_DEADLOCK:
    case MN_INVALID: break;
  }
  return MOONS_INVALID;
}

mn_time mn_embed_deadline(double seconds) {
  const double most = 1e9; /* thirty years */
  if (!(seconds >= 0) || seconds > most) return MN_FOREVER;
  return seconds == 0 ? 0 : mn_clock() + (mn_time)(seconds * (double)MN_SECOND);
}

moons_runtime *mn_embed_of(lua_State *L) {
  return mn_state_of(L)->runtime->host;
}

mn_thread *mn_embed_thread_here(void) {
  const mn_state *state = mn_interrupt_current();
  return state ? state->thread : NULL;
}

/* ---- references ---- */

moons_runtime *mn_embed_ref(moons_runtime *runtime) {
  atomic_fetch_add(&runtime->references, 1);
  return runtime;
}

void mn_embed_unref(moons_runtime *runtime) {
  if (atomic_fetch_sub(&runtime->references, 1) != 1) return;
  mn_codec_free(atomic_load(&runtime->codec));
  (void)mn_runtime_free(runtime->core);
  mn_free(runtime->types);
  mn_config_drop(&runtime->config);
  mn_free(runtime);
}

/* ---- waiting ---- */

void mn_embed_wait_begin(moons_runtime *runtime, mn_embed_wait *wait) {
  mn_waiter_init(&wait->waiter);
  mn_mutex_lock(&runtime->mutex);
  mn_list_push_back(&runtime->waits, &wait->link);
  if (runtime->is_closing) atomic_store(&wait->waiter.cancelled, true);
  mn_mutex_unlock(&runtime->mutex);
}

void mn_embed_wait_end(moons_runtime *runtime, mn_embed_wait *wait) {
  mn_mutex_lock(&runtime->mutex);
  mn_list_remove(&wait->link);
  mn_mutex_unlock(&runtime->mutex);
}

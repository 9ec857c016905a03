/* core/handle.c -- the end of objects. */
#include "core/handle.h"

#include "base/alloc.h"

/* ---- where it was made ---- */

mn_made_at *mn_made_at_new(const mn_site *site) {
  mn_made_at *made_at = mn_alloc(sizeof *made_at);
  if (!made_at) return NULL;
  atomic_init(&made_at->references, 1);
  made_at->site = *site;
  return made_at;
}

mn_made_at *mn_made_at_ref(mn_made_at *made_at) {
  /* relaxed: as for a handle, and so is acq_rel below. */
  if (made_at) atomic_fetch_add_explicit(&made_at->references, 1, memory_order_relaxed);
  return made_at;
}

void mn_made_at_unref(mn_made_at *made_at) {
  if (made_at && atomic_fetch_sub_explicit(&made_at->references, 1, memory_order_acq_rel) == 1)
    mn_free(made_at);
}

/* ---- the end ---- */

/* What the calling thread has yet to destroy, and whether it is at it: a queue that is destroyed drops
 * messages, which may hold the last references to other queues. */
static _Thread_local mn_handle *dead;
static _Thread_local bool destroying;

void mn_handle_destroy(mn_handle *object) {
  object->next_dead = dead;
  dead = object;
  if (destroying) return;
  destroying = true;
  while (dead) {
    object = dead;
    dead = object->next_dead;
    mn_made_at *made_at = object->made_at;
    object->type->destroy(object);
    mn_made_at_unref(made_at);
  }
  destroying = false;
}

/* core/handle.c -- the end of objects. */
#include "core/handle.h"

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
    object->type->destroy(object);
  }
  destroying = false;
}

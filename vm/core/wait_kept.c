/* core/wait_kept.c -- what a call has kept that was left. */
#include "core/wait.h"

void mn_waiter_keep(mn_waiter *self, void *data, void (*drop)(void *)) {
  mn_waiter_drop_kept(self);
  self->parking->kept = data;
  self->parking->drop = drop;
  self->parking->fresh = true;
}

bool mn_waiter_has_kept(const mn_waiter *self, void (*drop)(void *)) {
  return self->may_park && self->parking->kept && self->parking->drop == drop;
}

void *mn_waiter_take_kept(mn_waiter *self, void (*drop)(void *)) {
  if (!mn_waiter_has_kept(self, drop)) return NULL;
  void *kept = self->parking->kept;
  self->parking->kept = NULL;
  return kept;
}

void mn_waiter_drop_kept(mn_waiter *self) {
  void *kept = self->parking->kept;
  self->parking->kept = NULL;
  if (kept) self->parking->drop(kept);
}

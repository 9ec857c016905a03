/* lock/owner.c -- one word, a wait list, and the list of what a thread holds.
 *
 * `thread` is the id of the holder, or 0. Acquiring is a compare-and-swap from 0; releasing stores 0
 * and wakes one waiter, which tries like everybody else. What is held stands in its holder's list
 * `held`, with a reference: so it can't be destroyed while held, and a thread that ends abandons
 * what is left in its list.
 *
 * What a holder wrote in C is seen by the next one, since acquiring reads what releasing stored. */
#include "lock/owner.h"

static void abandon(mn_held *held, mn_waiter *holder) {
  (void)holder;
  mn_owner *owner = mn_list_entry(held, mn_owner, held);
  owner->abandoned = true;
  mn_owner_release(owner);
}

void mn_owner_init(mn_owner *owner, mn_handle *object) {
  *owner = (mn_owner){.object = object, .held.abandon = abandon};
  mn_list_init(&owner->held.link);
  mn_waitlist_init(&owner->waiters);
}

bool mn_owner_try(mn_owner *owner, mn_waiter *self) {
  uint64_t nobody = 0;
  if (atomic_load(&owner->thread) != 0 ||
      !atomic_compare_exchange_strong(&owner->thread, &nobody, self->id))
    return false;
  mn_handle_ref(owner->object);
  mn_list_push_back(&self->held, &owner->held.link);
  return true;
}

typedef struct trying {
  mn_owner *owner;
  mn_waiter *self;
} trying;

static mn_status attempt(mn_wait_case *c) {
  trying *t = c->argument;
  return mn_owner_try(t->owner, t->self) ? MN_OK : MN_EMPTY;
}

mn_status mn_owner_wait(mn_owner *owner, mn_waiter *self, mn_time deadline, const char *verb) {
  trying t = {owner, self};
  mn_wait_case c = {.list = &owner->waiters,
                    .attempt = attempt,
                    .argument = &t,
                    .object = owner->object,
                    .verb = verb};
  return mn_wait(self, &c, 1, deadline, NULL);
}

void mn_owner_release(mn_owner *owner) {
  mn_list_remove(&owner->held.link);
  /* seq_cst, as is reading the count of waiters: core/wait.h. */
  atomic_store(&owner->thread, 0);
  mn_waitlist_wake(&owner->waiters, 1);
  mn_handle_unref(owner->object);
}

/* condition/condition.c -- a list of tickets, one for each thread that waits.
 *
 * A thread enters its ticket before it lets go of the lock, so whoever has the lock afterwards finds
 * it. To notify is to take the first tickets out of the list and mark them: a notification belongs
 * to a certain waiter, and nobody who comes later can take it. Each ticket has a wait list of its
 * own, so that just its thread is woken.
 *
 * A thread whose time runs out, or who is cancelled, takes its own ticket out, under the mutex. If it
 * finds it marked, it was notified at the same moment: one whose time ran out says that it was, one
 * that is cancelled notifies the next in its place.
 *
 * A ticket is on its thread's stack. Who notifies touches it with the mutex held, and its thread
 * takes the mutex once more before it goes.
 *
 * Lock order: the user's lock, mutex, a ticket's wait list. */
#include "condition/condition.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"

struct mn_condition {
  mn_handle handle;
  mn_lock *lock; /* a reference; immutable */
  mn_mutex mutex;
  mn_list tickets;        /* of ticket.link, first come first; guarded by mutex */
  _Atomic uint32_t count; /* of tickets; written under mutex, read without it for diagnostics */
};

typedef struct ticket {
  mn_list link;
  _Atomic bool notified; /* written under the mutex */
  mn_waitlist waiter;    /* of one */
} ticket;

static void destroy(mn_handle *handle) {
  mn_condition *condition = (mn_condition *)(void *)handle;
  mn_handle_unref((mn_handle *)(void *)condition->lock);
  mn_free(condition);
}

static void describe(mn_handle *handle, char *text, size_t size) {
  mn_condition *condition = (mn_condition *)(void *)handle;
  (void)snprintf(text, size, "(%" PRIu32 " waiting)", atomic_load(&condition->count));
}

const mn_type mn_condition_type = {.name = "Condition", .destroy = destroy, .describe = describe};

mn_condition *mn_condition_new(mn_lock *lock) {
  mn_condition *condition = mn_alloc_zero(sizeof *condition);
  if (!condition) return NULL;
  mn_handle_init(&condition->handle, &mn_condition_type);
  mn_handle_ref((mn_handle *)(void *)lock);
  condition->lock = lock;
  mn_list_init(&condition->tickets);
  return condition;
}

mn_lock *mn_condition_lock(const mn_condition *condition) {
  return condition->lock;
}

static void take_out_locked(mn_condition *condition, ticket *t) {
  mn_list_remove(&t->link);
  atomic_fetch_sub(&condition->count, 1);
}

static void enter(mn_condition *condition, ticket *t) {
  mn_waitlist_init(&t->waiter);
  mn_mutex_lock(&condition->mutex);
  mn_list_push_back(&condition->tickets, &t->link);
  atomic_fetch_add(&condition->count, 1);
  mn_mutex_unlock(&condition->mutex);
}

/* Whether it was notified before it left. */
static bool leave(mn_condition *condition, ticket *t) {
  mn_mutex_lock(&condition->mutex);
  bool notified = atomic_load(&t->notified);
  if (!notified) take_out_locked(condition, t);
  mn_mutex_unlock(&condition->mutex);
  return notified;
}

static mn_status attempt(mn_wait_case *c) {
  return atomic_load(&((ticket *)c->argument)->notified) ? MN_OK : MN_EMPTY;
}

mn_status mn_condition_wait(mn_condition *condition, mn_thread *self, mn_time deadline) {
  ticket t = {0};
  mn_turns turns;
  enter(condition, &t);
  mn_lock_suspend(condition->lock, &turns);
  mn_wait_case c = {.list = &t.waiter,
                    .attempt = attempt,
                    .argument = &t,
                    .object = &condition->handle,
                    .verb = "wait"};
  mn_status status = mn_wait(&self->waiter, &c, 1, deadline, NULL);
  bool notified = leave(condition, &t);
  if (notified && status == MN_CANCELLED) mn_condition_notify(condition, 1);
  if (notified && status == MN_TIMEOUT) status = MN_OK;
  mn_lock_resume(condition->lock, self, &turns);
  return status;
}

void mn_condition_notify(mn_condition *condition, uint64_t most) {
  mn_mutex_lock(&condition->mutex);
  for (; most > 0 && !mn_list_is_empty(&condition->tickets); most--) {
    ticket *t = mn_list_entry(condition->tickets.next, ticket, link);
    take_out_locked(condition, t);
    atomic_store(&t->notified, true);
    mn_waitlist_wake(&t->waiter, 1);
  }
  mn_mutex_unlock(&condition->mutex);
}

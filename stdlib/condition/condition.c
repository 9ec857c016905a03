/* condition/condition.c -- a list of tickets, one for each thread that waits.
 *
 * The list is guarded by the user's lock, which all have who change it: a thread enters its ticket
 * before it lets go of the lock, and takes it out when it has the lock back. To notify is to take the
 * first tickets out of the list and mark them: a notification belongs to a certain waiter, and
 * nobody who comes later can take it. Each ticket has a wait list of its own, so that just its thread
 * is woken.
 *
 * Who notifies still holds the lock. So a thread that is awake, and sees that it is notified, goes on
 * looking until it gets the lock as well; one that has slept, or is about to, stops there, and then
 * waits for the lock as anybody does.
 *
 * A thread whose time runs out, or who is cancelled, may be notified until it has the lock back. One
 * whose time ran out says then that it was; one that is cancelled notifies the next in its place.
 *
 * A ticket is on its thread's stack, which doesn't leave without the lock. */
#include "condition/condition.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"

struct mn_condition {
  mn_handle handle;
  mn_lock *lock;          /* a reference; immutable */
  mn_list tickets;        /* of ticket.link, first come first; guarded by the lock */
  _Atomic uint32_t count; /* of tickets; written under the lock, read without it for diagnostics */
};

typedef struct ticket {
  _Alignas(MN_CACHE_LINE) mn_list link; /* guarded by the lock */
  _Atomic bool notified;                /* written under the lock */
  mn_waitlist waiter;                   /* of one */
  /* Its thread's only. */
  mn_lock *lock;
  mn_waiter *self;
  mn_turns turns; /* of the lock, while it is let go of */
  bool holds;     /* the lock is taken back already */
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
  mn_condition *condition = mn_alloc_aligned(MN_CACHE_LINE, sizeof *condition);
  if (!condition) return NULL;
  *condition = (mn_condition){0};
  mn_handle_init(&condition->handle, &mn_condition_type);
  mn_handle_ref((mn_handle *)(void *)lock);
  condition->lock = lock;
  mn_list_init(&condition->tickets);
  return condition;
}

mn_lock *mn_condition_lock(const mn_condition *condition) {
  return condition->lock;
}

/* relaxed: the lock orders those who write it; a diagnostic may be late. */
static void count_tickets(mn_condition *condition, uint32_t more) {
  uint32_t count = atomic_load_explicit(&condition->count, memory_order_relaxed);
  atomic_store_explicit(&condition->count, count + more, memory_order_relaxed);
}

static void enter(mn_condition *condition, ticket *t) {
  mn_waitlist_init(&t->waiter);
  mn_list_push_back(&condition->tickets, &t->link);
  count_tickets(condition, 1);
}

static void take_out(mn_condition *condition, ticket *t) {
  mn_list_remove(&t->link);
  count_tickets(condition, UINT32_MAX);
}

/* Who stands in the list is asleep, or would be next. Who was taken out by the notification stands
 * again before it sleeps, and looks again. */
static mn_status attempt(mn_wait_case *c) {
  ticket *t = c->argument;
  if (!atomic_load(&t->notified)) return MN_EMPTY;
  t->holds = mn_lock_try_resume(t->lock, t->self, &t->turns);
  bool stands = atomic_load(&t->waiter.count) > 0;
  return t->holds || stands ? MN_OK : MN_EMPTY;
}

mn_status mn_condition_wait(mn_condition *condition, mn_waiter *self, mn_time deadline) {
  ticket t = {.lock = condition->lock, .self = self};
  enter(condition, &t);
  mn_lock_suspend(condition->lock, &t.turns);
  mn_wait_case c = {.list = &t.waiter,
                    .attempt = attempt,
                    .argument = &t,
                    .object = &condition->handle,
                    .verb = "wait"};
  mn_status status = mn_wait(self, &c, 1, deadline, NULL);
  if (!t.holds) mn_lock_resume(condition->lock, self, &t.turns);
  bool notified = atomic_load(&t.notified);
  if (!notified) take_out(condition, &t);
  if (notified && mn_status_is_stop(status)) mn_condition_notify(condition, 1);
  return notified && status == MN_TIMEOUT ? MN_OK : status;
}

void mn_condition_notify(mn_condition *condition, uint64_t most) {
  for (; most > 0 && !mn_list_is_empty(&condition->tickets); most--) {
    ticket *t = mn_list_entry(condition->tickets.next, ticket, link);
    take_out(condition, t);
    atomic_store(&t->notified, true);
    mn_waitlist_wake(&t->waiter, 1);
  }
}

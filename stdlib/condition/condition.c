/* condition/condition.c -- a list of tickets, one for each thread or task that waits.
 *
 * A thread enters its ticket before it lets go of the user's lock, and takes it out when it has the lock
 * back. To notify is to take the first tickets out of the list and mark them: a notification belongs to a
 * certain waiter, and nobody who comes later can take it. Each ticket has a wait list of its own, so that
 * just its thread is woken.
 *
 * Who notifies still holds the lock. So a thread that is awake, and sees that it is notified, goes on
 * looking until it gets the lock as well; one that has slept, or is about to, stops there, and then
 * waits for the lock as anybody does.
 *
 * A thread whose time runs out, or who is cancelled, may be notified until it has the lock back. One
 * whose time ran out says then that it was; one that is cancelled notifies the next in its place.
 *
 * A ticket is on its thread's stack, which doesn't leave without the lock, or kept by its task. A task
 * that never comes back takes its ticket out, and hands its notification on, without the lock. So the
 * list has a mutex of its own; who leaves has had it, and is known to no one who notifies.
 *
 * Lock order: the user's lock, the mutex, a ticket's wait list. */
#include "condition/condition.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"

struct mn_condition {
  mn_handle handle;
  mn_lock *lock; /* a reference; immutable */
  mn_mutex mutex;
  mn_list tickets;        /* of ticket.link, first come first; guarded by the mutex */
  _Atomic uint32_t count; /* of tickets; written under the mutex, read without it for diagnostics */
};

typedef struct ticket {
  _Alignas(MN_CACHE_LINE) mn_list link; /* guarded by the mutex */
  _Atomic bool notified;                /* written under the mutex */
  mn_waitlist waiter;                   /* of one */
  /* Its thread's only. */
  mn_condition *condition; /* a task's ticket has a reference */
  mn_waiter *self;
  mn_turns turns;   /* of the lock, while it is let go of */
  mn_status status; /* of the wait to be notified; MN_EMPTY until that is over */
  bool holds;       /* the lock is taken back already */
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

/* relaxed: the mutex orders those who write it; a diagnostic may be late. */
static void count_tickets(mn_condition *condition, uint32_t more) {
  uint32_t count = atomic_load_explicit(&condition->count, memory_order_relaxed);
  atomic_store_explicit(&condition->count, count + more, memory_order_relaxed);
}

static void take_out_locked(mn_condition *condition, ticket *t) {
  mn_list_remove(&t->link);
  count_tickets(condition, UINT32_MAX);
}

static void notify_locked(mn_condition *condition, uint64_t most) {
  for (; most > 0 && !mn_list_is_empty(&condition->tickets); most--) {
    ticket *t = mn_list_entry(condition->tickets.next, ticket, link);
    take_out_locked(condition, t);
    atomic_store(&t->notified, true);
    mn_waitlist_wake(&t->waiter, 1);
  }
}

void mn_condition_notify(mn_condition *condition, uint64_t most) {
  mn_mutex_lock(&condition->mutex);
  notify_locked(condition, most);
  mn_mutex_unlock(&condition->mutex);
}

/* ---- waiting ---- */

/* The ticket is entered, and the lock let go of. */
static void enter(ticket *t, mn_condition *condition, mn_waiter *self) {
  *t = (ticket){.condition = condition, .self = self, .status = MN_EMPTY};
  mn_waitlist_init(&t->waiter);
  mn_mutex_lock(&condition->mutex);
  mn_list_push_back(&condition->tickets, &t->link);
  count_tickets(condition, 1);
  mn_mutex_unlock(&condition->mutex);
  mn_lock_suspend(condition->lock, &t->turns);
}

/* Takes the ticket out, and says whether it is notified. A notification that is `unwanted` goes on. */
static bool leave(ticket *t, bool unwanted) {
  mn_condition *condition = t->condition;
  mn_mutex_lock(&condition->mutex);
  bool notified = atomic_load(&t->notified);
  if (!notified)
    take_out_locked(condition, t);
  else if (unwanted)
    notify_locked(condition, 1);
  mn_mutex_unlock(&condition->mutex);
  return notified;
}

/* Who stands in the list is asleep, or would be next. Who was taken out by the notification stands
 * again before it sleeps, and looks again. */
static mn_status attempt(mn_wait_case *c) {
  ticket *t = c->argument;
  if (!atomic_load(&t->notified)) return MN_EMPTY;
  t->holds = mn_lock_try_resume(t->condition->lock, t->self, &t->turns);
  bool stands = atomic_load(&t->waiter.count) > 0;
  return t->holds || stands ? MN_OK : MN_EMPTY;
}

static mn_status await(ticket *t, mn_time deadline) {
  mn_wait_case c = {.list = &t->waiter,
                    .attempt = attempt,
                    .argument = t,
                    .object = &t->condition->handle,
                    .verb = "wait"};
  return mn_wait(t->self, &c, 1, deadline, NULL);
}

/* Waits to be notified, then for the lock. MN_PARKED: to be done again. */
static mn_status use(ticket *t, mn_time deadline) {
  if (t->status == MN_EMPTY) {
    mn_status status = await(t, deadline);
    if (status == MN_PARKED) return status;
    t->status = status;
  }
  if (!t->holds && mn_lock_resume(t->condition->lock, t->self, &t->turns) == MN_PARKED)
    return MN_PARKED;
  bool notified = leave(t, mn_status_is_stop(t->status));
  return notified && t->status == MN_TIMEOUT ? MN_OK : t->status;
}

static void free_ticket(ticket *t) {
  mn_condition *condition = t->condition;
  mn_turns_drop(&t->turns);
  mn_free(t);
  mn_handle_unref(&condition->handle);
}

/* A task's that never comes back. */
static void drop(void *kept) {
  (void)leave(kept, true);
  free_ticket(kept);
}

static ticket *new_ticket(mn_condition *condition, mn_waiter *self) {
  ticket *t = mn_alloc_aligned(MN_CACHE_LINE, sizeof *t);
  if (!t) return NULL;
  mn_handle_ref(&condition->handle);
  enter(t, condition, self);
  return t;
}

static mn_status wait_as_task(mn_condition *condition, mn_waiter *self, mn_time deadline) {
  ticket *t = mn_waiter_take_kept(self, drop);
  if (!t) t = new_ticket(condition, self);
  if (!t) return MN_NOMEM;
  mn_status status = use(t, deadline);
  if (status == MN_PARKED)
    mn_waiter_keep(self, t, drop);
  else
    free_ticket(t);
  return status;
}

mn_status mn_condition_wait(mn_condition *condition, mn_waiter *self, mn_time deadline) {
  if (self->may_park) return wait_as_task(condition, self, deadline);
  ticket t;
  enter(&t, condition, self);
  return use(&t, deadline);
}

bool mn_condition_has_ticket(const mn_waiter *self) {
  return mn_waiter_has_kept(self, drop);
}

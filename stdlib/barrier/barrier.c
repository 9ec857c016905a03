/* barrier/barrier.c -- rounds, and a place for each who waits, into which his outcome is written.
 *
 * Who ends a round writes the outcome into the places of all who wait in it, with the mutex held, and
 * wakes them afterwards. So a thread that wakes late learns what became of its own round, however
 * many there have been since; and a place is touched by nobody after its outcome was written.
 *
 * While the last to arrive runs the action, its round goes on: it can be broken by a time-out, a
 * cancellation, or a call. */
#include "barrier/barrier.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"

struct mn_barrier {
  mn_handle handle;
  uint32_t parties;  /* immutable, as are the next two */
  mn_time timeout;   /* MN_FOREVER: none */
  mn_message action; /* no values: none */
  mn_mutex mutex;    /* guards what follows */
  uint32_t arrived;  /* in this round */
  bool broken;
  const mn_waiter *actor; /* who runs the action of this round, or NULL */
  uint64_t round;
  mn_list places; /* of place.link */
  mn_waitlist waiters;
};

typedef struct place {
  mn_list link;        /* guarded by the mutex */
  _Atomic int outcome; /* MN_EMPTY until the round has ended */
} place;

static void destroy(mn_handle *handle) {
  mn_barrier *barrier = (mn_barrier *)(void *)handle;
  mn_message_drop(&barrier->action);
  mn_free(barrier);
}

static void describe(mn_handle *handle, char *text, size_t size) {
  mn_barrier *barrier = (mn_barrier *)(void *)handle;
  bool broken = mn_barrier_is_broken(barrier);
  (void)snprintf(text, size, "(%" PRIu32 "/%" PRIu32 ")%s", mn_barrier_waiting(barrier),
                 barrier->parties, broken ? " broken" : "");
}

const mn_type mn_barrier_type = {.name = "Barrier", .destroy = destroy, .describe = describe};

mn_barrier *mn_barrier_new(uint32_t parties, mn_message *action, mn_time timeout) {
  mn_barrier *barrier = mn_alloc_zero(sizeof *barrier);
  if (!barrier) return NULL;
  mn_handle_init(&barrier->handle, &mn_barrier_type);
  barrier->parties = parties;
  barrier->timeout = timeout;
  if (action) barrier->action = *action;
  mn_list_init(&barrier->places);
  mn_waitlist_init(&barrier->waiters);
  return barrier;
}

/* Ends the round with that outcome for those who wait. The caller wakes them when it has unlocked. */
static void end_round_locked(mn_barrier *barrier, mn_status outcome) {
  while (!mn_list_is_empty(&barrier->places)) {
    place *p = mn_list_entry(barrier->places.next, place, link);
    mn_list_remove(&p->link);
    atomic_store(&p->outcome, (int)outcome);
  }
  barrier->arrived = 0;
  barrier->actor = NULL;
  barrier->round++;
}

static void break_locked(mn_barrier *barrier) {
  barrier->broken = true;
  end_round_locked(barrier, MN_BROKEN);
}

typedef struct waiting {
  mn_barrier *barrier;
  mn_waiter *self;
  mn_arrival arrival;
  bool for_ever; /* without a deadline */
  bool arrived;  /* in a round, whose outcome `place` will have */
  place place;
} waiting;

/* MN_EMPTY: the others are to be waited for, or the next round. */
static mn_status arrive_locked(waiting *w) {
  mn_barrier *barrier = w->barrier;
  if (barrier->broken) return MN_BROKEN;
  if (barrier->actor == w->self && w->for_ever) return MN_DEADLOCK;
  if (barrier->arrived == barrier->parties) return MN_EMPTY; /* the action is running */
  w->arrival = (mn_arrival){.index = ++barrier->arrived, .round = barrier->round};
  w->arrived = true;
  if (barrier->arrived < barrier->parties) {
    mn_list_push_back(&barrier->places, &w->place.link);
    return MN_EMPTY;
  }
  if (barrier->action.values > 0) {
    w->arrival.acts = true;
    barrier->actor = w->self;
  } else {
    end_round_locked(barrier, MN_OK);
  }
  return MN_OK;
}

static mn_status attempt(mn_wait_case *c) {
  waiting *w = c->argument;
  if (w->arrived) return (mn_status)atomic_load(&w->place.outcome);
  mn_mutex_lock(&w->barrier->mutex);
  mn_status status = arrive_locked(w);
  mn_mutex_unlock(&w->barrier->mutex);
  return status;
}

/* After a wait that ended without an outcome, by `status`: what it is now. */
static mn_status give_up(waiting *w, mn_status status) {
  mn_barrier *barrier = w->barrier;
  if (!w->arrived) return status;
  mn_mutex_lock(&barrier->mutex);
  mn_status outcome = (mn_status)atomic_load(&w->place.outcome);
  if (outcome == MN_EMPTY) break_locked(barrier);
  mn_mutex_unlock(&barrier->mutex);
  if (outcome == MN_EMPTY)
    mn_waitlist_wake_all(&barrier->waiters);
  else if (status == MN_TIMEOUT)
    status = outcome;
  return status;
}

static void start(waiting *w, mn_barrier *barrier, mn_waiter *self, mn_time deadline) {
  *w = (waiting){.barrier = barrier,
                 .self = self,
                 .for_ever = deadline == MN_FOREVER,
                 .place.outcome = MN_EMPTY};
}

/* MN_PARKED: to be done again. */
static mn_status await(waiting *w, mn_time deadline) {
  mn_barrier *barrier = w->barrier;
  const mn_arrival *arrival = &w->arrival;
  mn_wait_case c = {.list = &barrier->waiters,
                    .attempt = attempt,
                    .argument = w,
                    .object = &barrier->handle,
                    .verb = "wait"};
  mn_status status = mn_wait(w->self, &c, 1, deadline, NULL);
  if (status == MN_TIMEOUT || mn_status_is_stop(status)) return give_up(w, status);
  if (status == MN_OK && arrival->index == barrier->parties && !arrival->acts)
    mn_waitlist_wake_all(&barrier->waiters);
  return status;
}

static void free_waiting(waiting *w) {
  mn_handle_unref(&w->barrier->handle);
  mn_free(w);
}

/* A task's that never comes back: as if it were cancelled. */
static void drop(void *kept) {
  (void)give_up(kept, MN_CANCELLED);
  free_waiting(kept);
}

static waiting *new_waiting(mn_barrier *barrier, mn_waiter *self, mn_time deadline) {
  waiting *w = mn_alloc(sizeof *w);
  if (!w) return NULL;
  start(w, barrier, self, deadline);
  mn_handle_ref(&barrier->handle);
  return w;
}

/* The place, which others know of, outlives the call that is left. */
static mn_status wait_as_task(mn_barrier *barrier, mn_waiter *self, mn_time deadline,
                              mn_arrival *arrival) {
  waiting *w = mn_waiter_take_kept(self, drop);
  if (!w) w = new_waiting(barrier, self, deadline);
  if (!w) return MN_NOMEM;
  mn_status status = await(w, deadline);
  if (status == MN_PARKED) {
    mn_waiter_keep(self, w, drop);
    return status;
  }
  *arrival = w->arrival;
  free_waiting(w);
  return status;
}

mn_status mn_barrier_wait(mn_barrier *barrier, mn_waiter *self, mn_time deadline,
                          mn_arrival *arrival) {
  waiting w;
  if (self->may_park) return wait_as_task(barrier, self, deadline, arrival);
  start(&w, barrier, self, deadline);
  mn_status status = await(&w, deadline);
  *arrival = w.arrival;
  return status;
}

/* ---- ending a round from outside of it ---- */

mn_status mn_barrier_finish(mn_barrier *barrier, uint64_t round) {
  mn_mutex_lock(&barrier->mutex);
  mn_status status = barrier->round == round ? MN_OK : MN_BROKEN;
  if (status == MN_OK) end_round_locked(barrier, MN_OK);
  mn_mutex_unlock(&barrier->mutex);
  mn_waitlist_wake_all(&barrier->waiters);
  return status;
}

void mn_barrier_fail(mn_barrier *barrier, uint64_t round) {
  mn_mutex_lock(&barrier->mutex);
  if (barrier->round == round) break_locked(barrier);
  mn_mutex_unlock(&barrier->mutex);
  mn_waitlist_wake_all(&barrier->waiters);
}

void mn_barrier_abort(mn_barrier *barrier) {
  mn_mutex_lock(&barrier->mutex);
  break_locked(barrier);
  mn_mutex_unlock(&barrier->mutex);
  mn_waitlist_wake_all(&barrier->waiters);
}

void mn_barrier_reset(mn_barrier *barrier) {
  mn_mutex_lock(&barrier->mutex);
  end_round_locked(barrier, MN_BROKEN);
  barrier->broken = false;
  mn_mutex_unlock(&barrier->mutex);
  mn_waitlist_wake_all(&barrier->waiters);
}

/* ---- what it is like ---- */

bool mn_barrier_is_broken(mn_barrier *barrier) {
  mn_mutex_lock(&barrier->mutex);
  bool broken = barrier->broken;
  mn_mutex_unlock(&barrier->mutex);
  return broken;
}

uint32_t mn_barrier_waiting(mn_barrier *barrier) {
  mn_mutex_lock(&barrier->mutex);
  uint32_t waiting_now = barrier->arrived;
  mn_mutex_unlock(&barrier->mutex);
  return waiting_now;
}

uint32_t mn_barrier_parties(const mn_barrier *barrier) {
  return barrier->parties;
}

const mn_message *mn_barrier_action(const mn_barrier *barrier) {
  return barrier->action.values > 0 ? &barrier->action : NULL;
}

mn_time mn_barrier_timeout(const mn_barrier *barrier) {
  return barrier->timeout;
}

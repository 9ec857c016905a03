/* futures/crew.c -- a queue of futures, and who runs them.
 *
 * The queue has two halves: `inbox`, a stack that submitters push to without a lock, and `first`, a
 * list in order, which workers take from under the mutex; when it is empty, they turn the inbox over
 * into it. One future is taken at a time: so nothing that is short lies behind something long while
 * another worker is idle.
 *
 * `unfinished` counts what was submitted and has not ended. A submitter counts first and looks at
 * `closed` then; who closes sets that first and looks at the count then. So nothing is left in the
 * queue when the last worker ends. While the count is above 0 the crew is one of the runtime's busy
 * ones, for which the end of the main chunk waits.
 *
 * A submitter starts another worker where more is unfinished than there are workers. So each future
 * has one of its own as long as the crew may have so many: calls may wait for each other. Workers that
 * wait for futures of their own crew, themselves or by a task that runs elsewhere, are not counted
 * against that limit: others take their places meanwhile, and those that are too many afterwards end. A
 * worker that ends looks whether something is left in the queue, and starts another one then.
 *
 * Lock order: mutex, then the runtime's. */
#include "futures/crew.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "core/runtime.h"

/* Of a worker's mn_thread.argument, and that of who acts for a task. */
static const char KIND, ACTING_KIND;

typedef struct worker {
  mn_list link;  /* in crew.workers; guarded by its mutex */
  mn_crew *crew; /* a reference */
  mn_thread *thread;
  bool worn_out;   /* its state is not to be used further; its own */
  bool ready;      /* its initializer has succeeded; its own */
  uint32_t nested; /* futures that it runs, each within the one before; its own */
  const mn_future *running[MN_CREW_NESTED];
} worker;

struct mn_crew {
  _Atomic uint32_t references;
  mn_runtime *runtime;     /* immutable */
  mn_crew_options options; /* immutable */
  /* What all look at and few write. */
  _Atomic bool closed;
  _Atomic bool terminated;  /* written under mutex */
  _Atomic bool broken;      /* written under mutex, after `why` */
  _Atomic uint32_t living;  /* how many; written under mutex */
  _Atomic uint32_t blocked; /* of those, so many wait for a future of this crew */
  mn_waitlist work;         /* workers wait here for a future */
  mn_waitlist ended;        /* woken when a worker has ended */
  /* What submitters write, what both do, and what workers do. */
  _Alignas(MN_CACHE_LINE) _Atomic(mn_future *) inbox;
  _Alignas(MN_CACHE_LINE) _Atomic uint32_t unfinished;
  _Alignas(MN_CACHE_LINE) _Atomic(mn_future *) first; /* written under mutex */
  mn_mutex mutex;
  mn_list workers;      /* of worker.link; guarded by mutex */
  uint64_t last_number; /* of a worker's name; guarded by mutex */
  mn_message why;       /* the initializer's error value; immutable once broken */
  /* Workers in a row that were cancelled before they were ready. */
  _Atomic uint32_t cancelled_starts;
  _Atomic bool told; /* a future has got it */
};

mn_crew *mn_crew_new(mn_runtime *runtime, const mn_crew_options *options) {
  mn_crew *crew = mn_alloc_aligned(MN_CACHE_LINE, sizeof *crew);
  if (!crew) return NULL;
  *crew = (mn_crew){0};
  atomic_init(&crew->references, 1);
  crew->runtime = runtime;
  crew->options = *options;
  mn_waitlist_init(&crew->work);
  mn_waitlist_init(&crew->ended);
  mn_list_init(&crew->workers);
  return crew;
}

mn_crew *mn_crew_ref(mn_crew *crew) {
  atomic_fetch_add(&crew->references, 1);
  return crew;
}

void mn_crew_unref(mn_crew *crew) {
  if (atomic_fetch_sub(&crew->references, 1) != 1) return;
  mn_message_drop(&crew->options.init);
  mn_made_at_unref(crew->options.made_at);
  mn_message_drop(&crew->why);
  mn_free(crew);
}

/* ---- counting ---- */

static void count_one(mn_crew *crew) {
  if (atomic_fetch_add(&crew->unfinished, 1) == 0) mn_runtime_busy(crew->runtime);
}

/* Who calls holds a reference: a worker that sees 0 may end. */
static void uncount_one(mn_crew *crew) {
  if (atomic_fetch_sub(&crew->unfinished, 1) != 1) return;
  if (atomic_load(&crew->closed)) {
    mn_waitlist_wake_all(&crew->work);
    mn_waitlist_wake_all(&crew->ended);
  }
  mn_runtime_idle(crew->runtime);
}

/* ---- the queue ---- */

static void push(mn_crew *crew, mn_future *future) {
  mn_future *seen = atomic_load(&crew->inbox);
  do future->next = seen;
  while (!atomic_compare_exchange_weak(&crew->inbox, &seen, future));
}

/* Turns the inbox over into the empty list of those in order. On the way they are seen there: who finds
 * both empty may sleep. */
static void refill_locked(mn_crew *crew) {
  atomic_store(&crew->first, atomic_load(&crew->inbox));
  mn_future *future = atomic_exchange(&crew->inbox, NULL), *first = NULL;
  for (mn_future *next; future; future = next) {
    next = future->next;
    future->next = first;
    first = future;
  }
  atomic_store(&crew->first, first);
}

/* In the order in which they move. */
static bool is_empty(mn_crew *crew) {
  return !atomic_load(&crew->inbox) && !atomic_load(&crew->first);
}

/* NULL: there is none. The queue's reference is the caller's. */
static mn_future *pop(mn_crew *crew) {
  if (is_empty(crew)) return NULL;
  mn_mutex_lock(&crew->mutex);
  if (!atomic_load(&crew->first)) refill_locked(crew);
  mn_future *future = atomic_load(&crew->first);
  if (future) atomic_store(&crew->first, future->next);
  mn_mutex_unlock(&crew->mutex);
  return future;
}

/* ---- workers ---- */

/* Workers that do not wait for others. Either count may have changed: then too many or too few, for a
 * moment. */
static uint32_t active(mn_crew *crew) {
  uint32_t blocked = atomic_load(&crew->blocked), living = atomic_load(&crew->living);
  return living > blocked ? living - blocked : 0;
}

static worker *worker_new(mn_crew *crew) {
  mn_thread_options options = {
      .daemon = true, .named = true, .memory_limit = crew->options.memory_limit};
  worker *w = mn_alloc_zero(sizeof *w);
  if (!w) return NULL;
  mn_mutex_lock(&crew->mutex);
  uint64_t number = ++crew->last_number;
  mn_mutex_unlock(&crew->mutex);
  (void)snprintf(options.name, sizeof options.name, "%s_%llu", crew->options.prefix,
                 (unsigned long long)number);
  w->thread = mn_thread_new(crew->runtime, &options);
  if (!w->thread) {
    mn_free(w);
    return NULL;
  }
  w->crew = crew;
  w->thread->handle.made_at = mn_made_at_ref(crew->options.made_at);
  w->thread->body = crew->options.body;
  w->thread->argument = w;
  w->thread->argument_kind = &KIND;
  return w;
}

/* Out of the crew. Who was there holds another reference to the crew. */
static void remove_worker(worker *w) {
  mn_crew *crew = w->crew;
  mn_mutex_lock(&crew->mutex);
  mn_list_remove(&w->link);
  atomic_fetch_sub(&crew->living, 1);
  mn_mutex_unlock(&crew->mutex);
  mn_waitlist_wake_all(&crew->ended);
  mn_handle_unref(&w->thread->handle);
  mn_free(w);
  mn_crew_unref(crew);
}

/* Among the living, unless there are enough: then false. */
static bool enter(worker *w) {
  mn_crew *crew = w->crew;
  mn_mutex_lock(&crew->mutex);
  bool room = active(crew) < crew->options.most_workers;
  if (atomic_load(&crew->terminated)) room = false;
  if (room) {
    (void)mn_crew_ref(crew);
    mn_list_push_back(&crew->workers, &w->link);
    atomic_fetch_add(&crew->living, 1);
  }
  mn_mutex_unlock(&crew->mutex);
  return room;
}

/* MN_OK also when there are as many as there may be. */
static mn_status start_worker(mn_crew *crew, mn_thread *self) {
  worker *w = worker_new(crew);
  if (!w) return MN_NOMEM;
  if (!enter(w)) {
    mn_handle_unref(&w->thread->handle);
    mn_free(w);
    return MN_OK;
  }
  /* The worker may be gone before this call returns. */
  mn_status status = mn_thread_start(w->thread, self);
  if (status != MN_OK) remove_worker(w);
  return status;
}

/* ---- submitting ---- */

/* One worker more where there may be none for each future. */
static mn_status see_to_workers(mn_crew *crew, mn_thread *self) {
  if (active(crew) >= crew->options.most_workers) return MN_OK;
  if (atomic_load(&crew->living) >= atomic_load(&crew->unfinished)) return MN_OK;
  return start_worker(crew, self);
}

static mn_status refusal(mn_crew *crew, bool accepted) {
  if (atomic_load(&crew->closed) && (!accepted || atomic_load(&crew->terminated))) return MN_CLOSED;
  return atomic_load(&crew->broken) ? MN_BROKEN : MN_OK;
}

mn_status mn_crew_submit(mn_crew *crew, mn_future *future, bool accepted, mn_thread *self) {
  count_one(crew);
  mn_status status = refusal(crew, accepted);
  if (status != MN_OK) {
    uncount_one(crew);
    return status;
  }
  mn_handle_ref(&future->handle);
  future->crew = crew;
  push(crew, future);
  status = see_to_workers(crew, self);
  if (atomic_load(&crew->living) > 0) status = MN_OK;
  if (status == MN_OK)
    mn_waitlist_wake(&crew->work, 1);
  else
    mn_crew_cancel_pending(crew); /* there is nobody who could run any of them */
  /* Either this finds it, or who terminates finds the future. */
  if (atomic_load(&crew->terminated)) mn_crew_cancel_pending(crew);
  return status;
}

/* Takes all out of the queue, and does with each what `end` does. */
static void end_all(mn_crew *crew, void (*end)(mn_crew *crew, mn_future *future)) {
  for (mn_future *future; (future = pop(crew)) != NULL; mn_crew_done(crew, future))
    end(crew, future);
}

static void end_cancelled(mn_crew *crew, mn_future *future) {
  (void)crew;
  (void)mn_future_cancel(future);
}

void mn_crew_cancel_pending(mn_crew *crew) {
  end_all(crew, end_cancelled);
}

/* ---- the end ---- */

void mn_crew_close(mn_crew *crew) {
  atomic_store(&crew->closed, true);
  mn_waitlist_wake_all(&crew->work);
}

void mn_crew_terminate(mn_crew *crew) {
  mn_crew_close(crew);
  mn_mutex_lock(&crew->mutex);
  atomic_store(&crew->terminated, true);
  for (mn_list *l = crew->workers.next; l != &crew->workers; l = l->next)
    (void)mn_thread_cancel(mn_list_entry(l, worker, link)->thread, NULL);
  mn_mutex_unlock(&crew->mutex);
  mn_crew_cancel_pending(crew);
}

static mn_status attempt_join(mn_wait_case *c) {
  mn_crew *crew = c->argument;
  /* A worker that is to be replaced is gone for a moment. */
  return atomic_load(&crew->living) == 0 && atomic_load(&crew->unfinished) == 0 ? MN_OK : MN_EMPTY;
}

mn_status mn_crew_join(mn_crew *crew, mn_waiter *self, mn_time deadline) {
  mn_wait_case c = {.list = &crew->ended,
                    .attempt = attempt_join,
                    .argument = crew,
                    .verb = "the end of the workers"};
  return mn_wait(self, &c, 1, deadline, NULL);
}

bool mn_crew_is_closed(const mn_crew *crew) {
  return atomic_load(&crew->closed);
}

uint32_t mn_crew_most_workers(const mn_crew *crew) {
  return crew->options.most_workers;
}

mn_status mn_crew_why_broken(mn_crew *crew, mn_message *value) {
  if (!atomic_load(&crew->broken)) return MN_EMPTY;
  return mn_message_copy(&crew->why, value);
}

uint32_t mn_crew_unfinished(const mn_crew *crew) {
  return atomic_load(&crew->unfinished);
}

/* ---- for a worker ---- */

/* NULL: it is no worker, or no more. */
static worker *worker_of(const mn_thread *thread) {
  return thread->argument_kind == &KIND ? thread->argument : NULL;
}

/* NULL: it acts for nobody. */
static const mn_crew_acting *acting_of(const mn_thread *thread) {
  return thread->argument_kind == &ACTING_KIND ? thread->argument : NULL;
}

void mn_crew_act(mn_thread *self, mn_crew_acting *acting) {
  acting->argument = self->argument;
  acting->argument_kind = self->argument_kind;
  self->argument = acting;
  self->argument_kind = &ACTING_KIND;
}

void mn_crew_act_no_more(mn_thread *self, const mn_crew_acting *acting) {
  self->argument = acting->argument;
  self->argument_kind = acting->argument_kind;
}

bool mn_crew_runs_tasks(const mn_thread *self) {
  return worker_of(self) != NULL;
}

mn_crew *mn_crew_of(const mn_thread *thread) {
  const worker *w = worker_of(thread);
  const mn_crew_acting *acting = acting_of(thread);
  if (acting) return acting->crew;
  return w ? w->crew : NULL;
}

const mn_message *mn_crew_init_message(const mn_crew *crew) {
  return &crew->options.init;
}

uint64_t mn_crew_tasks_per_worker(const mn_crew *crew) {
  return crew->options.tasks_per_worker;
}

bool mn_crew_begin(mn_thread *self, const mn_future *future) {
  worker *w = self->argument;
  if (w->nested == MN_CREW_NESTED) return false;
  w->running[w->nested++] = future;
  return true;
}

void mn_crew_end(mn_thread *self) {
  ((worker *)self->argument)->nested--;
}

bool mn_crew_is_running(const mn_thread *self, const mn_future *future) {
  const worker *w = worker_of(self);
  const mn_crew_acting *acting = acting_of(self);
  if (acting) return atomic_load(&future->ticket) == acting->ticket;
  for (uint32_t i = 0; w && i < w->nested; i++)
    if (w->running[i] == future) return true;
  return false;
}

void mn_crew_block(mn_crew *crew, mn_thread *self) {
  atomic_fetch_add(&crew->blocked, 1);
  if (!is_empty(crew)) (void)see_to_workers(crew, self);
}

void mn_crew_unblock(mn_crew *crew) {
  atomic_fetch_sub(&crew->blocked, 1);
  if (active(crew) > crew->options.most_workers) mn_waitlist_wake(&crew->work, 1);
}

void mn_crew_set_worn_out(mn_thread *self) {
  ((worker *)self->argument)->worn_out = true;
}

bool mn_crew_is_worn_out(const mn_thread *self) {
  return ((const worker *)self->argument)->worn_out;
}

typedef struct taking {
  mn_crew *crew;
  mn_future *future;
} taking;

static mn_status attempt_take(mn_wait_case *c) {
  taking *t = c->argument;
  mn_crew *crew = t->crew;
  if (active(crew) > crew->options.most_workers) return MN_CLOSED;
  t->future = pop(crew);
  if (t->future) return MN_OK;
  return atomic_load(&crew->closed) && atomic_load(&crew->unfinished) == 0 ? MN_CLOSED : MN_EMPTY;
}

mn_status mn_crew_take(mn_thread *self, mn_future **future) {
  const worker *w = self->argument;
  mn_crew *crew = w->crew;
  taking t = {crew, NULL};
  mn_wait_case c = {.list = &crew->work, .attempt = attempt_take, .argument = &t, .verb = "a task"};
  mn_status status = mn_wait(&self->waiter, &c, 1, MN_FOREVER, NULL);
  if (status == MN_OK) *future = t.future;
  return status;
}

mn_status mn_crew_try_take(mn_thread *self, mn_future **future) {
  mn_future *taken = pop(worker_of(self)->crew);
  if (taken) *future = taken;
  return taken ? MN_OK : MN_EMPTY;
}

void mn_crew_done(mn_crew *crew, mn_future *future) {
  mn_handle_unref(&future->handle);
  uncount_one(crew);
}

void mn_crew_give_back(mn_thread *self, mn_future *future) {
  mn_crew *crew = worker_of(self)->crew;
  mn_mutex_lock(&crew->mutex);
  future->next = atomic_load(&crew->first);
  atomic_store(&crew->first, future);
  mn_mutex_unlock(&crew->mutex);
  (void)see_to_workers(crew, self); /* at the latest this one runs it */
  mn_waitlist_wake(&crew->work, 1);
  if (atomic_load(&crew->terminated)) mn_crew_cancel_pending(crew);
}

void mn_crew_worker_is_ready(mn_thread *self) {
  worker *w = self->argument;
  w->ready = true;
  atomic_store(&w->crew->cancelled_starts, 0);
}

/* Ends it with the initializer's error, of which somebody hears then. */
static void end_broken(mn_crew *crew, mn_future *future) {
  mn_message arguments, why = {0};
  if (!mn_future_start(future, &arguments)) return;
  crew->told = true;
  mn_message_drop(&arguments);
  (void)mn_message_copy(&crew->why, &why);
  mn_future_end(future, MN_FUTURE_FAILED, &why, NULL);
}

/* Whether a worker that was not ready, and ended so, means that none will ever be. Somebody may have
 * cancelled one; but who cancels each of several is the initializer itself. */
static bool has_to_break(mn_crew *crew, mn_thread_status outcome) {
  enum { CANCELLED_MOST = 4 };
  if (outcome == MN_THREAD_FAILED) return true;
  return outcome == MN_THREAD_CANCELLED && !atomic_load(&crew->terminated) &&
         atomic_fetch_add(&crew->cancelled_starts, 1) + 1 >= CANCELLED_MOST;
}

/* The initializer has failed: so it would with every worker. */
static void break_crew(mn_crew *crew, mn_thread *self) {
  mn_mutex_lock(&crew->mutex);
  if (!atomic_load(&crew->broken)) {
    (void)mn_message_copy(&self->result, &crew->why);
    atomic_store(&crew->broken, true);
  }
  mn_mutex_unlock(&crew->mutex);
  end_all(crew, end_broken);
}

void mn_crew_worker_leave(mn_thread *self) {
  worker *w = self->argument;
  if (!w) return;
  mn_crew *crew = w->crew;
  bool ready = w->ready;
  self->argument = NULL;
  (void)mn_crew_ref(crew);
  remove_worker(w);
  bool breaks = !ready && has_to_break(crew, self->outcome);
  if (breaks) break_crew(crew, self);
  /* Somebody has to see to what is still in the queue. */
  if (!is_empty(crew) && start_worker(crew, self) != MN_OK && atomic_load(&crew->living) == 0)
    mn_crew_cancel_pending(crew);
  if (atomic_load(&crew->broken)) end_all(crew, end_broken);
  if (breaks && atomic_load(&crew->told)) atomic_store(&self->collected, true);
  mn_crew_unref(crew);
}

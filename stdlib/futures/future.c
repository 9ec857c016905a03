/* futures/future.c -- one word that says how far it is, and who wants to hear of the end.
 *
 * PENDING is left by one compare-and-swap, so either a worker has it or who cancels. What the winner
 * finds in the future is its own; what it writes is published by the word's next value.
 *
 * The watches are a stack that anybody may push to, until the future has ended: then it is exchanged
 * for a mark, once, and who comes later sees the mark and calls for himself. */
#include "futures/future.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "core/report.h"

/* ---- watches ---- */

/* Stands for the watches of a future that has ended. */
static mn_watch ended_mark;

/* Calls all, first come first. `future` NULL: it has not ended. */
static void call_watches(mn_watch *watch, mn_future *future) {
  mn_watch *ordered = NULL;
  for (mn_watch *next; watch; watch = next) {
    next = watch->next;
    watch->next = ordered;
    ordered = watch;
  }
  for (mn_watch *next; ordered; ordered = next) {
    next = ordered->next;
    ordered->ended(ordered, future);
  }
}

void mn_future_watch(mn_future *future, mn_watch *watch) {
  mn_watch *seen = atomic_load(&future->watches);
  do {
    if (seen == &ended_mark) {
      watch->ended(watch, future);
      return;
    }
    watch->next = seen;
  } while (!atomic_compare_exchange_weak(&future->watches, &seen, watch));
}

/* ---- its life ---- */

/* An error that nobody has seen is printed. */
static void report(mn_future *future) {
  if (mn_future_status_of(future) != MN_FUTURE_FAILED || atomic_load(&future->looked_at)) return;
  atomic_store(&future->runtime->lost_error, true);
  const char *what = future->traceback ? future->traceback : "not enough memory";
  char origin[MN_FUTURE_ORIGIN];
  mn_future_origin(future, origin);
  char tail[sizeof origin + 2];
  (void)snprintf(tail, sizeof tail, "\n\t%s", origin);
  if (!future->name) {
    mn_report_write(future->runtime, "moons: a future failed: ", what, tail);
    return;
  }
  size_t size = strlen(future->name) + 32;
  char *head = mn_alloc(size);
  if (head) (void)snprintf(head, size, "moons: task '%s' failed: ", future->name);
  mn_report_write(future->runtime, head ? head : "moons: a task failed: ", what, tail);
  mn_free(head);
}

static void destroy(mn_handle *handle) {
  mn_future *future = (mn_future *)(void *)handle;
  report(future);
  mn_watch *watch = atomic_load(&future->watches);
  if (watch != &ended_mark) call_watches(watch, NULL);
  mn_routine_unref(future->routine);
  mn_message_drop(&future->message);
  if (future->is_chunk) mn_message_drop(&((mn_chunk *)(void *)future)->before);
  mn_free(future->traceback);
  mn_free(future->name);
  if (future->kind)
    future->kind->free(future);
  else
    mn_free(future);
}

static void describe(mn_handle *handle, char *text, size_t size) {
  const mn_future *future = (const mn_future *)(const void *)handle;
  const char *word = mn_future_status_word(mn_future_status_of(future));
  if (future->name)
    (void)snprintf(text, size, "'%s' (%s)", future->name, word);
  else
    (void)snprintf(text, size, "(%s)", word);
}

static size_t weight(mn_handle *handle) {
  const mn_future *future = (const mn_future *)(const void *)handle;
  mn_future_status status = mn_future_status_of(future);
  /* Who cancels it may be at its message still. */
  bool has_value = status == MN_FUTURE_DONE || status == MN_FUTURE_FAILED;
  return has_value && mn_message_is_heap(&future->message) ? future->message.size : 0;
}

static void travel(mn_handle *handle, struct lua_State *L) {
  mn_future *future = (mn_future *)(void *)handle;
  if (future->kind) future->kind->travel(L, future);
}

static uint32_t waiting(const mn_handle *handle) {
  return atomic_load(&((const mn_future *)(const void *)handle)->ended.count);
}

const mn_type mn_future_type = {.name = "Future",
                                .destroy = destroy,
                                .describe = describe,
                                .waiting = waiting,
                                .weight = weight,
                                .travel = travel};

void mn_future_init(mn_future *future, mn_runtime *runtime) {
  mn_handle_init(&future->handle, &mn_future_type);
  mn_waitlist_init(&future->ended);
  future->runtime = runtime;
}

mn_future *mn_future_new(mn_runtime *runtime) {
  mn_future *future = mn_alloc_zero(sizeof *future);
  if (future) mn_future_init(future, runtime);
  return future;
}

mn_chunk *mn_chunk_new(mn_runtime *runtime, uint64_t number, uint32_t items, uint32_t arity) {
  mn_chunk *chunk = mn_alloc_zero(sizeof *chunk);
  if (!chunk) return NULL;
  mn_future_init(&chunk->future, runtime);
  chunk->future.is_chunk = true;
  chunk->number = number;
  chunk->items = items;
  chunk->arity = arity;
  return chunk;
}

const char *mn_future_status_word(mn_future_status status) {
  switch (status) {
    case MN_FUTURE_PENDING: return "pending";
    case MN_FUTURE_RUNNING: return "running";
    case MN_FUTURE_DONE: return "done";
    case MN_FUTURE_FAILED: return "failed";
    case MN_FUTURE_CANCELLED: return "cancelled";
  }
  return "";
}

void mn_future_origin(const mn_future *future, char text[MN_FUTURE_ORIGIN]) {
  const char *site = mn_handle_site(&future->handle);
  (void)snprintf(text, MN_FUTURE_ORIGIN, "[future%s%s]", *site ? " submitted at " : "", site);
}

/* ---- routines ---- */

mn_routine *mn_routine_new(mn_message *message) {
  mn_routine *routine = mn_alloc(sizeof *routine);
  if (!routine) return NULL;
  atomic_init(&routine->references, 1);
  routine->message = *message;
  *message = (mn_message){0};
  return routine;
}

mn_routine *mn_routine_ref(mn_routine *routine) {
  /* relaxed: as for a handle. */
  atomic_fetch_add_explicit(&routine->references, 1, memory_order_relaxed);
  return routine;
}

void mn_routine_unref(mn_routine *routine) {
  if (!routine) return;
  /* acq_rel: as for a handle. */
  if (atomic_fetch_sub_explicit(&routine->references, 1, memory_order_acq_rel) != 1) return;
  mn_message_drop(&routine->message);
  mn_free(routine);
}

/* What a future that has ended needs no more. Of whoever ends it. */
static void drop_routine(mn_future *future) {
  mn_routine_unref(future->routine);
  future->routine = NULL;
}

/* ---- from pending to the end ---- */

static bool leave_pending(mn_future *future, mn_future_status status) {
  uint32_t pending = MN_FUTURE_PENDING;
  return atomic_compare_exchange_strong(&future->status, &pending, (uint32_t)status);
}

bool mn_future_start(mn_future *future, mn_message *arguments) {
  if (!leave_pending(future, MN_FUTURE_RUNNING)) return false;
  *arguments = future->message;
  future->message = (mn_message){0};
  return true;
}

void mn_future_put_back(mn_future *future, mn_message *arguments) {
  future->message = *arguments;
  *arguments = (mn_message){0};
  atomic_store(&future->status, MN_FUTURE_PENDING);
}

static void tell(mn_future *future) {
  mn_waitlist_wake_all(&future->ended);
  call_watches(atomic_exchange(&future->watches, &ended_mark), future);
}

void mn_future_end(mn_future *future, mn_future_status status, mn_message *value, char *traceback) {
  drop_routine(future);
  future->message = *value;
  *value = (mn_message){0};
  future->traceback = traceback;
  atomic_store(&future->status, (uint32_t)status);
  tell(future);
}

bool mn_future_cancel(mn_future *future) {
  if (!leave_pending(future, MN_FUTURE_CANCELLED))
    return future->kind && !mn_future_has_ended(future) && future->kind->stop(future);
  /* Nobody reads these of a cancelled future. */
  drop_routine(future);
  mn_message_drop(&future->message);
  tell(future);
  return true;
}

/* ---- waiting ---- */

static mn_status attempt(mn_wait_case *c) {
  return mn_future_has_ended((const mn_future *)c->argument) ? MN_OK : MN_EMPTY;
}

void mn_future_prepare(mn_future *future, mn_wait_case *wait) {
  *wait = (mn_wait_case){.list = &future->ended,
                         .attempt = attempt,
                         .argument = future,
                         .object = &future->handle,
                         .verb = "result"};
}

mn_status mn_future_wait(mn_future *future, mn_waiter *self, mn_time deadline) {
  if (mn_future_has_ended(future) && !self->may_park) return MN_OK;
  mn_wait_case c;
  mn_future_prepare(future, &c);
  return mn_wait(self, &c, 1, deadline, NULL);
}

/* once/once.c -- a flag, the results, and an owner who makes them.
 *
 * `done` is set when the results are there, and they are never written again. Until then who runs is
 * the owner; those who wait look for either. A runner whose thread ends is an owner that abandons. */
#include "once/once.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "lock/owner.h"

struct mn_once {
  mn_handle handle;
  _Atomic bool done;
  mn_message results; /* the owner's until done, then immutable */
  mn_owner owner;
};

static void destroy(mn_handle *handle) {
  mn_once *once = (mn_once *)(void *)handle;
  mn_message_drop(&once->results);
  mn_free(once);
}

static void describe(mn_handle *handle, char *text, size_t size) {
  mn_once *once = (mn_once *)(void *)handle;
  uint64_t owner = atomic_load(&once->owner.thread);
  uint64_t number;
  const char *kind = mn_waiter_kind(owner, &number);
  if (owner != 0 && !mn_once_is_done(once))
    (void)snprintf(text, size, "(run by %s %" PRIu64 ")", kind, number);
  else
    (void)snprintf(text, size, mn_once_is_done(once) ? "(done)" : "(not done)");
}

static uint32_t waiting(const mn_handle *handle) {
  return atomic_load(&((const mn_once *)(const void *)handle)->owner.waiters.count);
}

static uint64_t holder(const mn_handle *handle) {
  return atomic_load(&((const mn_once *)(const void *)handle)->owner.thread);
}

const mn_type mn_once_type = {
    .name = "Once", .destroy = destroy, .describe = describe, .waiting = waiting, .holder = holder};

mn_once *mn_once_new(void) {
  mn_once *once = mn_alloc_zero(sizeof *once);
  if (!once) return NULL;
  mn_handle_init(&once->handle, &mn_once_type);
  mn_owner_init(&once->owner, &once->handle);
  return once;
}

bool mn_once_is_done(const mn_once *once) {
  /* acquire: who sees it sees the results. */
  return atomic_load_explicit(&once->done, memory_order_acquire);
}

const mn_message *mn_once_results(const mn_once *once) {
  return &once->results;
}

typedef struct beginning {
  mn_once *once;
  mn_waiter *self;
  bool runs;
} beginning;

static mn_status attempt(mn_wait_case *c) {
  beginning *b = c->argument;
  /* Between this look and the next it may have been done: then the owner's place is given back. */
  if (atomic_load(&b->once->done)) return MN_OK;
  if (!mn_owner_try(&b->once->owner, b->self)) return MN_EMPTY;
  b->runs = !atomic_load(&b->once->done);
  if (!b->runs) mn_owner_release(&b->once->owner);
  return MN_OK;
}

mn_status mn_once_begin(mn_once *once, mn_waiter *self, bool *runs) {
  *runs = false;
  if (mn_once_is_done(once)) return MN_OK;
  if (mn_owner_is(&once->owner, self)) return MN_DEADLOCK;
  beginning b = {once, self, false};
  mn_wait_case c = {.list = &once->owner.waiters,
                    .attempt = attempt,
                    .argument = &b,
                    .object = &once->handle,
                    .verb = "call"};
  mn_status status = mn_wait(self, &c, 1, MN_FOREVER, NULL);
  *runs = b.runs;
  return status;
}

void mn_once_finish(mn_once *once, mn_message *results) {
  once->results = *results;
  *results = (mn_message){0};
  atomic_store(&once->done, true);
  mn_waitlist_wake_all(&once->owner.waiters);
  mn_owner_release(&once->owner);
}

void mn_once_fail(mn_once *once, const mn_waiter *self) {
  if (mn_owner_is(&once->owner, self)) mn_owner_release(&once->owner);
}

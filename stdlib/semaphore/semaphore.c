/* semaphore/semaphore.c -- a number and a wait list. Who is woken tries to take a permit like
 * everybody else; who is woken and leaves without one wakes the next (core/wait.h). */
#include "semaphore/semaphore.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/alloc.h"

struct mn_semaphore {
  mn_handle handle;
  uint64_t most; /* immutable */
  _Atomic uint64_t value;
  mn_waitlist waiters;
};

static void destroy(mn_handle *handle) {
  mn_free(handle);
}

static void describe(mn_handle *handle, char *text, size_t size) {
  const mn_semaphore *semaphore = (const mn_semaphore *)(const void *)handle;
  uint64_t value = mn_semaphore_value(semaphore);
  if (semaphore->most == MN_SEMAPHORE_MOST)
    (void)snprintf(text, size, "(%" PRIu64 ")", value);
  else
    (void)snprintf(text, size, "(%" PRIu64 "/%" PRIu64 ")", value, semaphore->most);
}

static uint32_t waiting(const mn_handle *handle) {
  return atomic_load(&((const mn_semaphore *)(const void *)handle)->waiters.count);
}

const mn_type mn_semaphore_type = {
    .name = "Semaphore", .destroy = destroy, .describe = describe, .waiting = waiting};
const mn_type mn_bounded_semaphore_type = {
    .name = "BoundedSemaphore", .destroy = destroy, .describe = describe, .waiting = waiting};

mn_semaphore *mn_semaphore_new(const mn_type *type, uint64_t value) {
  mn_semaphore *semaphore = mn_alloc_zero(sizeof *semaphore);
  if (!semaphore) return NULL;
  mn_handle_init(&semaphore->handle, type);
  semaphore->most = type == &mn_bounded_semaphore_type ? value : MN_SEMAPHORE_MOST;
  atomic_init(&semaphore->value, value);
  mn_waitlist_init(&semaphore->waiters);
  return semaphore;
}

static bool try_acquire(mn_semaphore *semaphore) {
  uint64_t value = atomic_load(&semaphore->value);
  while (value > 0)
    if (atomic_compare_exchange_weak(&semaphore->value, &value, value - 1)) return true;
  return false;
}

static mn_status attempt(mn_wait_case *c) {
  return try_acquire(c->argument) ? MN_OK : MN_EMPTY;
}

void mn_semaphore_prepare(mn_semaphore *semaphore, mn_wait_case *wait) {
  *wait = (mn_wait_case){.list = &semaphore->waiters,
                         .attempt = attempt,
                         .argument = semaphore,
                         .object = &semaphore->handle,
                         .verb = "acquire"};
}

mn_status mn_semaphore_acquire(mn_semaphore *semaphore, mn_waiter *self, mn_time deadline) {
  if (try_acquire(semaphore)) return MN_OK;
  mn_wait_case c;
  mn_semaphore_prepare(semaphore, &c);
  return mn_wait(self, &c, 1, deadline, NULL);
}

mn_status mn_semaphore_release(mn_semaphore *semaphore, uint64_t count) {
  uint64_t value = atomic_load(&semaphore->value);
  do {
    if (count > semaphore->most - value) return MN_TOO_MANY;
  } while (!atomic_compare_exchange_weak(&semaphore->value, &value, value + count));
  mn_waitlist_wake(&semaphore->waiters, count < UINT32_MAX ? (uint32_t)count : UINT32_MAX);
  return MN_OK;
}

uint64_t mn_semaphore_value(const mn_semaphore *semaphore) {
  return atomic_load(&semaphore->value);
}

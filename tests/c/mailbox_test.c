/* tests/c/mailbox_test.c -- what lies with a thread until it takes it: its mailbox, its interrupts. */
#include "mailbox/mailbox.h"

#include <string.h>

#include "base/alloc.h"
#include "check.h"
#include "core/runtime.h"
#include "moons/moons_lua.h"

static mn_message number(uint64_t n) {
  mn_message m = {0};
  CHECK(mn_message_make(&m, NULL, &n, sizeof n, 1, NULL, 0, 0) == MN_OK);
  return m;
}

static uint64_t value(const mn_message *m) {
  uint64_t n;
  memcpy(&n, mn_message_bytes(m), sizeof n);
  return n;
}

/* A message that refers to the thread itself: who forgets to drop it leaks both. */
static mn_message reference(mn_thread *thread) {
  mn_handle *handles[] = {mn_handle_ref(&thread->handle)};
  mn_message m = {0};
  CHECK(mn_message_make(&m, NULL, "", 0, 1, handles, 1, 0) == MN_OK);
  return m;
}

static mn_runtime *runtime;

static mn_thread *new_thread(void) {
  mn_thread *thread = mn_thread_new(runtime, &(mn_thread_options){.name = "test"});
  CHECK(thread);
  return thread;
}

static void a_mailbox_is_made_once_and_closed_at_the_end(void) {
  mn_thread *thread = new_thread();
  mn_queue *queue, *again;
  mn_message m;
  CHECK(!atomic_load(&thread->mailbox));
  CHECK(mn_mailbox_of(thread, &queue) == MN_OK);
  CHECK(mn_mailbox_of(thread, &again) == MN_OK && queue == again);
  m = reference(thread);
  CHECK(mn_queue_try_put(queue, &m) == MN_OK);
  mn_thread_end_script(thread);
  m = number(1);
  CHECK(mn_mailbox_of(thread, &again) == MN_OK && queue == again);
  CHECK(mn_queue_try_put(queue, &m) == MN_CLOSED);
  CHECK(mn_queue_size(queue) == 0);
  mn_handle_unref(&thread->handle);
}

static void none_is_made_after_the_end(void) {
  mn_thread *thread = new_thread();
  mn_queue *queue;
  mn_thread_end_script(thread);
  CHECK(mn_mailbox_of(thread, &queue) == MN_CLOSED);
  mn_handle_unref(&thread->handle);
}

/* ---- many senders, and the end in between ---- */

enum { SENDERS = 4, ROUNDS = 300 };

static _Atomic bool go;

typedef struct sender {
  mn_thread *to;
  uint64_t sent;
} sender;

/* Sends until it is told that the thread has ended. */
static void *send_until_closed(void *p) {
  sender *s = p;
  mn_status status = MN_OK;
  while (!atomic_load(&go)) mn_cpu_pause();
  while (status == MN_OK) {
    mn_queue *queue;
    mn_message m = reference(s->to);
    status = mn_mailbox_of(s->to, &queue);
    if (status == MN_OK) status = mn_queue_try_put(queue, &m);
    if (status == MN_OK) s->sent++;
    if (status != MN_OK) mn_message_drop(&m);
  }
  CHECK(status == MN_CLOSED);
  return NULL;
}

static void senders_race_with_the_end(void) {
  for (int round = 0; round < ROUNDS; round++) {
    mn_thread *thread = new_thread();
    sender senders[SENDERS];
    pthread_t threads[SENDERS];
    atomic_store(&go, false);
    for (int i = 0; i < SENDERS; i++) {
      senders[i] = (sender){thread, 0};
      threads[i] = start_thread(send_until_closed, &senders[i]);
    }
    atomic_store(&go, true);
    for (int i = 0; i < round; i++) mn_cpu_pause();
    mn_thread_end_script(thread);
    for (int i = 0; i < SENDERS; i++) join_thread(threads[i]);
    /* All references that were sent are dropped, or this one would not be the last. */
    CHECK(atomic_load(&thread->handle.references) == 1);
    mn_handle_unref(&thread->handle);
  }
}

/* ---- interrupts ---- */

static void interrupts_are_taken_in_their_order(void) {
  mn_thread *thread = new_thread();
  mn_message m;
  CHECK(!mn_thread_take_interrupt(thread, &m));
  for (int round = 0; round < 2; round++) {
    for (uint64_t i = 0; i < 5; i++) {
      m = number(i);
      CHECK(mn_thread_interrupt(thread, &m) == MN_OK);
    }
    for (uint64_t i = 0; i < 5; i++) {
      CHECK(atomic_load(&thread->waiter.interrupted));
      CHECK(mn_thread_take_interrupt(thread, &m) && value(&m) == i);
    }
    CHECK(!atomic_load(&thread->waiter.interrupted));
    CHECK(!mn_thread_take_interrupt(thread, &m));
  }
  m = reference(thread);
  CHECK(mn_thread_interrupt(thread, &m) == MN_OK);
  mn_thread_end_script(thread);
  CHECK(!atomic_load(&thread->waiter.interrupted) && !mn_thread_take_interrupt(thread, &m));
  CHECK(mn_thread_interrupt(thread, &(mn_message){0}) == MN_CLOSED);
  CHECK(atomic_load(&thread->handle.references) == 1);
  mn_handle_unref(&thread->handle);
}

static void a_cancelled_thread_is_not_interrupted(void) {
  mn_thread *thread = new_thread();
  CHECK(mn_thread_cancel(thread, NULL));
  CHECK(mn_thread_interrupt(thread, &(mn_message){0}) == MN_CLOSED);
  mn_handle_unref(&thread->handle);
}

static void a_wait_ends_unless_it_is_shielded(void) {
  mn_thread *thread = new_thread();
  mn_queue *queue = mn_queue_new(0);
  mn_message m = {0};
  mn_waiter *self = &thread->waiter;
  CHECK(mn_thread_interrupt(thread, &m) == MN_OK);
  CHECK(mn_queue_get(queue, &m, self, MN_FOREVER) == MN_INTERRUPTED);
  self->shield++;
  CHECK(mn_queue_get(queue, &m, self, mn_clock() + 1000) == MN_TIMEOUT);
  self->shield--;
  CHECK(mn_thread_take_interrupt(thread, &m));
  CHECK(mn_queue_get(queue, &m, self, mn_clock() + 1000) == MN_TIMEOUT);
  mn_handle_unref((mn_handle *)(void *)queue);
  mn_handle_unref(&thread->handle);
}

#ifdef MN_FAULTS
static void no_memory_leaves_all_as_it_was(void) {
  mn_thread *thread = new_thread();
  mn_queue *queue;
  mn_message m = number(1);
  for (long n = 0;; n++) {
    mn_alloc_fail_at(n, 1);
    mn_status status = mn_mailbox_of(thread, &queue);
    int failed = mn_alloc_did_fail();
    mn_alloc_fail_at(-1, 0);
    CHECK(status == (failed ? MN_NOMEM : MN_OK));
    if (!failed) break;
    CHECK(!atomic_load(&thread->mailbox));
  }
  mn_alloc_fail_at(0, 1);
  CHECK(mn_thread_interrupt(thread, &m) == MN_NOMEM);
  mn_alloc_fail_at(-1, 0);
  CHECK(!atomic_load(&thread->waiter.interrupted) && !mn_thread_take_interrupt(thread, &m));
  mn_thread_end_script(thread);
  mn_handle_unref(&thread->handle);
}
#endif

int main(void) {
  runtime = mn_runtime_new(mn_libraries_open);
  CHECK(runtime);
  RUN(a_mailbox_is_made_once_and_closed_at_the_end);
  RUN(none_is_made_after_the_end);
  RUN(senders_race_with_the_end);
  RUN(interrupts_are_taken_in_their_order);
  RUN(a_cancelled_thread_is_not_interrupted);
  RUN(a_wait_ends_unless_it_is_shielded);
#ifdef MN_FAULTS
  RUN(no_memory_leaves_all_as_it_was);
#endif
  (void)mn_runtime_free(runtime);
  return 0;
}

/* event/event.c -- one word and a wait list.
 *
 * The word's lowest bit is the flag; the rest counts how often it was set. Who waits is content when
 * the count is not what it was at the start: so nobody misses an event that is cleared before he
 * has looked. */
#include "event/event.h"

#include <stdio.h>

#include "base/alloc.h"

struct mn_event {
  mn_handle handle;
  _Atomic uint64_t word;
  mn_waitlist waiters;
};

enum { SET = 1, ONE_TIME = 2 };

static void destroy(mn_handle *handle) {
  mn_free(handle);
}

static void describe(mn_handle *handle, char *text, size_t size) {
  bool set = mn_event_is_set((const mn_event *)(const void *)handle);
  (void)snprintf(text, size, set ? "(set)" : "(not set)");
}

static uint32_t waiting(const mn_handle *handle) {
  return atomic_load(&((const mn_event *)(const void *)handle)->waiters.count);
}

const mn_type mn_event_type = {
    .name = "Event", .destroy = destroy, .describe = describe, .waiting = waiting};

mn_event *mn_event_new(void) {
  mn_event *event = mn_alloc_zero(sizeof *event);
  if (!event) return NULL;
  mn_handle_init(&event->handle, &mn_event_type);
  mn_waitlist_init(&event->waiters);
  return event;
}

void mn_event_set(mn_event *event) {
  uint64_t word = atomic_load(&event->word);
  do {
    if (word & SET) return;
  } while (!atomic_compare_exchange_weak(&event->word, &word, (word + ONE_TIME) | SET));
  mn_waitlist_wake_all(&event->waiters);
}

void mn_event_clear(mn_event *event) {
  if (mn_event_is_set(event)) atomic_fetch_and(&event->word, ~(uint64_t)SET);
}

bool mn_event_is_set(const mn_event *event) {
  return atomic_load(&event->word) & SET;
}

static mn_status attempt(mn_wait_case *c) {
  const mn_event_choice *choice = c->argument;
  uint64_t word = atomic_load(&choice->event->word);
  return (word & SET) || word / ONE_TIME != choice->before / ONE_TIME ? MN_OK : MN_EMPTY;
}

void mn_event_prepare(mn_event *event, mn_event_choice *choice, mn_wait_case *wait) {
  *choice = (mn_event_choice){event, atomic_load(&event->word)};
  *wait = (mn_wait_case){.list = &event->waiters,
                         .attempt = attempt,
                         .argument = choice,
                         .object = &event->handle,
                         .verb = "wait"};
}

uint64_t mn_event_state(const mn_event *event) {
  return atomic_load(&event->word);
}

mn_status mn_event_wait_since(mn_event *event, uint64_t before, mn_waiter *self, mn_time deadline) {
  if (mn_event_is_set(event)) return MN_OK;
  mn_event_choice choice;
  mn_wait_case c;
  mn_event_prepare(event, &choice, &c);
  choice.before = before;
  return mn_wait(self, &c, 1, deadline, NULL);
}

mn_status mn_event_wait(mn_event *event, mn_waiter *self, mn_time deadline) {
  if (mn_event_is_set(event)) return MN_OK;
  return mn_event_wait_since(event, mn_event_state(event), self, deadline);
}

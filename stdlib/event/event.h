/* event/event.h -- a flag that threads wait for.
 * Level stdlib: vm/core and below; never lua.h.
 * Safe from any thread; only wait blocks. */
#ifndef MN_EVENT_EVENT_H
#define MN_EVENT_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/wait.h"

typedef struct mn_event mn_event;

extern const mn_type mn_event_type;

/* An event that is not set, one reference. NULL: no memory. */
mn_event *mn_event_new(void);

/* Lets go all who wait, even if it is cleared at once. */
void mn_event_set(mn_event *event);
void mn_event_clear(mn_event *event);
bool mn_event_is_set(const mn_event *event);

/* For a wait with several cases: makes `wait` one that waits for it. `choice` is its own. */
typedef struct mn_event_choice {
  const mn_event *event;
  uint64_t before; /* its state when the wait began */
} mn_event_choice;
void mn_event_prepare(mn_event *event, mn_event_choice *choice, mn_wait_case *wait);

/* Waits until it is set, or was since the call began. MN_TIMEOUT, MN_CANCELLED. */
mn_status mn_event_wait(mn_event *event, mn_waiter *self, mn_time deadline);
/* The same for a wait that began when its state was `before`: for who parks, and comes back. */
mn_status mn_event_wait_since(mn_event *event, uint64_t before, mn_waiter *self, mn_time deadline);
uint64_t mn_event_state(const mn_event *event);

#endif

/* net/lookup.c -- one thread for each question. */
#include "net/lookup.h"

#include <stdatomic.h>

#include "base/alloc.h"

struct mn_lookup {
  _Atomic uint32_t references; /* the asker's and the thread's */
  mn_os_start start;
  char *host, *port; /* immutable, as is the next */
  bool listens;
  mn_waitlist asker;
  _Atomic bool answered; /* the rest is immutable then */
  mn_status status;
  mn_address *addresses;
  size_t count;
  const char *why;
};

void mn_lookup_unref(mn_lookup *lookup) {
  if (atomic_fetch_sub(&lookup->references, 1) > 1) return;
  mn_free(lookup->host);
  mn_free(lookup->port);
  mn_free(lookup->addresses);
  mn_free(lookup);
}

static void ask(void *argument) {
  mn_lookup *lookup = argument;
  mn_os_thread_set_name("moons-lookup");
  lookup->status = mn_net_look_up(lookup->host, lookup->port, lookup->listens, false,
                                  &lookup->addresses, &lookup->count, &lookup->why);
  atomic_store(&lookup->answered, true);
  mn_waitlist_wake_all(&lookup->asker);
  mn_lookup_unref(lookup);
}

static bool start(mn_lookup *lookup, const char *host, const char *port) {
  lookup->host = mn_alloc_text(host);
  lookup->port = mn_alloc_text(port);
  if (!lookup->host || !lookup->port) return false;
  lookup->start = (mn_os_start){.entry = ask, .argument = lookup};
  atomic_store(&lookup->references, 2);
  if (mn_os_thread_start(&lookup->start) == MN_OK) return true;
  atomic_store(&lookup->references, 1);
  return false;
}

mn_lookup *mn_lookup_new(const char *host, const char *port, bool listens) {
  mn_lookup *lookup = mn_alloc_zero(sizeof *lookup);
  if (!lookup) return NULL;
  mn_waitlist_init(&lookup->asker);
  atomic_init(&lookup->references, 1);
  lookup->listens = listens;
  if (start(lookup, host, port)) return lookup;
  mn_lookup_unref(lookup);
  return NULL;
}

static mn_status attempt_answered(mn_wait_case *c) {
  const mn_lookup *lookup = c->argument;
  return atomic_load(&lookup->answered) ? MN_OK : MN_EMPTY;
}

mn_status mn_lookup_wait(mn_lookup *lookup, mn_waiter *self, mn_time deadline,
                         const mn_address **addresses, size_t *count, const char **why) {
  mn_wait_case c = {.list = &lookup->asker,
                    .attempt = attempt_answered,
                    .argument = lookup,
                    .verb = "the address of a name"};
  mn_status status = mn_wait(self, &c, 1, deadline, NULL);
  if (status != MN_OK) return status;
  *addresses = lookup->addresses;
  *count = lookup->count;
  *why = lookup->why;
  return lookup->status;
}

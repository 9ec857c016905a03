/* core/descriptors.c -- a watch on each descriptor, which wakes its waiter. */
#include "core/descriptors.h"

#include "base/alloc.h"
#include "core/sources.h"
#include "os/poller.h"
#include "os/process.h"

enum { MOST = 8 };

/* What one wait has in the thread's poller. */
typedef struct watch {
  mn_told told; /* first */
  mn_list link; /* among the host's */
  mn_wait_host *host;
  size_t count;
  int descriptors[MOST]; /* copies: others may close theirs, or wait for the same */
  int originals[MOST];
} watch;

static void close_all(watch *w) {
  for (size_t i = 0; i < w->count; i++) mn_os_close(w->descriptors[i]);
  w->host->watched -= (uint32_t)w->count;
  w->count = 0;
}

static void forget(watch *w) {
  for (size_t i = 0; i < w->count; i++) mn_poller_forget(w->host->poller, w->descriptors[i]);
  close_all(w);
}

static void drop(void *kept) {
  watch *w = kept;
  mn_list_remove(&w->link);
  forget(w);
  mn_free(w);
}

static mn_status add(watch *w, const mn_poll *poll) {
  int descriptor = mn_os_copy_descriptor(poll->descriptor);
  if (descriptor < 0) return MN_INVALID;
  mn_status status = mn_poller_watch(w->host->poller, descriptor, poll->writes, &w->told);
  if (status != MN_OK) {
    mn_os_close(descriptor);
    return status;
  }
  w->originals[w->count] = poll->descriptor;
  w->descriptors[w->count++] = descriptor;
  w->host->watched++;
  return MN_OK;
}

static mn_status add_all(watch *w, const mn_poll *polls, size_t count) {
  mn_status status = MN_OK;
  for (size_t i = 0; i < count && status == MN_OK; i++)
    if (polls[i].descriptor >= 0) status = add(w, &polls[i]);
  if (status != MN_OK) forget(w);
  return status;
}

static mn_status attempt(mn_wait_case *c) {
  return ((const watch *)c->argument)->told.told ? MN_OK : MN_EMPTY;
}

static mn_status park(mn_waiter *self, watch *w, mn_time until, mn_time deadline) {
  mn_wait_case c = {.attempt = attempt, .argument = w, .verb = "descriptors"};
  mn_list_push_back(&self->host->watches, &w->link);
  mn_status status = mn_wait(self, &c, 1, until, NULL);
  if (status != MN_PARKED) {
    drop(w);
    return MN_EMPTY; /* the caller looks at all reasons himself */
  }
  self->parking->until = deadline;
  mn_waiter_keep(self, w, drop);
  return status;
}

bool mn_descriptors_come_back(mn_waiter *self) {
  watch *w = mn_waiter_take_kept(self, drop);
  if (w) drop(w);
  return w != NULL;
}

static bool some_are_ready(mn_poll *polls, size_t count, const mn_held_signals *held) {
  bool some = false;
  mn_os_poll(polls, count, 0, held);
  for (size_t i = 0; i < count; i++) some = some || polls[i].ready;
  return some;
}

mn_status mn_descriptors_wait(mn_waiter *self, mn_poll *polls, size_t count, mn_time until,
                              mn_time deadline, mn_held_signals *held) {
  mn_wait_host *host = self->host;
  if (!self->may_park && (self->parking || !host || !host->servers || host->serving)) {
    mn_os_poll(polls, count, until, held);
    return MN_EMPTY;
  }
  if (some_are_ready(polls, count, held)) return MN_EMPTY;
  if (!mn_host_open_poller(host)) return MN_INVALID;
  watch *w = mn_alloc_zero(sizeof *w);
  if (!w) return MN_NOMEM;
  w->host = host;
  w->told.waiter = self;
  mn_status status = add_all(w, polls, count);
  if (status != MN_OK) {
    mn_free(w);
    return status;
  }
  mn_os_signals_release(held);
  status = park(self, w, until, deadline);
  mn_os_signals_hold(held);
  return status;
}

static void tell(watch *w) {
  w->told.told = true;
  mn_waiter_wake(w->told.waiter);
}

static bool watches(const watch *w, int descriptor) {
  for (size_t i = 0; i < w->count; i++)
    if (w->originals[i] == descriptor) return true;
  return false;
}

void mn_descriptors_closed(mn_wait_host *host, int descriptor) {
  for (mn_list *l = host->watches.next; l != &host->watches; l = l->next) {
    watch *w = mn_list_entry(l, watch, link);
    if (watches(w, descriptor)) tell(w);
  }
}

/* Nothing is forgotten in the parent's poller, which would forget it for the parent. */
void mn_descriptors_renew(mn_wait_host *host) {
  if (!atomic_load(&host->poller)) return;
  mn_host_close_poller(host);
  if (host->sources) mn_sources_wake_all(host->sources);
  for (mn_list *l = host->watches.next; l != &host->watches; l = l->next) {
    watch *w = mn_list_entry(l, watch, link);
    close_all(w);
    tell(w);
  }
}

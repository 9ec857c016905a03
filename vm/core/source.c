/* core/source.c -- entering, and what was told since the last use.
 *
 * Use is tried first, always: so what was told before the source was entered matters to nobody. That it
 * is exhausted is believed only in a wait that will sleep in the very poller in which it had been entered
 * before it was used: that poller tells of all that came since. */
#include "core/source.h"

#include <errno.h>

static uint32_t tidings(const mn_source_use *use) {
  const mn_source *source = use->source;
  return atomic_load(use->writes ? &source->writes : &source->reads);
}

static mn_status enter(mn_source_use *use, mn_wait_host *host) {
  if (!mn_host_open_poller(host)) return MN_INVALID;
  mn_status status = mn_source_enter(use->source, atomic_load(&host->poller), host->poller_number);
  if (status == MN_OK) use->poller = host->poller_number;
  return status;
}

/* What is read once needs not be entered. But a task that finds something each time has to give way now and
 * then, which mn_wait sees to. */
static bool tries_first(mn_waiter *self, mn_source *source) {
  if (mn_source_is_entered(source, self->host->poller_number)) return false;
  return !self->may_park || self->parking->quick++ < MN_QUICK_MOST;
}

mn_status mn_source_wait(mn_waiter *self, mn_source_use *use, mn_wait_case *wait_case,
                         mn_time deadline) {
  wait_case->list = use->writes ? &use->source->writers : &use->source->readers;
  wait_case->polled = true;
  use->poller = 0;
  if (deadline > 0) {
    mn_status status = MN_EMPTY;
    if (tries_first(self, use->source)) status = wait_case->attempt(wait_case);
    if (status != MN_EMPTY) return status;
    status = enter(use, self->host);
    /* A file on a disk is always ready: one waits for others who use it, and they wake the list. */
    if (status == MN_INVALID && errno == EPERM)
      wait_case->polled = false;
    else if (status != MN_OK)
      return status;
  }
  return mn_wait(self, wait_case, 1, deadline, NULL);
}

bool mn_source_is_exhausted(const mn_source_use *use, const mn_source_side *side) {
  return use->poller != 0 && side->poller == use->poller && side->told == tidings(use) &&
         !atomic_load(&use->source->ended);
}

uint32_t mn_source_look(const mn_source_use *use) {
  return tidings(use);
}

void mn_source_exhausted(const mn_source_use *use, mn_source_side *side, uint32_t look) {
  *side = (mn_source_side){.told = look, .poller = use->poller};
}

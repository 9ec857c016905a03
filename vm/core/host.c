/* core/host.c -- servers, the poller, and the record of what is waited for. */
#include "core/host.h"

#include <stdio.h>

#include "core/sources.h"
#include "os/poller.h"

void mn_host_init(mn_wait_host *host, mn_waiter *waiter) {
  *host = (mn_wait_host){.waiter = waiter, .due = MN_FOREVER};
  mn_list_init(&host->watches);
  waiter->host = host;
}

/* ---- serving ---- */

void mn_host_add(mn_wait_host *host, mn_server *server) {
  server->next = host->servers;
  host->servers = server;
}

void mn_host_remove(mn_wait_host *host, mn_server *server) {
  for (mn_server **at = &host->servers; *at; at = &(*at)->next) {
    if (*at != server) continue;
    *at = server->next;
    return;
  }
}

void mn_host_end(mn_wait_host *host) {
  if (host->serving) return;
  for (mn_server *server = host->servers; server; server = server->next)
    if (server->end) server->end(server);
}

bool mn_waiter_is_cancelled(const mn_waiter *self) {
  return atomic_load(&self->cancelled) ||
         (self->host && atomic_load(&self->host->waiter->cancelled));
}

bool mn_waiter_has_to_serve(const mn_waiter *self) {
  const mn_wait_host *host = self->host;
  if (!host || !host->servers || host->serving || self->shield > 0) return false;
  if (!atomic_load(&host->called) && (host->due == MN_FOREVER || mn_clock() < host->due))
    return false;
  return !mn_waiter_is_cancelled(self);
}

void mn_waiter_serve(mn_waiter *self) {
  if (!mn_waiter_has_to_serve(self)) return;
  mn_wait_host *host = self->host;
  atomic_store(&host->called, false);
  host->serving = true;
  for (mn_server *server = host->servers; server; server = server->next) server->serve(server);
  host->serving = false;
}

void mn_host_call(mn_wait_host *host) {
  atomic_store(&host->called, true);
  mn_waiter_wake(host->waiter);
}

/* ---- descriptors ---- */

bool mn_host_open_poller(mn_wait_host *host) {
  if (atomic_load(&host->poller)) return true;
  mn_poller *made = mn_poller_new();
  if (made && host->sources) host->poller_number = atomic_fetch_add(&host->sources->pollers, 1) + 1;
  atomic_store(&host->poller, made);
  return made != NULL;
}

void mn_host_close_poller(mn_wait_host *host) {
  mn_poller_free(atomic_load(&host->poller));
  atomic_store(&host->poller, NULL);
  host->poller_number = 0;
}

static void tell(const mn_wait_host *host, const mn_tiding *tiding) {
  mn_told *told = tiding->who;
  if (told) {
    told->told = true;
    mn_waiter_wake(told->waiter);
    return;
  }
  mn_sources_tell(host->sources, tiding->number, tiding->reads, tiding->writes, tiding->ended);
}

void mn_host_poll(mn_wait_host *host, mn_time deadline) {
  enum { AT_ONCE = 64 };
  mn_tiding tidings[AT_ONCE];
  uint32_t polling = MN_POLLING;
  size_t count = mn_poller_wait(atomic_load(&host->poller), deadline, tidings, AT_ONCE);
  /* It is awake: who tells it now need not call. */
  (void)atomic_compare_exchange_strong(&host->waiter->signal, &polling, MN_IDLE);
  for (size_t i = 0; i < count; i++) tell(host, &tidings[i]);
}

/* ---- the record ---- */

void mn_waiter_record(mn_waiter *self, const mn_wait_case *cases, size_t count) {
  mn_wait_host *host = self->host;
  if (!host) return;
  mn_site where = {{0}};
  if (cases && host->locate) host->locate(host->waiter, &where);
  mn_time now = cases ? mn_clock() : 0;
  mn_mutex_lock(&host->record_mutex);
  host->record = (mn_wait_record){cases, count, now, where};
  mn_mutex_unlock(&host->record_mutex);
}

/* How many bytes snprintf has written, given what it returned and the room there was. */
static size_t used(int length, size_t size) {
  return length < 0 ? 0 : (size_t)length < size ? (size_t)length : size - 1;
}

void mn_waiter_describe(mn_waiter *waiter, char *text, size_t size) {
  size_t at = 0;
  mn_wait_host *host = waiter->host;
  text[0] = '\0';
  if (!host) return;
  mn_mutex_lock(&host->record_mutex);
  const mn_wait_record *record = &host->record;
  for (size_t i = 0; record->cases && i < record->count; i++) {
    const mn_wait_case *c = &record->cases[i];
    char object[96] = "";
    if (c->object && c->object->type->describe)
      c->object->type->describe(c->object, object, sizeof object);
    at += used(snprintf(text + at, size - at, "%s%s%s%s%s%s", i > 0 ? ", " : "", c->verb,
                        c->object ? " of " : "", c->object ? c->object->type->name : "",
                        *object ? " " : "", object),
               size - at);
  }
  if (record->cases)
    (void)snprintf(text + at, size - at, "%s%s for %.2f s", *record->where.text ? " at " : "",
                   record->where.text, (double)(mn_clock() - record->since) / (double)MN_SECOND);
  mn_mutex_unlock(&host->record_mutex);
}

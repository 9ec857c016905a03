/* remote/dial.c -- one thread for each connection that is made. */
#include "remote/dial.h"

#ifdef MN_NATS

#include <stdio.h>

#include "base/alloc.h"

struct mn_dial {
  _Atomic uint32_t references; /* the asker's and the thread's */
  mn_os_start start;
  natsOptions *options; /* the thread's */
  mn_wire *wire;        /* the thread's until it has ended, then the asker's */
  mn_waitlist asker;
  _Atomic bool ended; /* the rest is immutable then */
  natsStatus status;
  char why[MN_WIRE_WHY];
};

void mn_dial_unref(mn_dial *dial) {
  if (atomic_fetch_sub(&dial->references, 1) > 1) return;
  const mn_nats *nats = NULL;
  if (dial->wire) { /* nobody wants it any more */
    nats = dial->wire->nats;
    if (dial->wire->connection) mn_wire_close(dial->wire);
    if (dial->options) nats->natsOptions_Destroy(dial->options);
    mn_wire_unref(dial->wire);
  }
  mn_free(dial);
}

static void connect(void *argument) {
  mn_dial *dial = argument;
  mn_os_thread_set_name("moons-dial");
  dial->status = mn_wire_connect(dial->wire, dial->options, dial->why);
  dial->wire->nats->natsOptions_Destroy(dial->options);
  dial->options = NULL;
  atomic_store(&dial->ended, true);
  mn_waitlist_wake_all(&dial->asker);
  mn_dial_unref(dial);
}

/* Milliseconds. A server that takes nothing any more is as good as gone. */
enum { PING = 15000, PINGS = 2, RECONNECT_WAIT = 100, JITTER = 100, WRITE = 5000 };

static natsStatus set_tls(const mn_nats *nats, natsOptions *options, const mn_dial_options *o) {
  if (!o->secure) return NATS_OK;
  natsStatus s = nats->natsOptions_SetSecure(options, true);
  if (s == NATS_OK && o->ca) s = nats->natsOptions_LoadCATrustedCertificates(options, o->ca);
  if (s == NATS_OK && o->certificate)
    s = nats->natsOptions_LoadCertificatesChain(options, o->certificate,
                                                o->key ? o->key : o->certificate);
  if (s == NATS_OK && o->host) s = nats->natsOptions_SetExpectedHostname(options, o->host);
  if (s == NATS_OK && o->trusts_all) s = nats->natsOptions_SkipServerVerification(options, true);
  return s;
}

static natsStatus set_options(const mn_nats *nats, natsOptions *options, const mn_dial_options *o) {
  const char **servers = (const char **)(uintptr_t)o->servers; /* they are only read */
  natsStatus s = nats->natsOptions_SetServers(options, servers, o->server_count);
  if (s == NATS_OK && o->token) s = nats->natsOptions_SetToken(options, o->token);
  if (s == NATS_OK && o->name) s = nats->natsOptions_SetName(options, o->name);
  if (s == NATS_OK) s = nats->natsOptions_SetTimeout(options, o->timeout / 1000000);
  if (s == NATS_OK) s = nats->natsOptions_SetPingInterval(options, PING);
  if (s == NATS_OK) s = nats->natsOptions_SetMaxPingsOut(options, PINGS);
  if (s == NATS_OK) s = nats->natsOptions_SetMaxReconnect(options, -1);
  if (s == NATS_OK) s = nats->natsOptions_SetReconnectWait(options, RECONNECT_WAIT);
  if (s == NATS_OK) s = nats->natsOptions_SetReconnectJitter(options, JITTER, JITTER);
  if (s == NATS_OK) s = nats->natsOptions_SetSendAsap(options, true);
  if (s == NATS_OK) s = nats->natsOptions_SetWriteDeadline(options, WRITE);
  /* Else each subscription would have a thread of its own. */
  if (s == NATS_OK) s = nats->natsOptions_UseGlobalMessageDelivery(options, true);
  return s == NATS_OK ? set_tls(nats, options, o) : s;
}

static const char *begin(mn_dial *dial, const mn_nats *nats, const mn_dial_options *options) {
  static _Thread_local char why[MN_WIRE_WHY];
  dial->wire = mn_wire_new(nats, options->patience);
  if (!dial->wire) return "not enough memory";
  natsStatus s = nats->natsOptions_Create(&dial->options);
  if (s == NATS_OK) s = set_options(nats, dial->options, options);
  if (s != NATS_OK) {
    const char *text = nats->nats_GetLastError(NULL);
    (void)snprintf(why, sizeof why, "%s", text && *text ? text : nats->natsStatus_GetText(s));
    return why;
  }
  dial->start = (mn_os_start){.entry = connect, .argument = dial};
  atomic_store(&dial->references, 2);
  if (mn_os_thread_start(&dial->start) == MN_OK) return NULL;
  atomic_store(&dial->references, 1);
  return "cannot start a thread to connect";
}

mn_dial *mn_dial_new(const mn_dial_options *options, const char **why) {
  const mn_nats *nats = mn_nats_load(why);
  mn_dial *dial = nats ? mn_alloc_zero(sizeof *dial) : NULL;
  if (!dial) {
    if (nats) *why = "not enough memory";
    return NULL;
  }
  mn_waitlist_init(&dial->asker);
  atomic_init(&dial->references, 1);
  const char *failure = begin(dial, nats, options);
  if (!failure) return dial;
  *why = failure;
  mn_dial_unref(dial);
  return NULL;
}

static mn_status attempt_ended(mn_wait_case *c) {
  const mn_dial *dial = c->argument;
  return atomic_load(&dial->ended) ? MN_OK : MN_EMPTY;
}

mn_status mn_dial_wait(mn_dial *dial, mn_waiter *self, mn_time deadline, mn_wire **wire,
                       const char **why) {
  mn_wait_case c = {
      .list = &dial->asker, .attempt = attempt_ended, .argument = dial, .verb = "connect"};
  mn_status status = mn_wait(self, &c, 1, deadline, NULL);
  if (status != MN_OK) return status;
  *why = dial->why;
  if (dial->status != NATS_OK) return MN_INVALID;
  *wire = dial->wire;
  dial->wire = NULL;
  return MN_OK;
}

#else

/* A file of C must declare something. */
typedef int mn_dial_none;

#endif

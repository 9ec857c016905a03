/* remote/dial.h -- connecting to NATS servers, on an OS thread of its own: the C client waits for other
 * machines, and can't be told to stop. Who goes away leaves it to end by itself.
 * Level stdlib: vm/core and below; never lua.h. */
#ifndef MN_REMOTE_DIAL_H
#define MN_REMOTE_DIAL_H

#ifdef MN_NATS

#include "remote/wire.h"

typedef struct mn_dial mn_dial;

/* What is wanted; NULL and 0: nothing special. Texts are copied. */
typedef struct mn_dial_options {
  const char *const *servers; /* "host:port" */
  int server_count;
  const char *token, *name;
  bool secure, trusts_all;
  const char *ca, *certificate, *key, *host;
  mn_time timeout;  /* for each server */
  mn_time patience; /* how long a connection that was there may be away */
} mn_dial_options;

/* Begins. The starter's reference. NULL: *why, until the thread's next call. */
mn_dial *mn_dial_new(const mn_dial_options *options, const char **why);
void mn_dial_unref(mn_dial *dial);

/* Waits for the end. MN_OK: *wire, the caller's; MN_INVALID: *why, the dial's; else as mn_wait. Once
 * for each dial it gives a wire. */
mn_status mn_dial_wait(mn_dial *dial, mn_waiter *self, mn_time deadline, mn_wire **wire,
                       const char **why);

#endif

#endif

/* net/lookup.h -- asking for the addresses of a name, on an OS thread of its own: the system's call waits
 * for other machines, and can't be told to stop. Who goes away leaves it to end by itself.
 * Level stdlib: vm/core and below; never lua.h. */
#ifndef MN_NET_LOOKUP_H
#define MN_NET_LOOKUP_H

#include "core/wait.h"
#include "os/net.h"

typedef struct mn_lookup mn_lookup;

/* Begins. `port` is a number or a name of one. The starter's reference. NULL: no memory, or no more
 * threads. */
mn_lookup *mn_lookup_new(const char *host, const char *port, bool listens);
void mn_lookup_unref(mn_lookup *lookup);

/* Waits for the answer, which is the lookup's. MN_OK: *addresses; MN_INVALID: *why, a constant; MN_NOMEM;
 * else as mn_wait. */
mn_status mn_lookup_wait(mn_lookup *lookup, mn_waiter *self, mn_time deadline,
                         const mn_address **addresses, size_t *count, const char **why);

#endif

/* net/listener.h -- where connections come in.
 * Level stdlib: vm/core and below; never lua.h. Safe from any thread; only mn_listener_accept waits. */
#ifndef MN_NET_LISTENER_H
#define MN_NET_LISTENER_H

#include "net/connection.h"

extern const mn_type mn_listener_type;

typedef struct mn_listener mn_listener;

/* `options` is what the connections get. MN_NOMEM; MN_INVALID: errno says why. */
mn_status mn_listener_new(mn_sources *sources, const mn_address *address, const mn_listening *how,
                          const mn_connection_options *options, mn_listener **listener);

/* Waits for a connection: *connection, a new reference. MN_CLOSED; MN_NOMEM; MN_INVALID: errno says why;
 * else as mn_wait. */
mn_status mn_listener_accept(mn_listener *listener, mn_waiter *self, mn_time deadline,
                             mn_connection **connection);

/* Closes it: all who wait get MN_CLOSED. The path of a Unix socket goes with it. False: it was closed
 * before. */
bool mn_listener_close(mn_listener *listener);
bool mn_listener_is_closed(mn_listener *listener);

/* Where it listens; of a port 0, which one it is. */
void mn_listener_address(const mn_listener *listener, mn_address *address);

#endif

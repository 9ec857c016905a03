/* net/connection.h -- a stream of bytes in each direction, between two programs or within one.
 * Level stdlib: vm/core and below; never lua.h.
 * Safe from any thread: one may read while another writes. What waits is said of input.h and output.h. */
#ifndef MN_NET_CONNECTION_H
#define MN_NET_CONNECTION_H

#include "net/input.h"
#include "net/output.h"
#include "net/tls.h"
#include "os/net.h"

extern const mn_type mn_connection_type;

typedef struct mn_connection mn_connection;

/* What can be said of a connection when it is made. */
typedef struct mn_connection_options {
  size_t limit;        /* bytes of a line that is read, at most */
  bool no_delay;       /* small writes go out at once */
  mn_tls_context *tls; /* a reference, for those that are accepted; NULL: plain */
  int keep_alive; /* seconds of silence after which the other is asked whether it lives; 0: never */
} mn_connection_options;

enum { MN_LINE_LIMIT = 1 << 20 };

/* Takes over the socket, if it can be made. `peer` is where the other end is; NULL: nowhere. NULL: no
 * memory; the socket is the caller's. */
mn_connection *mn_connection_new(mn_sources *sources, int socket, const mn_address *peer,
                                 const mn_connection_options *options);

/* Begins to connect. MN_OK: *connection, a new reference; mn_connection_await is to follow. MN_NOMEM,
 * MN_INVALID: errno says why. */
mn_status mn_connection_begin(mn_sources *sources, const mn_address *address,
                              const mn_connection_options *options, mn_connection **connection);
/* Waits until it is connected. MN_INVALID: it is not, errno says why; else as mn_wait. */
mn_status mn_connection_await(mn_connection *connection, mn_waiter *self, mn_time deadline);

/* From now on the connection speaks TLS; `host` is whose certificate is expected, NULL: anybody's. MN_NOMEM;
 * MN_FULL: something that came is not read yet, or it does already; MN_CLOSED. */
mn_status mn_connection_secure(mn_connection *connection, mn_tls_context *context,
                               const char *host);
/* Whether the two sides have yet to agree: before anything is read or written. */
bool mn_connection_is_to_agree(mn_connection *connection);
/* Waits until they do. MN_CLOSED; MN_INVALID: errno, and *why, the connection's; else as mn_wait. */
mn_status mn_connection_agree(mn_connection *connection, mn_waiter *self, mn_time deadline,
                              const char **why);
/* NULL: it speaks no TLS. */
mn_tls *mn_connection_tls(mn_connection *connection);

mn_input *mn_connection_input(mn_connection *connection);
mn_output *mn_connection_output(mn_connection *connection);

/* Nothing more is read, or written, from here. MN_CLOSED; MN_INVALID: errno says why. */
mn_status mn_connection_shut_down(mn_connection *connection, bool reads, bool writes);

/* Closes it: all who wait get MN_CLOSED. False: it was closed before. */
bool mn_connection_close(mn_connection *connection);
bool mn_connection_is_closed(mn_connection *connection);

/* Where this end is, and the other. MN_CLOSED; MN_INVALID: errno says why. */
mn_status mn_connection_address(mn_connection *connection, mn_address *address);
void mn_connection_peer(const mn_connection *connection, mn_address *address);

#endif

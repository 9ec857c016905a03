/* net/tls.h -- TLS between a connection and its socket.
 * Level stdlib: vm/core and below; never lua.h. Safe from any thread; nothing here waits.
 *
 * What OpenSSL makes of our bytes is kept until the socket takes it, and what the socket brings is given
 * to OpenSSL: it never sees the descriptor. */
#ifndef MN_NET_TLS_H
#define MN_NET_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/* What a side brings to all of its connections. */
typedef struct mn_tls_context mn_tls_context;
typedef struct mn_tls mn_tls; /* of one connection */

typedef struct mn_tls_options {
  bool accepts;              /* the side that waits for connections */
  bool verifies;             /* the other side has to show a certificate that is trusted */
  const char *ca;            /* file of the certificates to trust; NULL: those of the system */
  const char *certificate;   /* file of our own, and those up to its authority; NULL: none */
  const char *key;           /* file of its key; NULL: that of the certificate */
  const unsigned char *alpn; /* protocols, each with its length in front; NULL: none */
  size_t alpn_size;
} mn_tls_options;

/* One reference. NULL: `why`, of `size` bytes, says what is wrong. */
mn_tls_context *mn_tls_context_new(const mn_tls_options *options, char *why, size_t size);
mn_tls_context *mn_tls_context_ref(mn_tls_context *context);
void mn_tls_context_unref(mn_tls_context *context);

/* For a socket; `host` is whose certificate is expected, a name or an address; NULL: anybody's. NULL: no
 * memory. */
mn_tls *mn_tls_new(mn_tls_context *context, int socket, const char *host);
void mn_tls_free(mn_tls *tls);

/* Goes on with the handshake. MN_OK: it is done. MN_EMPTY: something has to come first. MN_FULL: something
 * has to be sent first. MN_INVALID: it has failed; errno, and mn_tls_why. */
mn_status mn_tls_handshake(mn_tls *tls);
bool mn_tls_is_ready(mn_tls *tls);
/* Why it has failed; a constant, or the tls's. */
const char *mn_tls_why(mn_tls *tls);

/* As mn_input_fetch, mn_output_send and mn_output_flush. */
mn_status mn_tls_receive(mn_tls *tls, void *bytes, size_t size, size_t *count);
mn_status mn_tls_send(mn_tls *tls, const void *bytes, size_t size, size_t *count);
mn_status mn_tls_flush(mn_tls *tls);

/* Tells the other side that nothing more will be sent, as far as the socket takes it now. */
void mn_tls_end(mn_tls *tls);

/* The version, "TLSv1.3", and the protocol that both agreed on, or "" of `size`, once it is ready. */
const char *mn_tls_version(mn_tls *tls);
void mn_tls_protocol(mn_tls *tls, char *text, size_t size);

#endif

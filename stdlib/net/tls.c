/* net/tls.c -- OpenSSL between two pieces of memory. Lock order: an input's or output's mutex, then a tls's. */
#include "net/tls.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "net/openssl.h"
#include "os/mutex.h"
#include "os/net.h"

#ifdef MN_OPENSSL

struct mn_tls_context {
  _Atomic unsigned references;
  const mn_openssl *ssl; /* immutable, as the rest is */
  SSL_CTX *ctx;
  bool accepts;
  unsigned char *alpn;
  size_t alpn_size;
};

struct mn_tls {
  mn_tls_context *context; /* immutable, a reference; as is the next */
  int socket;
  mn_mutex mutex;
  SSL *session;  /* guarded by mutex, as is the rest */
  BIO *in, *out; /* the session's */
  bool ready;
  char why[160];
};

/* ---- contexts ---- */

/* The first of OpenSSL's complaints. */
static const char *complaint(const mn_openssl *ssl) {
  unsigned long code = ssl->ERR_get_error();
  const char *reason =
      ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code)) : ssl->ERR_reason_error_string(code);
  ssl->ERR_clear_error();
  return reason ? reason : "TLS failed";
}

static int select_protocol(SSL *session, const unsigned char **out, unsigned char *out_size,
                           const unsigned char *in, unsigned in_size, void *argument) {
  const mn_tls_context *context = argument;
  unsigned char *chosen;
  (void)session;
  int found = context->ssl->SSL_select_next_proto(&chosen, out_size, context->alpn,
                                                  (unsigned)context->alpn_size, in, in_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool set_alpn(mn_tls_context *context, const mn_tls_options *options) {
  if (!options->alpn) return true;
  context->alpn = mn_alloc(options->alpn_size);
  if (!context->alpn) return false;
  memcpy(context->alpn, options->alpn, options->alpn_size);
  context->alpn_size = options->alpn_size;
  if (options->accepts) {
    context->ssl->SSL_CTX_set_alpn_select_cb(context->ctx, select_protocol, context);
    return true;
  }
  return context->ssl->SSL_CTX_set_alpn_protos(context->ctx, context->alpn,
                                               (unsigned)context->alpn_size) == 0;
}

/* NULL: all was set; else what could not be, a file or a word. */
static const char *set_options(mn_tls_context *context, const mn_tls_options *options) {
  const mn_openssl *ssl = context->ssl;
  SSL_CTX *ctx = context->ctx;
  const char *key = options->key ? options->key : options->certificate;
  int verify =
      options->accepts ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_PEER;
  (void)ssl->SSL_CTX_ctrl(ctx, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL);
  (void)ssl->SSL_CTX_ctrl(ctx, SSL_CTRL_MODE,
                          SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS,
                          NULL);
  ssl->SSL_CTX_set_verify(ctx, options->verifies ? verify : SSL_VERIFY_NONE, NULL);
  if (options->ca && ssl->SSL_CTX_load_verify_locations(ctx, options->ca, NULL) != 1)
    return options->ca;
  if (!options->ca && options->verifies && ssl->SSL_CTX_set_default_verify_paths(ctx) != 1)
    return "trusted certificates";
  if (options->certificate &&
      ssl->SSL_CTX_use_certificate_chain_file(ctx, options->certificate) != 1)
    return options->certificate;
  if (key && (ssl->SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
              ssl->SSL_CTX_check_private_key(ctx) != 1))
    return key;
  return set_alpn(context, options) ? NULL : "protocols";
}

mn_tls_context *mn_tls_context_new(const mn_tls_options *options, char *why, size_t size) {
  const char *reason = "not enough memory";
  const mn_openssl *ssl = mn_openssl_load(&reason);
  mn_tls_context *context = ssl ? mn_alloc_zero(sizeof *context) : NULL;
  if (!context) {
    (void)snprintf(why, size, "%s", reason);
    return NULL;
  }
  atomic_init(&context->references, 1);
  context->ssl = ssl;
  context->accepts = options->accepts;
  ssl->ERR_clear_error();
  context->ctx = ssl->SSL_CTX_new(ssl->TLS_method());
  const char *failed = context->ctx ? set_options(context, options) : "TLS";
  if (!failed) return context;
  (void)snprintf(why, size, "%s: %s", failed, complaint(ssl));
  mn_tls_context_unref(context);
  return NULL;
}

mn_tls_context *mn_tls_context_ref(mn_tls_context *context) {
  atomic_fetch_add(&context->references, 1);
  return context;
}

void mn_tls_context_unref(mn_tls_context *context) {
  if (atomic_fetch_sub(&context->references, 1) > 1) return;
  if (context->ctx) context->ssl->SSL_CTX_free(context->ctx);
  mn_free(context->alpn);
  mn_free(context);
}

/* ---- sessions ---- */

static bool expect_host(const mn_tls *tls, const char *host) {
  const mn_openssl *ssl = tls->context->ssl;
  if (ssl->X509_VERIFY_PARAM_set1_ip_asc(ssl->SSL_get0_param(tls->session), host) == 1) return true;
  return ssl->SSL_set1_host(tls->session, host) == 1 &&
         ssl->SSL_ctrl(tls->session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                       (void *)(uintptr_t)host) == 1;
}

static bool open_session(mn_tls *tls, const char *host) {
  const mn_openssl *ssl = tls->context->ssl;
  tls->session = ssl->SSL_new(tls->context->ctx);
  tls->in = ssl->BIO_new(ssl->BIO_s_mem());
  tls->out = ssl->BIO_new(ssl->BIO_s_mem());
  if (!tls->session || !tls->in || !tls->out) {
    (void)ssl->BIO_free(tls->in);
    (void)ssl->BIO_free(tls->out);
    return false;
  }
  ssl->SSL_set_bio(tls->session, tls->in, tls->out);
  if (tls->context->accepts)
    ssl->SSL_set_accept_state(tls->session);
  else
    ssl->SSL_set_connect_state(tls->session);
  return !host || expect_host(tls, host);
}

mn_tls *mn_tls_new(mn_tls_context *context, int socket, const char *host) {
  mn_tls *tls = mn_alloc_zero(sizeof *tls);
  if (!tls) return NULL;
  tls->context = mn_tls_context_ref(context);
  tls->socket = socket;
  if (open_session(tls, host)) return tls;
  context->ssl->ERR_clear_error();
  mn_tls_free(tls);
  return NULL;
}

void mn_tls_free(mn_tls *tls) {
  if (!tls) return;
  if (tls->session) tls->context->ssl->SSL_free(tls->session);
  mn_tls_context_unref(tls->context);
  mn_free(tls);
}

/* ---- between the session and the socket ---- */

/* Sends what the session has made. MN_OK: all of it. */
static mn_status flush_locked(mn_tls *tls) {
  const mn_openssl *ssl = tls->context->ssl;
  char *bytes;
  mn_status status = MN_OK;
  long left = ssl->BIO_ctrl(tls->out, BIO_CTRL_INFO, 0, &bytes);
  while (left > 0 && status == MN_OK) {
    size_t sent = 0;
    char dropped[4096];
    size_t most = (size_t)left < sizeof dropped ? (size_t)left : sizeof dropped;
    status = mn_net_send(tls->socket, bytes, most, &sent);
    if (status == MN_OK && sent > 0) (void)ssl->BIO_read(tls->out, dropped, (int)sent);
    left = ssl->BIO_ctrl(tls->out, BIO_CTRL_INFO, 0, &bytes);
  }
  return status;
}

/* Gives the session what has come. MN_CLOSED: nothing more will. */
static mn_status feed_locked(mn_tls *tls) {
  unsigned char bytes[16 * 1024];
  size_t count;
  mn_status status = mn_net_receive(tls->socket, bytes, sizeof bytes, &count);
  if (status != MN_OK) return status;
  if (count == 0) return MN_CLOSED;
  int taken = tls->context->ssl->BIO_write(tls->in, bytes, (int)count);
  return taken == (int)count ? MN_OK : MN_NOMEM;
}

static mn_status fail_locked(mn_tls *tls, const char *why) {
  const mn_openssl *ssl = tls->context->ssl;
  long verified = ssl->SSL_get_verify_result(tls->session);
  if (*tls->why == '\0' && !tls->ready && verified != X509_V_OK)
    (void)snprintf(tls->why, sizeof tls->why, "certificate verify failed: %s",
                   ssl->X509_verify_cert_error_string(verified));
  else if (*tls->why == '\0')
    (void)snprintf(tls->why, sizeof tls->why, "%s", why);
  ssl->ERR_clear_error();
  (void)flush_locked(tls); /* the alert */
  errno = EPROTO;
  return MN_INVALID;
}

/* What to do after a call of OpenSSL that gave `result`. MN_OK: the call again. MN_CLOSED: the other side has
 * ended its stream. MN_EMPTY: something has to come first; MN_FULL: or something has to be sent. */
static mn_status go_on_locked(mn_tls *tls, int result) {
  const mn_openssl *ssl = tls->context->ssl;
  int reason = ssl->SSL_get_error(tls->session, result);
  if (reason == SSL_ERROR_ZERO_RETURN) return MN_CLOSED;
  if (reason != SSL_ERROR_WANT_READ) return fail_locked(tls, complaint(ssl));
  mn_status sent = flush_locked(tls);
  int failure = errno;
  mn_status status = feed_locked(tls);
  if (status == MN_CLOSED) return fail_locked(tls, "unexpected end of the stream");
  if (status != MN_EMPTY || sent == MN_OK) return status;
  errno = failure;
  return sent == MN_EMPTY ? MN_FULL : sent;
}

static mn_status handshake_locked(mn_tls *tls) {
  const mn_openssl *ssl = tls->context->ssl;
  mn_status status = MN_OK;
  while (status == MN_OK && !tls->ready) {
    ssl->ERR_clear_error();
    int result = ssl->SSL_do_handshake(tls->session);
    tls->ready = result == 1;
    if (result != 1) status = go_on_locked(tls, result);
  }
  if (status != MN_OK) return status;
  return flush_locked(tls) == MN_EMPTY ? MN_FULL : MN_OK;
}

mn_status mn_tls_handshake(mn_tls *tls) {
  mn_mutex_lock(&tls->mutex);
  mn_status status = handshake_locked(tls);
  mn_mutex_unlock(&tls->mutex);
  return status == MN_CLOSED ? MN_INVALID : status;
}

bool mn_tls_is_ready(mn_tls *tls) {
  mn_mutex_lock(&tls->mutex);
  bool ready = tls->ready;
  mn_mutex_unlock(&tls->mutex);
  return ready;
}

const char *mn_tls_why(mn_tls *tls) {
  return tls->why;
}

static mn_status receive_locked(mn_tls *tls, void *bytes, size_t size, size_t *count) {
  const mn_openssl *ssl = tls->context->ssl;
  mn_status status = MN_OK;
  while (status == MN_OK) {
    ssl->ERR_clear_error();
    int result = ssl->SSL_read_ex(tls->session, bytes, size, count);
    if (result == 1) return MN_OK;
    status = go_on_locked(tls, result);
  }
  *count = 0;
  return status == MN_CLOSED ? MN_OK : status;
}

mn_status mn_tls_receive(mn_tls *tls, void *bytes, size_t size, size_t *count) {
  mn_mutex_lock(&tls->mutex);
  mn_status status = receive_locked(tls, bytes, size, count);
  mn_mutex_unlock(&tls->mutex);
  /* What waits to be sent goes with the next write, or the next answer. */
  return status == MN_FULL ? MN_EMPTY : status;
}

static mn_status send_locked(mn_tls *tls, const void *bytes, size_t size, size_t *count) {
  enum { RECORD = 16 * 1024 };
  const mn_openssl *ssl = tls->context->ssl;
  mn_status status = flush_locked(tls);
  if (status != MN_OK) return status;
  ssl->ERR_clear_error();
  int result = ssl->SSL_write_ex(tls->session, bytes, size < RECORD ? size : RECORD, count);
  if (result != 1) return fail_locked(tls, complaint(ssl));
  status = flush_locked(tls);
  return status == MN_EMPTY ? MN_OK : status;
}

mn_status mn_tls_send(mn_tls *tls, const void *bytes, size_t size, size_t *count) {
  mn_mutex_lock(&tls->mutex);
  mn_status status = send_locked(tls, bytes, size, count);
  mn_mutex_unlock(&tls->mutex);
  return status;
}

mn_status mn_tls_flush(mn_tls *tls) {
  mn_mutex_lock(&tls->mutex);
  mn_status status = flush_locked(tls);
  mn_mutex_unlock(&tls->mutex);
  return status;
}

void mn_tls_end(mn_tls *tls) {
  const mn_openssl *ssl = tls->context->ssl;
  mn_mutex_lock(&tls->mutex);
  if (tls->ready && *tls->why == '\0') (void)ssl->SSL_shutdown(tls->session);
  ssl->ERR_clear_error();
  (void)flush_locked(tls);
  mn_mutex_unlock(&tls->mutex);
}

/* ---- what was agreed on ---- */

const char *mn_tls_version(mn_tls *tls) {
  mn_mutex_lock(&tls->mutex);
  const char *version = tls->context->ssl->SSL_get_version(tls->session);
  mn_mutex_unlock(&tls->mutex);
  return version;
}

void mn_tls_protocol(mn_tls *tls, char *text, size_t size) {
  const unsigned char *name = NULL;
  unsigned length = 0;
  mn_mutex_lock(&tls->mutex);
  tls->context->ssl->SSL_get0_alpn_selected(tls->session, &name, &length);
  (void)snprintf(text, size, "%.*s", (int)length, name ? (const char *)name : "");
  mn_mutex_unlock(&tls->mutex);
}

#else

mn_tls_context *mn_tls_context_new(const mn_tls_options *options, char *why, size_t size) {
  (void)options;
  (void)snprintf(why, size, "moons was built without TLS: <openssl/ssl.h> was not there");
  return NULL;
}

/* There is never a context, and so none of the rest is ever called. */
mn_tls_context *mn_tls_context_ref(mn_tls_context *context) {
  return context;
}
void mn_tls_context_unref(mn_tls_context *context) {
  (void)context;
}
mn_tls *mn_tls_new(mn_tls_context *context, int socket, const char *host) {
  (void)context, (void)socket, (void)host;
  return NULL;
}
void mn_tls_free(mn_tls *tls) {
  (void)tls;
}
mn_status mn_tls_handshake(mn_tls *tls) {
  (void)tls;
  return MN_INVALID;
}
bool mn_tls_is_ready(mn_tls *tls) {
  (void)tls;
  return false;
}
const char *mn_tls_why(mn_tls *tls) {
  (void)tls;
  return "";
}
mn_status mn_tls_receive(mn_tls *tls, void *bytes, size_t size, size_t *count) {
  (void)tls, (void)bytes, (void)size, (void)count;
  return MN_INVALID;
}
mn_status mn_tls_send(mn_tls *tls, const void *bytes, size_t size, size_t *count) {
  (void)tls, (void)bytes, (void)size, (void)count;
  return MN_INVALID;
}
mn_status mn_tls_flush(mn_tls *tls) {
  (void)tls;
  return MN_INVALID;
}
void mn_tls_end(mn_tls *tls) {
  (void)tls;
}
const char *mn_tls_version(mn_tls *tls) {
  (void)tls;
  return "";
}
void mn_tls_protocol(mn_tls *tls, char *text, size_t size) {
  (void)tls;
  if (size > 0) *text = '\0';
}

#endif

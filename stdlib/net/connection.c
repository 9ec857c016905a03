/* net/connection.c -- an input and an output of one descriptor.
 *
 * The descriptor is used under the mutex of its input or of its output, and closed under both.
 * Lock order: the output's mutex, the input's, the source's. */
#include "net/connection.h"

#include <errno.h>

#include "base/alloc.h"
#include "os/process.h"

struct mn_connection {
  mn_handle handle;
  mn_sources *sources; /* immutable, as are the next three */
  mn_source *source;
  int socket;
  mn_address peer;
  mn_tls *tls; /* NULL: none; set once, under both mutexes */
  mn_output output;
  mn_input input;
};

static mn_connection *connection_of(mn_handle *object) {
  return (mn_connection *)(void *)object;
}

static void destroy(mn_handle *object) {
  mn_connection *connection = connection_of(object);
  mn_source_free(connection->sources, connection->source);
  mn_input_free(&connection->input);
  mn_tls_free(connection->tls);
  mn_free(connection);
}

static void describe(mn_handle *object, char *text, size_t size) {
  mn_address_write(&connection_of(object)->peer, text, size);
}

const mn_type mn_connection_type = {.name = "Connection", .destroy = destroy, .describe = describe};

static mn_status fetch(void *from, void *bytes, size_t size, size_t *count, bool *all) {
  const mn_connection *connection = from;
  if (connection->tls) return mn_tls_receive(connection->tls, bytes, size, count);
  mn_status status = mn_net_receive(connection->socket, bytes, size, count);
  *all = status == MN_OK && *count < size;
  return status;
}

static mn_status send(void *to, const void *bytes, size_t size, size_t *count) {
  const mn_connection *connection = to;
  if (connection->tls) return mn_tls_send(connection->tls, bytes, size, count);
  return mn_net_send(connection->socket, bytes, size, count);
}

static mn_status flush(void *to) {
  const mn_connection *connection = to;
  return connection->tls ? mn_tls_flush(connection->tls) : MN_OK;
}

mn_connection *mn_connection_new(mn_sources *sources, int socket, const mn_address *peer,
                                 const mn_connection_options *options) {
  mn_connection *connection = mn_alloc_aligned(MN_CACHE_LINE, sizeof *connection);
  if (!connection) return NULL;
  *connection = (mn_connection){.sources = sources, .socket = socket};
  mn_handle_init(&connection->handle, &mn_connection_type);
  if (peer) connection->peer = *peer;
  connection->source = mn_source_new(sources, socket);
  if (!connection->source) {
    mn_free(connection);
    return NULL;
  }
  mn_input_init(&connection->input, connection->source, fetch, connection, options->limit);
  mn_output_init(&connection->output, connection->source, send, flush, connection);
  if (options->no_delay) mn_net_set_no_delay(socket, true);
  if (options->keep_alive > 0) mn_net_set_keep_alive(socket, options->keep_alive);
  return connection;
}

/* ---- connecting ---- */

mn_status mn_connection_begin(mn_sources *sources, const mn_address *address,
                              const mn_connection_options *options, mn_connection **connection) {
  int socket;
  mn_status status = mn_net_connect(address, &socket);
  if (status != MN_OK && status != MN_EMPTY) return status;
  mn_connection *made = mn_connection_new(sources, socket, address, options);
  if (!made) {
    mn_os_close(socket);
    return MN_NOMEM;
  }
  *connection = made;
  return MN_OK;
}

typedef struct connecting {
  mn_connection *connection;
  int failure;
} connecting;

static mn_status attempt_connected(mn_wait_case *c) {
  connecting *it = c->argument;
  mn_address peer;
  mn_mutex_lock(&it->connection->output.mutex);
  mn_status status = it->connection->output.closed ? MN_CLOSED : MN_OK;
  if (status == MN_OK) it->failure = mn_net_failure(it->connection->socket);
  if (status == MN_OK && it->failure == 0 && mn_net_peer(it->connection->socket, &peer) != MN_OK)
    status = MN_EMPTY;
  mn_mutex_unlock(&it->connection->output.mutex);
  return status == MN_OK && it->failure ? MN_INVALID : status;
}

mn_status mn_connection_await(mn_connection *connection, mn_waiter *self, mn_time deadline) {
  connecting it = {.connection = connection};
  mn_source_use use = {.source = connection->source, .writes = true};
  mn_wait_case c = {.attempt = attempt_connected,
                    .argument = &it,
                    .object = &connection->handle,
                    .verb = "connect"};
  mn_status status = mn_source_wait(self, &use, &c, deadline);
  if (it.failure) errno = it.failure;
  return status;
}

/* ---- TLS ---- */

/* The descriptor is used, and may not be closed. */
static void lock_both(mn_connection *connection) {
  mn_mutex_lock(&connection->output.mutex);
  mn_mutex_lock(&connection->input.mutex);
}

static void unlock_both(mn_connection *connection) {
  mn_mutex_unlock(&connection->input.mutex);
  mn_mutex_unlock(&connection->output.mutex);
}

mn_status mn_connection_secure(mn_connection *connection, mn_tls_context *context,
                               const char *host) {
  mn_status status = MN_OK;
  mn_tls *tls = mn_tls_new(context, connection->socket, host);
  if (!tls) return MN_NOMEM;
  lock_both(connection);
  if (connection->output.closed)
    status = MN_CLOSED;
  else if (connection->tls || connection->input.begin < connection->input.end)
    status = MN_FULL;
  else
    connection->tls = tls;
  unlock_both(connection);
  if (status != MN_OK) mn_tls_free(tls);
  return status;
}

mn_tls *mn_connection_tls(mn_connection *connection) {
  mn_mutex_lock(&connection->output.mutex);
  mn_tls *tls = connection->tls;
  mn_mutex_unlock(&connection->output.mutex);
  return tls;
}

bool mn_connection_is_to_agree(mn_connection *connection) {
  mn_tls *tls = mn_connection_tls(connection);
  return tls && !mn_tls_is_ready(tls);
}

/* One call of mn_connection_agree. */
typedef struct agreeing {
  mn_connection *connection;
  mn_status (*step)(mn_tls *tls);
  int failure; /* errno of MN_INVALID */
} agreeing;

static mn_status attempt_step(mn_wait_case *c) {
  agreeing *a = c->argument;
  mn_output *output = &a->connection->output;
  mn_mutex_lock(&output->mutex);
  mn_status status = output->closed ? MN_CLOSED : a->step(a->connection->tls);
  a->failure = status == MN_INVALID ? errno : 0;
  mn_mutex_unlock(&output->mutex);
  return status;
}

static mn_status wait_step(agreeing *a, mn_waiter *self, bool writes, mn_time deadline) {
  mn_source_use use = {.source = a->connection->source, .writes = writes};
  mn_wait_case c = {.attempt = attempt_step,
                    .argument = a,
                    .object = &a->connection->handle,
                    .verb = "handshake"};
  a->step = writes ? mn_tls_flush : mn_tls_handshake;
  return mn_source_wait(self, &use, &c, deadline);
}

mn_status mn_connection_agree(mn_connection *connection, mn_waiter *self, mn_time deadline,
                              const char **why) {
  agreeing a = {.connection = connection};
  mn_status status = wait_step(&a, self, false, deadline);
  while (status == MN_FULL) {
    status = wait_step(&a, self, true, deadline);
    if (status == MN_OK) status = wait_step(&a, self, false, deadline);
  }
  if (status == MN_PARKED) return status;
  *why = mn_tls_why(connection->tls);
  /* Others may wait for the same, and nobody will be told again of what came for it. */
  mn_waitlist_wake_all(&connection->source->readers);
  if (a.failure) errno = a.failure;
  return status;
}

/* ---- the rest ---- */

mn_input *mn_connection_input(mn_connection *connection) {
  return &connection->input;
}

mn_output *mn_connection_output(mn_connection *connection) {
  return &connection->output;
}

mn_status mn_connection_shut_down(mn_connection *connection, bool reads, bool writes) {
  mn_status status = MN_CLOSED;
  mn_mutex_lock(&connection->output.mutex);
  if (!connection->output.closed) {
    if (writes && connection->tls) mn_tls_end(connection->tls);
    status = mn_net_shut_down(connection->socket, reads, writes);
  }
  mn_mutex_unlock(&connection->output.mutex);
  return status;
}

bool mn_connection_close(mn_connection *connection) {
  lock_both(connection);
  bool was_open = !connection->output.closed;
  if (was_open && connection->tls) mn_tls_end(connection->tls);
  mn_output_close_locked(&connection->output);
  mn_input_close_locked(&connection->input);
  if (was_open) mn_source_close(connection->source);
  unlock_both(connection);
  mn_waitlist_wake_all(&connection->output.turns);
  return was_open;
}

bool mn_connection_is_closed(mn_connection *connection) {
  mn_mutex_lock(&connection->output.mutex);
  bool closed = connection->output.closed;
  mn_mutex_unlock(&connection->output.mutex);
  return closed;
}

mn_status mn_connection_address(mn_connection *connection, mn_address *address) {
  mn_mutex_lock(&connection->output.mutex);
  mn_status status =
      connection->output.closed ? MN_CLOSED : mn_net_address(connection->socket, address);
  mn_mutex_unlock(&connection->output.mutex);
  return status;
}

void mn_connection_peer(const mn_connection *connection, mn_address *address) {
  *address = connection->peer;
}

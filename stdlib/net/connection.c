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
  mn_free(connection);
}

static void describe(mn_handle *object, char *text, size_t size) {
  mn_address_write(&connection_of(object)->peer, text, size);
}

const mn_type mn_connection_type = {.name = "Connection", .destroy = destroy, .describe = describe};

static mn_status fetch(void *from, void *bytes, size_t size, size_t *count, bool *all) {
  const mn_connection *connection = from;
  mn_status status = mn_net_receive(connection->socket, bytes, size, count);
  *all = status == MN_OK && *count < size;
  return status;
}

static mn_status send(void *to, const void *bytes, size_t size, size_t *count) {
  const mn_connection *connection = to;
  return mn_net_send(connection->socket, &(mn_span){bytes, size}, 1, count);
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
  mn_output_init(&connection->output, connection->source, send, connection);
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

/* ---- the rest ---- */

mn_input *mn_connection_input(mn_connection *connection) {
  return &connection->input;
}

mn_output *mn_connection_output(mn_connection *connection) {
  return &connection->output;
}

mn_status mn_connection_shut_down(mn_connection *connection, bool reads, bool writes) {
  mn_mutex_lock(&connection->output.mutex);
  mn_status status =
      connection->output.closed ? MN_CLOSED : mn_net_shut_down(connection->socket, reads, writes);
  mn_mutex_unlock(&connection->output.mutex);
  return status;
}

bool mn_connection_close(mn_connection *connection) {
  mn_output *output = &connection->output;
  mn_input *input = &connection->input;
  mn_mutex_lock(&output->mutex);
  mn_mutex_lock(&input->mutex);
  bool was_open = !output->closed;
  mn_output_close_locked(output);
  mn_input_close_locked(input);
  if (was_open) mn_source_close(connection->source);
  mn_mutex_unlock(&input->mutex);
  mn_mutex_unlock(&output->mutex);
  mn_waitlist_wake_all(&output->turns);
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

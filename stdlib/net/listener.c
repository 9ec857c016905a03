/* net/listener.c -- a socket that listens, as a source. The descriptor is used under the mutex. */
#include "net/listener.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "os/fork.h"
#include "os/process.h"

struct mn_listener {
  mn_handle handle;
  mn_sources *sources; /* immutable, as are the next five */
  mn_source *source;
  int socket;
  mn_address address;
  mn_connection_options options;
  int owner; /* the process that made it, and removes its path */
  mn_mutex mutex;
  bool closed; /* guarded by mutex, as is the next */
  mn_source_side side;
};

static mn_listener *listener_of(mn_handle *object) {
  return (mn_listener *)(void *)object;
}

/* Nobody uses it, or the caller holds the mutex. */
static void close_socket(mn_listener *listener) {
  char text[MN_ADDRESS_TEXT];
  if (listener->closed) return;
  listener->closed = true;
  mn_source_close(listener->source);
  if (listener->owner != mn_os_process_id()) return;
  mn_address_write(&listener->address, text, sizeof text);
  if (strncmp(text, "unix:", 5) == 0 && text[5] != '@') (void)remove(text + 5);
}

static void destroy(mn_handle *object) {
  mn_listener *listener = listener_of(object);
  close_socket(listener);
  mn_source_free(listener->sources, listener->source);
  if (listener->options.tls) mn_tls_context_unref(listener->options.tls);
  mn_free(listener);
}

static void describe(mn_handle *object, char *text, size_t size) {
  mn_address_write(&listener_of(object)->address, text, size);
}

const mn_type mn_listener_type = {.name = "Listener", .destroy = destroy, .describe = describe};

/* The socket is the caller's unless it gives a listener. */
static mn_listener *listener_with(mn_sources *sources, int socket) {
  mn_listener *listener = mn_alloc_zero(sizeof *listener);
  if (!listener) return NULL;
  mn_handle_init(&listener->handle, &mn_listener_type);
  listener->sources = sources;
  listener->socket = socket;
  listener->source = mn_source_new(sources, socket);
  if (listener->source) return listener;
  mn_free(listener);
  return NULL;
}

mn_status mn_listener_new(mn_sources *sources, const mn_address *address, const mn_listening *how,
                          const mn_connection_options *options, mn_listener **listener) {
  int socket;
  mn_status status = mn_net_listen(address, how, &socket);
  if (status != MN_OK) return status;
  mn_listener *made = listener_with(sources, socket);
  if (!made) {
    mn_os_close(socket);
    return MN_NOMEM;
  }
  made->options = *options;
  if (options->tls) (void)mn_tls_context_ref(options->tls);
  made->owner = mn_os_process_id();
  made->address = *address;
  (void)mn_net_address(socket, &made->address);
  *listener = made;
  return MN_OK;
}

/* ---- accepting ---- */

/* One call of mn_listener_accept. */
typedef struct accepting {
  mn_listener *listener;
  mn_source_use use;
  int socket; /* what came */
  mn_address peer;
  int failure; /* errno of MN_INVALID */
} accepting;

static mn_status accept_locked(accepting *a) {
  mn_listener *listener = a->listener;
  uint32_t look = mn_source_look(&a->use);
  if (listener->closed) return MN_CLOSED;
  if (mn_source_is_exhausted(&a->use, &listener->side)) return MN_EMPTY;
  mn_status status = mn_net_accept(listener->socket, &a->socket, &a->peer);
  if (status == MN_EMPTY) mn_source_exhausted(&a->use, &listener->side, look);
  a->failure = status == MN_INVALID ? errno : 0;
  return status;
}

static mn_status attempt_accept(mn_wait_case *c) {
  accepting *a = c->argument;
  mn_mutex_lock(&a->listener->mutex);
  mn_status status = accept_locked(a);
  mn_mutex_unlock(&a->listener->mutex);
  return status;
}

/* The connection of a socket that came, which it takes over in any case. */
static mn_status connection_of(const accepting *a, mn_connection **connection) {
  const mn_listener *listener = a->listener;
  mn_connection *made =
      mn_connection_new(listener->sources, a->socket, &a->peer, &listener->options);
  if (!made) {
    mn_os_close(a->socket);
    return MN_NOMEM;
  }
  mn_status status =
      listener->options.tls ? mn_connection_secure(made, listener->options.tls, NULL) : MN_OK;
  if (status == MN_OK)
    *connection = made;
  else
    mn_handle_unref((mn_handle *)(void *)made);
  return status;
}

mn_status mn_listener_accept(mn_listener *listener, mn_waiter *self, mn_time deadline,
                             mn_connection **connection) {
  accepting a = {.listener = listener, .use = {.source = listener->source}};
  mn_wait_case c = {
      .attempt = attempt_accept, .argument = &a, .object = &listener->handle, .verb = "accept"};
  mn_status status = mn_source_wait(self, &a.use, &c, deadline);
  if (a.failure) errno = a.failure;
  if (status != MN_OK) return status;
  /* Others may have come with it, and nobody is told of them again. */
  mn_waitlist_wake(&listener->source->readers, 1);
  return connection_of(&a, connection);
}

/* ---- the rest ---- */

bool mn_listener_close(mn_listener *listener) {
  mn_mutex_lock(&listener->mutex);
  bool was_open = !listener->closed;
  close_socket(listener);
  mn_mutex_unlock(&listener->mutex);
  return was_open;
}

bool mn_listener_is_closed(mn_listener *listener) {
  mn_mutex_lock(&listener->mutex);
  bool closed = listener->closed;
  mn_mutex_unlock(&listener->mutex);
  return closed;
}

void mn_listener_address(const mn_listener *listener, mn_address *address) {
  *address = listener->address;
}

/* os/linux_net.c -- the contract of net.h on Linux. */
#define _GNU_SOURCE
#include "os/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/descriptors.h"
#include "os/faults.h"
#include "os/socket.h"

_Static_assert(sizeof(struct sockaddr_storage) <= sizeof(((mn_address *)NULL)->bytes),
               "an address has room for all kinds");

/* ---- addresses ---- */

static const struct sockaddr *sockaddr_of(const mn_address *address) {
  return (const struct sockaddr *)(const void *)address->bytes;
}

static mn_address address_of(const void *bytes, size_t size) {
  mn_address address = {.size = (uint32_t)size};
  memcpy(address.bytes, bytes, size);
  return address;
}

static void write_path(const mn_address *address, char *text, size_t size) {
  const struct sockaddr_un *un = (const void *)address->bytes;
  size_t head = offsetof(struct sockaddr_un, sun_path);
  int length = address->size > head ? (int)(address->size - head) : 0;
  if (length > 0 && un->sun_path[0] == '\0')
    (void)snprintf(text, size, "unix:@%.*s", length - 1, un->sun_path + 1);
  else
    (void)snprintf(text, size, "unix:%.*s", length, un->sun_path);
}

void mn_address_write(const mn_address *address, char *text, size_t size) {
  char host[MN_ADDRESS_TEXT], port[8];
  int family = sockaddr_of(address)->sa_family;
  *text = '\0';
  if (family == AF_UNIX)
    write_path(address, text, size);
  else if (getnameinfo(sockaddr_of(address), address->size, host, sizeof host, port, sizeof port,
                       NI_NUMERICHOST | NI_NUMERICSERV) == 0)
    (void)snprintf(text, size, family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

bool mn_address_of_path(const char *path, size_t size, mn_address *address) {
  struct sockaddr_un un = {.sun_family = AF_UNIX};
  size_t head = offsetof(struct sockaddr_un, sun_path);
  bool abstract = size > 0 && path[0] == '@';
  if (size == 0 || size >= sizeof un.sun_path || memchr(path, '\0', size)) return false;
  memcpy(un.sun_path, path, size);
  if (abstract) un.sun_path[0] = '\0';
  *address = address_of(&un, head + size + (abstract ? 0 : 1));
  return true;
}

static mn_status copy_addresses(const struct addrinfo *first, mn_address **addresses,
                                size_t *count) {
  size_t found = 0;
  for (const struct addrinfo *a = first; a; a = a->ai_next) found++;
  mn_address *list = mn_alloc(found * sizeof *list);
  if (!list) return MN_NOMEM;
  *count = 0;
  for (const struct addrinfo *a = first; a; a = a->ai_next)
    list[(*count)++] = address_of(a->ai_addr, a->ai_addrlen);
  *addresses = list;
  return MN_OK;
}

mn_status mn_net_look_up(const char *host, const char *port, bool listens, bool numeric,
                         mn_address **addresses, size_t *count, const char **why) {
  struct addrinfo *found = NULL;
  struct addrinfo wanted = {.ai_socktype = SOCK_STREAM,
                            .ai_flags =
                                (listens ? AI_PASSIVE : 0) | (numeric ? AI_NUMERICHOST : 0)};
  int failure = getaddrinfo(*host ? host : NULL, port, &wanted, &found);
  if (failure == EAI_MEMORY) return MN_NOMEM;
  if (failure) {
    *why = failure == EAI_SYSTEM ? "system error" : gai_strerror(failure);
    return MN_INVALID;
  }
  mn_status status = copy_addresses(found, addresses, count);
  freeaddrinfo(found);
  return status;
}

/* ---- making sockets ---- */

/* Lets the process have as many descriptors as it may ask for. True: that is more than before. */
static bool raise_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= limit.rlim_max) return false;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static int open_socket(int family) {
  enum { TYPE = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK };
  if (mn_os_must_fail(MN_CALL_SOCKET)) return -1;
  int made = socket(family, TYPE, 0);
  if (made < 0 && errno == EMFILE && raise_limit()) made = socket(family, TYPE, 0);
  return mn_descriptor_lift(made);
}

/* Closes the socket; errno stays. */
static mn_status give_up(int socket) {
  int failure = errno;
  (void)close(socket);
  errno = failure;
  return MN_INVALID;
}

mn_status mn_net_connect(const mn_address *address, int *socket) {
  int made = open_socket(sockaddr_of(address)->sa_family);
  if (made < 0) return MN_INVALID;
  int result = connect(made, sockaddr_of(address), address->size);
  /* Interrupted, it goes on all the same. */
  if (result < 0 && errno != EINPROGRESS && errno != EINTR) return give_up(made);
  *socket = made;
  return result == 0 ? MN_OK : MN_EMPTY;
}

int mn_net_failure(int socket) {
  int failure = 0;
  socklen_t size = sizeof failure;
  return getsockopt(socket, SOL_SOCKET, SO_ERROR, &failure, &size) < 0 ? errno : failure;
}

/* A path at which a socket was made, and nobody listens any more, is in the way. */
static void remove_stale(const mn_address *address) {
  const struct sockaddr_un *un = (const void *)address->bytes;
  struct stat is;
  if (sockaddr_of(address)->sa_family != AF_UNIX || un->sun_path[0] == '\0') return;
  if (lstat(un->sun_path, &is) < 0 || !S_ISSOCK(is.st_mode)) return;
  int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return;
  bool refused = connect(probe, sockaddr_of(address), address->size) < 0 && errno == ECONNREFUSED;
  (void)close(probe);
  if (refused) (void)unlink(un->sun_path);
}

static bool set_flag(int socket, int level, int option, int value) {
  return setsockopt(socket, level, option, &value, sizeof value) == 0;
}

mn_status mn_net_listen(const mn_address *address, const mn_listening *how, int *socket) {
  int family = sockaddr_of(address)->sa_family;
  int made = open_socket(family);
  if (made < 0) return MN_INVALID;
  remove_stale(address);
  bool set = family == AF_UNIX || set_flag(made, SOL_SOCKET, SO_REUSEADDR, 1);
  if (how->reuse_port) set = set && set_flag(made, SOL_SOCKET, SO_REUSEPORT, 1);
  if (!set || bind(made, sockaddr_of(address), address->size) < 0 || listen(made, how->backlog) < 0)
    return give_up(made);
  *socket = made;
  return MN_OK;
}

static int accept_one(int listener, mn_address *peer) {
  socklen_t size = sizeof peer->bytes;
  int made = accept4(listener, (struct sockaddr *)(void *)peer->bytes, &size,
                     SOCK_CLOEXEC | SOCK_NONBLOCK);
  peer->size = size;
  return made;
}

/* Errors of one connection that was on its way, and is no more. */
static bool is_of_connection(int failure) {
  switch (failure) {
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case EINTR: return true;
    default: return false;
  }
}

mn_status mn_net_accept(int listener, int *socket, mn_address *peer) {
  int made;
  do {
    made = mn_os_must_fail(MN_CALL_SOCKET) ? -1 : accept_one(listener, peer);
  } while (made < 0 && is_of_connection(errno));
  if (made < 0 && errno == EMFILE && raise_limit()) made = accept_one(listener, peer);
  if (made < 0) return errno == EAGAIN ? MN_EMPTY : MN_INVALID;
  made = mn_descriptor_lift(made);
  if (made < 0) return MN_INVALID;
  *socket = made;
  return MN_OK;
}

mn_status mn_net_pair(int ends[2]) {
  return mn_os_socket_pair(ends, false);
}

mn_status mn_net_address(int socket, mn_address *address) {
  socklen_t size = sizeof address->bytes;
  if (getsockname(socket, (struct sockaddr *)(void *)address->bytes, &size) < 0) return MN_INVALID;
  address->size = size;
  return MN_OK;
}

mn_status mn_net_peer(int socket, mn_address *address) {
  socklen_t size = sizeof address->bytes;
  if (getpeername(socket, (struct sockaddr *)(void *)address->bytes, &size) < 0) return MN_INVALID;
  address->size = size;
  return MN_OK;
}

/* ---- using them ---- */

static mn_status status_of_failure(void) {
  return errno == EAGAIN || errno == EINTR ? MN_EMPTY : MN_INVALID;
}

mn_status mn_net_send(int socket, const void *bytes, size_t size, size_t *sent) {
  ssize_t result = send(socket, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (result < 0) return status_of_failure();
  *sent = (size_t)result;
  return MN_OK;
}

mn_status mn_net_receive(int socket, void *bytes, size_t size, size_t *count) {
  ssize_t result = recv(socket, bytes, size, MSG_DONTWAIT);
  if (result < 0) return status_of_failure();
  *count = (size_t)result;
  return MN_OK;
}

mn_status mn_net_shut_down(int socket, bool reads, bool writes) {
  int how = reads && writes ? SHUT_RDWR : reads ? SHUT_RD : SHUT_WR;
  return shutdown(socket, how) == 0 ? MN_OK : MN_INVALID;
}

void mn_net_set_no_delay(int socket, bool on) {
  (void)set_flag(socket, IPPROTO_TCP, TCP_NODELAY, on);
}

void mn_net_set_keep_alive(int socket, int seconds) {
  (void)set_flag(socket, SOL_SOCKET, SO_KEEPALIVE, seconds > 0);
  if (seconds > 0) (void)set_flag(socket, IPPROTO_TCP, TCP_KEEPIDLE, seconds);
}

bool mn_os_can_read(int descriptor) {
  struct pollfd poll_one = {.fd = descriptor, .events = POLLIN};
  return poll(&poll_one, 1, 0) > 0;
}

/* os/net.h -- sockets to other programs: TCP, and Unix sockets that have a path.
 * Level os. Safe from any thread; only mn_net_look_up blocks. No descriptor made here blocks, all are
 * closed on exec, and none is a standard stream's. Nobody is killed by a write to an end that is closed.
 * MN_INVALID: errno says why, unless it is said otherwise. */
#ifndef MN_OS_NET_H
#define MN_OS_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* Where a socket is, as the system writes it. */
typedef struct mn_address {
  _Alignas(8) unsigned char bytes[128];
  uint32_t size;
} mn_address;

/* What mn_address_write needs at most, the final zero included. */
enum { MN_ADDRESS_TEXT = 160 };

/* "127.0.0.1:80", "[::1]:80", "unix:/run/app.sock", "unix:@abstract"; "unix:" is one without a name. */
void mn_address_write(const mn_address *address, char *text, size_t size);

/* A path, or, beginning with '@', a name that is in no directory. False: too long, or empty. */
bool mn_address_of_path(const char *path, size_t size, mn_address *address);

/* The addresses of a host and a port, or the name of one, which mn_free frees. An empty host is this
 * machine, and if `listens` all of its addresses. `numeric`: only what is a number already, which asks
 * nobody. MN_OK: at least one. MN_NOMEM. MN_INVALID: *why, a constant. */
mn_status mn_net_look_up(const char *host, const char *port, bool listens, bool numeric,
                         mn_address **addresses, size_t *count, const char **why);

/* Begins to connect. MN_OK: it is done. MN_EMPTY: it is done once *socket can be written; mn_net_failure
 * tells how it went. */
mn_status mn_net_connect(const mn_address *address, int *socket);
/* What went wrong with the socket since the last look, as an errno; 0: nothing. */
int mn_net_failure(int socket);

/* How one listens. */
typedef struct mn_listening {
  int backlog;     /* connections that wait to be accepted, at most */
  bool reuse_port; /* other sockets may listen at the same address, and share what comes */
} mn_listening;

mn_status mn_net_listen(const mn_address *address, const mn_listening *how, int *socket);
/* MN_EMPTY: nobody is there. */
mn_status mn_net_accept(int listener, int *socket, mn_address *peer);
/* Two ends of one connection. */
mn_status mn_net_pair(int ends[2]);

/* Where this end is, and where the other. */
mn_status mn_net_address(int socket, mn_address *address);
mn_status mn_net_peer(int socket, mn_address *address);

/* Sends some of the bytes. MN_OK: *sent. MN_EMPTY: not now. */
mn_status mn_net_send(int socket, const void *bytes, size_t size, size_t *sent);
/* Receives up to `size` bytes, at least one. MN_OK: *count, 0 at the end. MN_EMPTY: not now. */
mn_status mn_net_receive(int socket, void *bytes, size_t size, size_t *count);
/* Nothing more is received, or sent: the other side reads to the end. */
mn_status mn_net_shut_down(int socket, bool reads, bool writes);

/* Small writes go out at once. Of TCP; for others nothing happens. */
void mn_net_set_no_delay(int socket, bool on);
/* A connection that says nothing for so many seconds is asked whether it still lives; 0: it isn't. */
void mn_net_set_keep_alive(int socket, int seconds);

/* Whether the file may have something to read now, an end too. Of any kind of file. */
bool mn_os_can_read(int descriptor);

#endif

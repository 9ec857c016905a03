/* os/socket.h -- pairs of sockets: two ends, each of which reads what is written to the other, and by which
 * descriptors can be sent.
 * Level os. Safe from any thread; no call blocks: os/pipe.h waits. Nobody is killed by a write to an
 * end that is closed. */
#ifndef MN_OS_SOCKET_H
#define MN_OS_SOCKET_H

#include "os/os.h"

typedef struct mn_span {
  const void *bytes;
  size_t size;
} mn_span;

enum { MN_SPANS = 4 };

/* Closed on exec, neither of them a standard stream's number. With `packets` what is sent at once is received
 * at once, or not at all. MN_INVALID: errno says why. */
mn_status mn_os_socket_pair(int ends[2], bool packets);

/* Whether the descriptor is an end of such a pair, made with `packets`. */
bool mn_os_is_packet_socket(int descriptor);

/* Sends some of the bytes of `count` spans, MN_SPANS at most, and with the first of them a copy of
 * `descriptor`, unless that is -1. MN_OK: *sent. MN_EMPTY: not now. MN_CLOSED: nobody will receive it.
 * MN_INVALID: errno says why. */
mn_status mn_os_send(int socket, const mn_span *spans, size_t count, int descriptor, size_t *sent);

/* Receives up to `size` bytes. MN_OK: *count, and *descriptor, the caller's to close; -1: none came;
 * NULL: what comes is closed. MN_EMPTY: not now. MN_CLOSED: nothing more will come. MN_INVALID: errno;
 * ECONNRESET is the end of one who has not read all that was sent. */
mn_status mn_os_receive(int socket, void *bytes, size_t size, size_t *count, int *descriptor);

/* Nothing goes in or out any more, at either end; the descriptor stays to be closed. */
void mn_os_socket_end(int socket);

#endif

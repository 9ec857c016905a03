/* os/linux_socket.c -- the contract of socket.h on Linux. */
#define _GNU_SOURCE
#include "os/socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "os/descriptors.h"
#include "os/faults.h"

mn_status mn_os_socket_pair(int ends[2], bool packets) {
  int pair[2], type = packets ? SOCK_SEQPACKET : SOCK_STREAM;
  if (mn_os_must_fail(MN_CALL_SOCKET) ||
      socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
    return MN_INVALID;
  pair[0] = mn_descriptor_lift(pair[0]);
  pair[1] = mn_descriptor_lift(pair[1]);
  if (pair[0] >= 0 && pair[1] >= 0) {
    memcpy(ends, pair, sizeof pair);
    return MN_OK;
  }
  int failure = errno;
  for (int i = 0; i < 2; i++)
    if (pair[i] >= 0) (void)close(pair[i]);
  errno = failure;
  return MN_INVALID;
}

bool mn_os_is_packet_socket(int descriptor) {
  int domain = 0, type = 0;
  socklen_t size = sizeof domain;
  return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX &&
         getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

/* Room for a control message with one descriptor. */
typedef union control {
  struct cmsghdr head;
  char bytes[CMSG_SPACE(sizeof(int))];
} control;

static mn_status status_of_failure(void) {
  switch (errno) {
    case EAGAIN:
    case EINTR: return MN_EMPTY;
    case EPIPE:
    case ECONNRESET: return MN_CLOSED;
    default: return MN_INVALID;
  }
}

mn_status mn_os_send(int socket, const mn_span *spans, size_t count, int descriptor, size_t *sent) {
  struct iovec vectors[MN_SPANS];
  control room = {0};
  for (size_t i = 0; i < count; i++)
    vectors[i] = (struct iovec){(void *)(uintptr_t)spans[i].bytes, spans[i].size};
  struct msghdr message = {.msg_iov = vectors, .msg_iovlen = count};
  if (descriptor >= 0) {
    message.msg_control = room.bytes;
    message.msg_controllen = sizeof room.bytes;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof descriptor);
    memcpy(CMSG_DATA(head), &descriptor, sizeof descriptor);
  }
  ssize_t done = sendmsg(socket, &message, MSG_NOSIGNAL);
  if (done < 0) return status_of_failure();
  *sent = (size_t)done;
  return MN_OK;
}

/* The descriptor that came with the message; -1: none. */
static int descriptor_of(struct msghdr *message) {
  struct cmsghdr *head = CMSG_FIRSTHDR(message);
  int descriptor = -1;
  if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
    memcpy(&descriptor, CMSG_DATA(head), sizeof descriptor);
  return descriptor;
}

mn_status mn_os_receive(int socket, void *bytes, size_t size, size_t *count, int *descriptor) {
  struct iovec vector = {bytes, size};
  control room = {0};
  struct msghdr message = {.msg_iov = &vector,
                           .msg_iovlen = 1,
                           .msg_control = room.bytes,
                           .msg_controllen = sizeof room.bytes};
  ssize_t done = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (done < 0 && errno == ECONNRESET) return MN_INVALID;
  if (done < 0) return status_of_failure();
  int came = mn_descriptor_lift(descriptor_of(&message));
  if (descriptor)
    *descriptor = came;
  else if (came >= 0)
    (void)close(came);
  if (done == 0) return MN_CLOSED;
  *count = (size_t)done;
  return MN_OK;
}

void mn_os_socket_end(int socket) {
  (void)shutdown(socket, SHUT_RDWR);
}

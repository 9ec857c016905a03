/* os/linux_pipe.c -- the contract of pipe.h on Linux. */
#define _GNU_SOURCE
#include "os/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "os/signals.h"

/* What an unprivileged process may ask for. */
enum { WIDE_PIPE = 1 << 20 };

_Static_assert(sizeof(sigset_t) == sizeof(((mn_held_signals *)NULL)->mask), "a mask fits");

void mn_os_signals_hold(mn_held_signals *held) {
  sigset_t set, before;
  int failure = errno;
  (void)sigemptyset(&set);
  (void)sigaddset(&set, mn_interrupt_signal());
  (void)sigaddset(&set, SIGPIPE);
  (void)pthread_sigmask(SIG_BLOCK, &set, &before);
  memcpy(held->mask, &before, sizeof before);
  held->broken = false;
  errno = failure;
}

void mn_os_signals_release(const mn_held_signals *held) {
  sigset_t set, before;
  int failure = errno;
  memcpy(&before, held->mask, sizeof before);
  if (held->broken && sigismember(&before, SIGPIPE) == 0) {
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGPIPE);
    (void)sigtimedwait(&set, NULL, &(struct timespec){0, 0});
  }
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = failure;
}

void mn_os_poll(mn_poll *polls, size_t count, mn_time deadline, const mn_held_signals *held) {
  enum { MOST = 8 };
  struct pollfd watches[MOST];
  if (count > MOST) count = MOST;
  for (size_t i = 0; i < count; i++) {
    watches[i] = (struct pollfd){polls[i].descriptor, polls[i].writes ? POLLOUT : POLLIN, 0};
    polls[i].ready = false;
  }
  struct timespec span, *limit = NULL;
  if (deadline != MN_FOREVER) {
    mn_time left = deadline - mn_clock();
    if (left < 0) left = 0;
    span = (struct timespec){(time_t)(left / MN_SECOND), (long)(left % MN_SECOND)};
    limit = &span;
  }
  sigset_t asleep;
  memcpy(&asleep, held->mask, sizeof asleep);
  (void)sigdelset(&asleep, mn_interrupt_signal());
  (void)sigaddset(&asleep, SIGPIPE);
  if (ppoll(watches, (nfds_t)count, limit, &asleep) <= 0) return;
  for (size_t i = 0; i < count; i++) polls[i].ready = watches[i].revents != 0;
}

static mn_status answer(ssize_t done, size_t *count) {
  if (done >= 0) {
    *count = (size_t)done;
    return MN_OK;
  }
  return errno == EAGAIN || errno == EINTR ? MN_EMPTY : MN_INVALID;
}

mn_status mn_os_read(int descriptor, void *bytes, size_t size, size_t *count) {
  return answer(read(descriptor, bytes, size), count);
}

mn_status mn_os_write(int descriptor, const void *bytes, size_t size, size_t *count,
                      mn_held_signals *held) {
  ssize_t done = write(descriptor, bytes, size);
  if (done < 0 && errno == EPIPE) held->broken = true;
  return answer(done, count);
}

void mn_os_set_waiting(int descriptor, bool waits) {
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0) return;
  (void)fcntl(descriptor, F_SETFL, waits ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

void mn_os_pipe_widen(int descriptor) {
  (void)fcntl(descriptor, F_SETPIPE_SZ, WIDE_PIPE);
}

/* os/linux_poller.c -- epoll, and an eventfd to be called by. */
#define _GNU_SOURCE
#include "os/poller.h"

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

struct mn_poller {
  int epoll, call;
};

enum { AT_ONCE = 64 };

mn_poller *mn_poller_new(void) {
  mn_poller *p = mn_alloc(sizeof *p);
  if (!p) return NULL;
  p->epoll = epoll_create1(EPOLL_CLOEXEC);
  p->call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN};
  if (p->epoll >= 0 && p->call >= 0 && epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->call, &event) == 0)
    return p;
  int failure = errno;
  mn_poller_free(p);
  errno = failure;
  return NULL;
}

void mn_poller_free(mn_poller *p) {
  if (!p) return;
  if (p->epoll >= 0) (void)close(p->epoll);
  if (p->call >= 0) (void)close(p->call);
  mn_free(p);
}

mn_status mn_poller_watch(mn_poller *p, int descriptor, bool writes, void *who) {
  uint32_t events = (writes ? EPOLLOUT : EPOLLIN | EPOLLRDHUP) | EPOLLONESHOT;
  struct epoll_event event = {.events = events, .data.ptr = who};
  return epoll_ctl(p->epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 ? MN_OK : MN_INVALID;
}

void mn_poller_forget(mn_poller *p, int descriptor) {
  (void)epoll_ctl(p->epoll, EPOLL_CTL_DEL, descriptor, NULL);
}

/* Rounded up: who looks at the clock afterwards finds that it was long enough. */
static int milliseconds(mn_time span) {
  mn_time unit = MN_SECOND / 1000;
  return span / unit >= INT32_MAX - 1 ? INT32_MAX - 1 : (int)((span + unit - 1) / unit);
}

static int wait_for_events(int epoll, struct epoll_event *events, int room, mn_time deadline) {
  mn_time span = deadline == MN_FOREVER ? 0 : deadline - mn_clock();
  if (deadline == MN_FOREVER) return epoll_wait(epoll, events, room, -1);
  if (span <= 0) return epoll_wait(epoll, events, room, 0);
  struct timespec spec = {(time_t)(span / MN_SECOND), (long)(span % MN_SECOND)};
  int count = epoll_pwait2(epoll, events, room, &spec, NULL);
  if (count >= 0 || errno != ENOSYS) return count;
  return epoll_wait(epoll, events, room, milliseconds(span)); /* before Linux 5.11 */
}

/* A number is told from an address by its lowest bit, which no address of an object has. */
mn_status mn_poller_enter(mn_poller *p, int descriptor, uint64_t number) {
  uint32_t events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  struct epoll_event event = {.events = events, .data.u64 = number << 1 | 1};
  if (epoll_ctl(p->epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 || errno == EEXIST) return MN_OK;
  return MN_INVALID;
}

static mn_tiding tiding_of(const struct epoll_event *event) {
  uint64_t data = event->data.u64;
  uint32_t ends = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  return (mn_tiding){.who = data & 1 ? NULL : event->data.ptr,
                     .number = data >> 1,
                     .reads = (event->events & (EPOLLIN | ends)) != 0,
                     .writes = (event->events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0,
                     .ended = (event->events & ends) != 0};
}

size_t mn_poller_wait(mn_poller *p, mn_time deadline, mn_tiding *tidings, size_t most) {
  struct epoll_event events[AT_ONCE];
  size_t told = 0;
  uint64_t value;
  int room = most < AT_ONCE ? (int)most : AT_ONCE;
  int count = wait_for_events(p->epoll, events, room, deadline);
  for (int i = 0; i < count; i++) {
    if (events[i].data.u64)
      tidings[told++] = tiding_of(&events[i]);
    else
      (void)!read(p->call, &value, sizeof value);
  }
  return told;
}

void mn_poller_call(mn_poller *p) {
  int failure = errno;
  (void)!write(p->call, &(uint64_t){1}, sizeof(uint64_t));
  errno = failure;
}

/* os/linux_abandoned.c -- mn_process_abandon (process.h) on Linux: waiting for those that nobody wants.
 *
 * Children are the process's, and so is who waits for them: a thread, the reaper, that lives as long as
 * there are any. It sleeps in epoll on their pidfds, and on an eventfd that ends it before a fork. Where
 * a system has no pidfds, it looks at its children from time to time; where an epoll can't be had, a child
 * gets a thread of its own. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/list.h"
#include "os/abandoned.h"
#include "os/mutex.h"
#include "os/process.h"

/* Between two looks at those without a pidfd, in milliseconds. */
#define LOOK_AGAIN 20

typedef struct child {
  mn_list link;
  mn_process process; /* immutable */
} child;

static mn_mutex mutex;
/* Guarded by the mutex, all of it. */
static mn_list children = {&children, &children};
static int watch = -1,
           end = -1;    /* the epoll and the eventfd, while there are children or a reaper */
static int unwatched;   /* how many of the children have no pidfd */
static bool is_reaping; /* there is a reaper */
static bool is_pausing; /* and somebody waits for its end */
static pthread_t reaper;

static void drop(child *c) {
  mn_list_remove(&c->link);
  if (c->process.watch < 0)
    unwatched--;
  else
    mn_os_close(c->process.watch);
  mn_free(c);
}

static void unwatch_locked(const child *c) {
  if (c->process.watch >= 0) (void)epoll_ctl(watch, EPOLL_CTL_DEL, c->process.watch, NULL);
}

static void close_watch_locked(void) {
  mn_os_close(watch);
  mn_os_close(end);
  watch = end = -1;
}

/* ---- the reaper ---- */

/* Drops the child, if it has ended. */
static void reap_locked(child *c) {
  mn_process process = {c->process.pid, -1};
  int status;
  if (mn_process_look(&process, &status) == MN_EMPTY) return;
  /* By hand: a child that is just being started has a copy of the descriptor, and while that is open
   * the closed one would be told of again. */
  unwatch_locked(c);
  drop(c);
}

static void reap_unwatched_locked(void) {
  for (mn_list *at = children.next, *next; unwatched > 0 && at != &children; at = next) {
    next = at->next;
    child *c = mn_list_entry(at, child, link);
    if (c->process.watch < 0) reap_locked(c);
  }
}

/* False: the reaper is to end, and has no more to do with what is guarded here. */
static bool goes_on_locked(void) {
  if (is_pausing) return false;
  if (!mn_list_is_empty(&children)) return true;
  close_watch_locked();
  is_reaping = false;
  (void)pthread_detach(pthread_self());
  return false;
}

static void *reap(void *argument) {
  int own = (int)(intptr_t)argument;
  enum { MOST = 64 };
  struct epoll_event events[MOST];
  eventfd_t value;
  bool goes_on, looks = true;
  mn_os_thread_set_name("reaper");
  do {
    int count = epoll_wait(own, events, MOST, looks ? LOOK_AGAIN : -1);
    mn_mutex_lock(&mutex);
    for (int i = 0; i < count; i++)
      if (events[i].data.ptr) reap_locked(events[i].data.ptr);
    reap_unwatched_locked();
    looks = unwatched > 0;
    goes_on = goes_on_locked();
    if (goes_on) (void)eventfd_read(end, &value);
    mn_mutex_unlock(&mutex);
  } while (goes_on);
  return NULL;
}

/* Without an epoll: a thread of its own. */
static void *reap_alone(void *argument) {
  int status;
  while (waitpid((pid_t)(intptr_t)argument, &status, 0) < 0 && errno == EINTR) continue;
  return NULL;
}

/* With all signals blocked, as no handler of ours has to do with it. */
static bool start_thread(pthread_t *thread, void *(*entry)(void *), intptr_t argument) {
  sigset_t all, before;
  (void)sigfillset(&all);
  (void)pthread_sigmask(SIG_SETMASK, &all, &before);
  bool ok = pthread_create(thread, NULL, entry, (void *)argument) == 0;
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  return ok;
}

/* ---- abandoning ---- */

static bool open_watch_locked(void) {
  if (watch >= 0) return true;
  watch = epoll_create1(EPOLL_CLOEXEC);
  end = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN};
  if (watch >= 0 && end >= 0 && epoll_ctl(watch, EPOLL_CTL_ADD, end, &event) == 0) return true;
  if (watch >= 0) mn_os_close(watch);
  if (end >= 0) mn_os_close(end);
  watch = end = -1;
  return false;
}

static bool watch_locked(child *c) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  return c->process.watch < 0 || epoll_ctl(watch, EPOLL_CTL_ADD, c->process.watch, &event) == 0;
}

/* Takes the child over. */
static bool add_locked(child *c) {
  if (!open_watch_locked() || !watch_locked(c)) return false;
  if (!is_reaping) is_reaping = start_thread(&reaper, reap, watch);
  if (!is_reaping) {
    unwatch_locked(c);
    return false;
  }
  mn_list_push_back(&children, &c->link);
  if (c->process.watch < 0 && unwatched++ == 0) (void)eventfd_write(end, 1);
  return true;
}

static bool add(const mn_process *process) {
  child *c = mn_alloc(sizeof *c);
  if (!c) return false;
  *c = (child){.process = *process};
  mn_list_init(&c->link);
  mn_mutex_lock(&mutex);
  bool ok = add_locked(c);
  if (!ok && watch >= 0 && mn_list_is_empty(&children)) close_watch_locked();
  mn_mutex_unlock(&mutex);
  if (!ok) mn_free(c);
  return ok;
}

void mn_process_abandon(mn_process *process) {
  int status;
  pthread_t thread;
  if (mn_process_look(process, &status) != MN_EMPTY || add(process)) return;
  if (process->watch >= 0) mn_os_close(process->watch);
  process->watch = -1;
  if (start_thread(&thread, reap_alone, process->pid)) (void)pthread_detach(thread);
}

/* ---- across a fork ---- */

void mn_abandoned_pause(void) {
  eventfd_t value;
  mn_mutex_lock(&mutex);
  bool waits = is_reaping;
  is_pausing = true;
  if (waits) (void)eventfd_write(end, 1);
  mn_mutex_unlock(&mutex);
  if (!waits) return;
  (void)pthread_join(reaper, NULL);
  (void)eventfd_read(end, &value); /* here: a child has the same one */
}

/* True: there are children. */
static bool end_pause_locked(void) {
  is_pausing = is_reaping = false;
  return !mn_list_is_empty(&children);
}

void mn_abandoned_resume(void) {
  mn_mutex_lock(&mutex);
  /* Without a thread to be had, they wait for the next one that is abandoned. */
  if (end_pause_locked())
    is_reaping = start_thread(&reaper, reap, watch);
  else if (watch >= 0)
    close_watch_locked();
  mn_mutex_unlock(&mutex);
}

void mn_abandoned_forget(void) {
  mn_mutex_lock(&mutex);
  (void)end_pause_locked();
  while (!mn_list_is_empty(&children)) drop(mn_list_entry(children.next, child, link));
  if (watch >= 0) close_watch_locked();
  mn_mutex_unlock(&mutex);
}

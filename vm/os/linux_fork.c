/* os/linux_fork.c -- the contract of fork.h on Linux. */
#define _GNU_SOURCE
#include "os/fork.h"

#include <errno.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "os/abandoned.h"
#include "os/faults.h"

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

/* ThreadSanitizer has a thread of its own, which it starts anew in the child. */
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
enum { MOST_THREADS = 2 };
#else
enum { MOST_THREADS = 1 };
#endif

int mn_os_process_id(void) {
  return (int)getpid();
}

int mn_os_parent_id(void) {
  return (int)getppid();
}

/* How many threads the process has, as the kernel counts: 0 where it doesn't tell. */
static int count_threads(void) {
  struct stat about;
  /* A folder for each, and the two that every folder has. */
  return stat("/proc/self/task", &about) == 0 ? (int)about.st_nlink - 2 : 0;
}

/* The kernel counts a thread that has ended until it has gone, of which nobody is told. */
static bool is_alone(void) {
  mn_time latest = mn_clock() + MN_SECOND;
  while (count_threads() > MOST_THREADS) {
    if (mn_clock() >= latest) return false;
    (void)nanosleep(&(struct timespec){.tv_nsec = 50 * 1000}, NULL);
  }
  return true;
}

mn_status mn_process_fork(int *pid) {
  pid_t made = -1;
  mn_abandoned_pause();
  bool alone = is_alone();
  if (alone && !mn_os_must_fail(MN_CALL_FORK)) made = fork();
  int failure = errno;
  if (made == 0)
    mn_abandoned_forget();
  else
    mn_abandoned_resume();
  errno = failure;
  if (made < 0) return alone ? MN_INVALID : MN_TOO_MANY;
  *pid = (int)made;
  return MN_OK;
}

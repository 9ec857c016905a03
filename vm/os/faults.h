/* os/faults.h -- the seam by which tests let calls of the system fail, as base/alloc.h does it for
 * malloc.
 * Level os. In builds without MN_FAULTS nothing ever fails here. */
#ifndef MN_OS_FAULTS_H
#define MN_OS_FAULTS_H

#include <stdbool.h>

typedef enum mn_os_call {
  MN_CALL_CLOCK, /* clock_gettime */
  MN_CALL_EVENTFD,
  MN_CALL_FORK,
  MN_CALL_FUTEX_WAIT, /* futex, the sleeping half */
  MN_CALL_PIDFD,      /* pidfd_open */
  MN_CALL_PIPE,       /* pipe2 */
  MN_CALL_RANDOM,     /* getrandom */
  MN_CALL_SIGACTION,
  MN_CALL_SOCKET, /* socketpair */
  MN_CALL_SPAWN,  /* posix_spawn */
  MN_CALL_THREAD, /* pthread_create */
  MN_CALL_TIMER,  /* timer_create */
  MN_CALL_WAIT,   /* waitpid */
  MN_CALLS
} mn_os_call;

#ifdef MN_FAULTS

/* Makes the process's call number `n` of that kind from now (0 is the next) fail, and every one
 * after it when `forever`. A negative `n` turns failing off. Safe from any thread. */
void mn_os_fail_at(mn_os_call call, long n, bool forever);

/* For whoever makes the call: true when it has failed, with errno set. */
bool mn_os_must_fail(mn_os_call call);

#else

static inline bool mn_os_must_fail(mn_os_call call) {
  (void)call;
  return false;
}

#endif

#endif

/* os/faults.c -- a countdown for each kind of call. It is the process's, since the call that is to
 * fail is often another thread's. */
#include "os/faults.h"

#ifdef MN_FAULTS

#include <errno.h>
#include <stdatomic.h>

/* How many calls still succeed, plus one; 0: none fails. */
static _Atomic long countdown[MN_CALLS];
static _Atomic bool fails_forever;

void mn_os_fail_at(mn_os_call call, long n, bool forever) {
  atomic_store(&fails_forever, forever);
  atomic_store(&countdown[call], n < 0 ? 0 : n + 1);
}

bool mn_os_must_fail(mn_os_call call) {
  long left = atomic_load(&countdown[call]);
  while (left > 0) {
    long next = left > 1 ? left - 1 : atomic_load(&fails_forever);
    if (!atomic_compare_exchange_weak(&countdown[call], &left, next)) continue;
    if (left > 1) return false;
    errno = EAGAIN;
    return true;
  }
  return false;
}

#else

/* A file of C must declare something. */
typedef int mn_os_faults_none;

#endif

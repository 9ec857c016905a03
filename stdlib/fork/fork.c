/* fork/fork.c -- a loop around a wait for its descriptor. That a number is a child's, the system knows best. */
#include "fork/fork.h"

#include <errno.h>

#include "core/descriptors.h"
#include "os/pipe.h"
#include "os/process.h"

/* Without a descriptor that tells the end, how long between two looks. */
#define LOOK_AGAIN (MN_SECOND / 100)

/* MN_EMPTY while there is no reason to give up. */
static mn_status reason_to_stop(const mn_waiter *waiter, mn_time deadline) {
  mn_status asked = mn_waiter_asked_to_stop(waiter);
  if (asked != MN_EMPTY) return asked;
  return deadline != MN_FOREVER && mn_clock() >= deadline ? MN_TIMEOUT : MN_EMPTY;
}

static mn_status wait_held(mn_process *process, mn_waiter *waiter, mn_time deadline, int *status,
                           mn_held_signals *held) {
  mn_status answer = MN_EMPTY;
  while (answer == MN_EMPTY) {
    answer = mn_process_look(process, status);
    if (answer == MN_EMPTY) answer = reason_to_stop(waiter, deadline);
    if (answer != MN_EMPTY) return answer;
    mn_time soon = mn_clock() + LOOK_AGAIN, until = deadline;
    if (process->watch < 0 && soon < until) until = soon;
    mn_poll poll = {.descriptor = process->watch};
    answer = mn_descriptors_wait(waiter, &poll, 1, until, deadline, held);
  }
  return answer;
}

mn_status mn_fork_wait(int pid, mn_waiter *waiter, mn_time deadline, int *code) {
  int status;
  mn_held_signals held;
  mn_process process = mn_process_of(pid);
  const mn_wait_case wait_case = {.verb = "waitpid"};
  (void)mn_descriptors_come_back(waiter);
  mn_waiter_record(waiter, &wait_case, 1);
  mn_os_signals_hold(&held);
  mn_status answer = wait_held(&process, waiter, deadline, &status, &held);
  int failure = errno;
  mn_os_signals_release(&held);
  mn_waiter_record(waiter, NULL, 0);
  if (process.watch >= 0) mn_os_close(process.watch);
  errno = failure;
  if (answer == MN_OK) *code = mn_process_return_code(status);
  return answer;
}

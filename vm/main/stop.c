/* main/stop.c -- remembering one signal.
 *
 * A signal handler has no argument of ours, so what it works on is the process's: these
 * statics. It runs on whichever thread the system picks. */
#include "main/stop.h"

#include <signal.h>
#include <stdatomic.h>

#include "core/status_line.h"
#include "core/thread.h"
#include "os/os.h"

static atomic_int caught;
static mn_thread *_Atomic target;
static void (*_Atomic on_second)(void);

static void on_signal(int number) {
  int before = 0;
  if (!atomic_compare_exchange_strong(&caught, &before, number)) {
    void (*again)(void) = atomic_load(&on_second);
    if (again && number == SIGINT && before == SIGINT) {
      again();
      return;
    }
    mn_status_line_leave_now();
    mn_os_exit_now(128 + number);
  }
  mn_thread *thread = atomic_load(&target);
  if (thread) mn_thread_cancel_by_signal(thread);
}

bool mn_stop_install(mn_runtime *runtime) {
  atomic_store(&target, runtime->main);
  return mn_os_stop_signals_install(on_signal) == MN_OK;
}

void mn_stop_aim_at(mn_thread *thread) {
  atomic_store(&target, thread);
}

void mn_stop_on_second(void (*again)(void)) {
  atomic_store(&on_second, again);
}

void mn_stop_detach(void) {
  atomic_store(&target, NULL);
}

int mn_stop_signal(void) {
  return atomic_load(&caught);
}

bool mn_stop_forget_interrupt(void (*reset)(void *), void *argument) {
  int interrupt = SIGINT;
  mn_os_stop_signals_hold();
  bool forgotten = atomic_compare_exchange_strong(&caught, &interrupt, 0);
  if (forgotten) reset(argument);
  mn_os_stop_signals_release();
  return forgotten;
}

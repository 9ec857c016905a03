/* main/stop.c -- remembering one signal.
 *
 * A signal handler has no argument of ours, so what it works on is the process's: these two
 * statics. It runs on whichever thread the system picks. */
#include "main/stop.h"

#include <signal.h>
#include <stdatomic.h>

#include "core/thread.h"
#include "os/os.h"

static atomic_int caught;
static mn_runtime *_Atomic target;

static void on_signal(int number) {
  int none = 0;
  if (!atomic_compare_exchange_strong(&caught, &none, number)) mn_os_exit_now(128 + number);
  mn_runtime *runtime = atomic_load(&target);
  if (runtime) mn_thread_cancel_main(runtime);
}

void mn_stop_install(mn_runtime *runtime) {
  atomic_store(&target, runtime);
  (void)mn_os_stop_signals_install(on_signal);
}

void mn_stop_detach(void) {
  atomic_store(&target, NULL);
}

int mn_stop_signal(void) {
  return atomic_load(&caught);
}

bool mn_stop_forget_interrupt(void) {
  int interrupt = SIGINT;
  return atomic_compare_exchange_strong(&caught, &interrupt, 0);
}

/* core/fork.c -- before and after the copy is made.
 *
 * No thread is left when it is made, so none holds a mutex or stands in a list. What the child must not
 * take over is what the system ties to a thread or process (number, clock), what it would share with its
 * parent (poller), and what would be said or drawn twice. Signals that ask to stop wait until that is put
 * right. */
#include "core/fork.h"

#include "core/descriptors.h"
#include "core/status_line.h"
#include "core/threads.h"
#include "core/worker.h"
#include "os/fork.h"

static void begin_anew(mn_runtime *runtime, uint64_t random) {
  mn_thread_renew_main(runtime);
  mn_descriptors_renew(&runtime->main->host);
  mn_threads_forget(runtime);
  mn_status_line_forget();
  mn_mutex_lock(&runtime->mutex);
  runtime->random = random;
  mn_mutex_unlock(&runtime->mutex);
}

mn_status mn_runtime_fork(mn_runtime *runtime, uint64_t random, int *pid) {
  mn_workers_end(runtime, &runtime->main->waiter);
  mn_status_line_hide();
  mn_os_stop_signals_hold();
  mn_status status = mn_process_fork(pid);
  if (status == MN_OK && *pid == 0) begin_anew(runtime, random);
  mn_os_stop_signals_release();
  return status;
}

/* core/runtime.c -- the beginning and the end of a runtime. */
#include "core/runtime.h"

#include <errno.h>

#include "base/alloc.h"
#include "core/interrupt.h"
#include "core/long_names.h"
#include "core/standard.h"
#include "core/status_line.h"
#include "core/template.h"
#include "core/threads.h"
#include "core/worker.h"

static mn_runtime *make(int (*open_libraries)(struct lua_State *L), void *host,
                        const mn_outlet *outlet) {
  if (mn_interrupt_install() != MN_OK) return NULL;
  mn_runtime *runtime = mn_alloc_zero(sizeof *runtime);
  if (!runtime) {
    mn_interrupt_remove();
    return NULL;
  }
  runtime->open_standard = mn_standard_open;
  runtime->open_libraries = open_libraries;
  runtime->is_hosted = outlet != NULL;
  runtime->host = host;
  if (outlet) runtime->outlet = *outlet;
  mn_list_init(&runtime->threads);
  mn_list_init(&runtime->failed);
  mn_list_init(&runtime->idle);
  mn_waitlist_init(&runtime->quiet);
  if (mn_os_random(&runtime->random, sizeof runtime->random) == MN_OK)
    runtime->main = mn_thread_new_main(runtime);
  if (!runtime->main) {
    int failure = errno;
    mn_free(runtime);
    mn_interrupt_remove();
    errno = failure;
    return NULL;
  }
  runtime->template_ = mn_template_new(runtime, runtime->main);
  return runtime;
}

mn_runtime *mn_runtime_new(int (*open_libraries)(struct lua_State *L)) {
  mn_status_line_open();
  return make(open_libraries, NULL, NULL);
}

mn_runtime *mn_runtime_new_hosted(int (*open_libraries)(struct lua_State *L), void *host,
                                  const mn_outlet *outlet) {
  return make(open_libraries, host, outlet);
}

const char *mn_runtime_program(const mn_runtime *runtime) {
  return runtime->program || !runtime->find_program ? runtime->program : runtime->find_program();
}

/* ---- what is going on ---- */

void mn_runtime_busy(mn_runtime *runtime) {
  atomic_fetch_add(&runtime->busy, 1);
}

void mn_runtime_idle(mn_runtime *runtime) {
  if (atomic_fetch_sub(&runtime->busy, 1) == 1) mn_waitlist_wake_all(&runtime->quiet);
}

/* ---- the end ---- */

bool mn_runtime_finish(mn_runtime *runtime, bool failed) {
  mn_thread_end_script(runtime->main);
  if (!failed) (void)mn_threads_wait(runtime, MN_FOREVER); /* ended early by a cancel */
  if (mn_threads_stop(runtime)) return true;
  mn_threads_report_stuck(runtime);
  return false;
}

bool mn_runtime_free(mn_runtime *runtime) {
  mn_threads_report(runtime);
  mn_workers_end(runtime, &runtime->main->waiter);
  bool lost = atomic_load(&runtime->lost_error);
  mn_template_free(runtime->template_);
  mn_handle_unref(&runtime->main->handle);
  if (runtime->input) mn_handle_unref(runtime->input);
  mn_sources_free(&runtime->sources);
  mn_long_names_free(runtime);
  mn_free(runtime);
  mn_interrupt_remove();
  return lost;
}

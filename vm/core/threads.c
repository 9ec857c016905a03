/* core/threads.c -- waiting for all threads, and stopping them. */
#include "core/threads.h"

#include <stdio.h>

/* How long the end waits before it interrupts again those who have not ended: a thread may have
 * entered a system call just after the signal that was to keep it from sleeping there. */
#define INTERRUPT_AGAIN (MN_SECOND / 20)

/* Which threads the end waits for. */
typedef enum whom { THE_LASTING, ALL } whom;

typedef struct quiet_wait {
  mn_runtime *runtime;
  whom whom;
} quiet_wait;

static mn_status attempt_quiet(mn_wait_case *c) {
  quiet_wait *w = c->argument;
  mn_mutex_lock(&w->runtime->mutex);
  uint32_t left = w->whom == ALL ? w->runtime->living : w->runtime->lasting;
  mn_mutex_unlock(&w->runtime->mutex);
  return left == 0 ? MN_OK : MN_EMPTY;
}

static mn_status wait_quiet(mn_runtime *runtime, whom who, mn_time deadline) {
  quiet_wait w = {runtime, who};
  mn_wait_case c = {.list = &runtime->quiet,
                    .attempt = attempt_quiet,
                    .argument = &w,
                    .verb = "the end of all threads"};
  return mn_wait(&runtime->main->waiter, &c, 1, deadline, NULL);
}

static void cancel_all(mn_runtime *runtime) {
  mn_mutex_lock(&runtime->mutex);
  for (mn_list *l = runtime->threads.next; l != &runtime->threads; l = l->next) {
    mn_thread *thread = mn_list_entry(l, mn_thread, link);
    if (thread != runtime->main && !mn_thread_cancel(thread, NULL)) mn_thread_nudge(thread);
  }
  mn_mutex_unlock(&runtime->mutex);
}

mn_status mn_threads_wait(mn_runtime *runtime) {
  return wait_quiet(runtime, THE_LASTING, MN_FOREVER);
}

bool mn_threads_stop(mn_runtime *runtime, mn_time deadline) {
  mn_status status = MN_TIMEOUT;
  runtime->main->waiter.shield++;
  while (status == MN_TIMEOUT) {
    cancel_all(runtime);
    mn_time again = mn_clock() + INTERRUPT_AGAIN;
    bool last = deadline <= again;
    status = wait_quiet(runtime, ALL, last ? deadline : again);
    if (last) break;
  }
  runtime->main->waiter.shield--;
  return status == MN_OK;
}

void mn_threads_report_stuck(mn_runtime *runtime) {
  mn_mutex_lock(&runtime->mutex);
  for (mn_list *l = runtime->threads.next; l != &runtime->threads; l = l->next) {
    mn_thread *thread = mn_list_entry(l, mn_thread, link);
    if (thread == runtime->main) continue;
    char text[MN_THREAD_NAME + 80];
    int length = snprintf(text, sizeof text,
                          "moons: thread '%s' was cancelled but does not end; it is left behind\n",
                          thread->options.name);
    mn_os_write_error(text, (size_t)length);
  }
  mn_mutex_unlock(&runtime->mutex);
}

/* Takes the first failed thread out of the list, with a reference; NULL: none is left. */
static mn_thread *next_failed(mn_runtime *runtime) {
  mn_thread *thread = NULL;
  mn_mutex_lock(&runtime->mutex);
  while (!thread && !mn_list_is_empty(&runtime->failed)) {
    mn_list *l = runtime->failed.next;
    mn_list_remove(l);
    thread = mn_list_entry(l, mn_thread, link);
    if (!mn_handle_try_ref(&thread->handle)) thread = NULL; /* being destroyed: it reports itself */
  }
  mn_mutex_unlock(&runtime->mutex);
  return thread;
}

void mn_threads_report(mn_runtime *runtime) {
  for (mn_thread *thread; (thread = next_failed(runtime)) != NULL;) {
    mn_thread_report(thread);
    mn_handle_unref(&thread->handle);
  }
}

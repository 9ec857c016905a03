/* core/threads.c -- waiting for all threads, and stopping them. */
#include "core/threads.h"

#include <stdio.h>
#include <string.h>

#include "core/outlet.h"

/* How long the end waits for threads that were cancelled, since the last one was. */
#define STOP_TIME (5 * MN_SECOND)

/* Which threads the end waits for. */
typedef enum whom { THE_LASTING, ALL } whom;

typedef struct quiet_wait {
  mn_runtime *runtime;
  whom whom;
  mn_time until; /* how long is being waited */
} quiet_wait;

/* What attempt_quiet says when it is to be waited longer, or shorter. */
static const mn_status other_time = MN_FULL;

/* True when nobody was busy at a moment at which no lasting thread lived that could have made him so:
 * none did before, and none was started since. */
static bool is_idle(mn_runtime *runtime, uint64_t started) {
  if (runtime->main->host.expected > 0 || atomic_load(&runtime->busy) > 0) return false;
  mn_mutex_lock(&runtime->mutex);
  bool same = runtime->last_id == started;
  mn_mutex_unlock(&runtime->mutex);
  return same;
}

/* For ever while some have not been cancelled; then as long as that may take them. */
static mn_status attempt_quiet(mn_wait_case *c) {
  quiet_wait *w = c->argument;
  mn_runtime *runtime = w->runtime;
  mn_mutex_lock(&runtime->mutex);
  mn_census left = w->whom == ALL ? runtime->living : runtime->lasting;
  uint64_t started = runtime->last_id;
  mn_time due = left.cancelled < left.all ? MN_FOREVER : runtime->last_cancel + STOP_TIME;
  mn_mutex_unlock(&runtime->mutex);
  if (left.all == 0 && (w->whom == ALL || is_idle(runtime, started))) return MN_OK;
  if (left.all == 0) due = MN_FOREVER;
  if (due == w->until) return MN_EMPTY;
  w->until = due;
  return other_time;
}

/* MN_TIMEOUT: it is past the deadline, or those that are left were cancelled and do not end. */
static mn_status wait_quiet(mn_runtime *runtime, whom who, mn_time deadline) {
  quiet_wait w = {runtime, who, MN_FOREVER};
  mn_wait_case c = {.list = &runtime->quiet,
                    .attempt = attempt_quiet,
                    .argument = &w,
                    .verb = "the end of all threads"};
  mn_status status = other_time;
  while (status == other_time)
    status = mn_wait(&runtime->main->waiter, &c, 1, w.until < deadline ? w.until : deadline, NULL);
  return status;
}

mn_status mn_threads_wait(mn_runtime *runtime, mn_time deadline) {
  return wait_quiet(runtime, THE_LASTING, deadline);
}

bool mn_threads_stop(mn_runtime *runtime) {
  mn_threads_close(runtime);
  runtime->main->waiter.shield++;
  mn_status status = wait_quiet(runtime, ALL, MN_FOREVER);
  runtime->main->waiter.shield--;
  return status == MN_OK;
}

bool mn_threads_find_other(const mn_thread *self, char name[MN_THREAD_NAME]) {
  mn_runtime *runtime = self->runtime;
  bool found = false;
  mn_mutex_lock(&runtime->mutex);
  /* A thread that has just ended may still be in the list. */
  for (mn_list *l = runtime->threads.next; !found && l != &runtime->threads; l = l->next) {
    const mn_thread *thread = mn_list_entry(l, mn_thread, link);
    found = thread != self && atomic_load(&thread->status) == MN_THREAD_RUNNING;
    if (found) memcpy(name, thread->options.name, MN_THREAD_NAME);
  }
  mn_mutex_unlock(&runtime->mutex);
  return found;
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
    mn_report(runtime, text, (size_t)length);
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

void mn_threads_forget(mn_runtime *runtime) {
  for (mn_thread *thread; (thread = next_failed(runtime)) != NULL;) {
    atomic_store(&thread->collected, true);
    mn_handle_unref(&thread->handle);
  }
  atomic_store(&runtime->lost_error, false);
}

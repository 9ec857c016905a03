/* subprocess/child.c -- a process, a mutex, and how it ended.
 *
 * It is waited for under the mutex, and so are signals sent: its number is not somebody else's then. The
 * pidfd is closed with the end, or by the last of those that poll it. */
#include "subprocess/child.h"

#include <errno.h>
#include <stdio.h>

#include "base/alloc.h"
#include "core/descriptors.h"
#include "os/pipe.h"

/* How long it has to end when it is asked to. */
#define STOP_TIME MN_SECOND

/* ---- the object ---- */

static void destroy(mn_handle *handle) {
  mn_child *child = (mn_child *)(void *)handle;
  int code;
  if (child->is_started && mn_child_look(child, &code) == MN_EMPTY) {
    if (atomic_load(&child->maker->waiter.cancelled)) mn_child_signal_all(child, MN_SIGNAL_TERM);
    mn_process process = {child->pid, child->watch};
    mn_process_abandon(&process);
  }
  mn_handle_unref(&child->maker->handle);
  mn_free(child);
}

static void describe(mn_handle *handle, char *text, size_t size) {
  mn_child *child = (mn_child *)(void *)handle;
  mn_mutex_lock(&child->mutex);
  if (!child->is_started)
    (void)snprintf(text, size, "(not started)");
  else if (child->is_lost)
    (void)snprintf(text, size, "(pid %d, gone)", child->pid);
  else if (child->is_over)
    (void)snprintf(text, size, "(pid %d, returned %d)", child->pid, child->return_code);
  else
    (void)snprintf(text, size, "(pid %d, running)", child->pid);
  mn_mutex_unlock(&child->mutex);
}

const mn_type mn_child_type = {.name = "Popen", .destroy = destroy, .describe = describe};

mn_child *mn_child_new(mn_thread *maker) {
  mn_child *child = mn_alloc_zero(sizeof *child);
  if (!child) return NULL;
  mn_handle_init(&child->handle, &mn_child_type);
  child->maker = (mn_thread *)(void *)mn_handle_ref(&maker->handle);
  child->watch = -1;
  return child;
}

mn_status mn_child_start(mn_child *child, const mn_program *program, mn_time latest,
                         bool *folder_failed) {
  mn_process process;
  mn_status status = mn_process_spawn(&process, program, folder_failed);
  if (status != MN_OK) return status;
  child->pid = process.pid;
  child->watch = process.watch;
  child->has_group = program->new_group || program->new_session;
  child->latest = latest;
  child->is_started = true;
  return MN_OK;
}

/* ---- its end ---- */

static void close_watch_locked(mn_child *child) {
  if (!child->is_over || child->watchers > 0 || child->watch < 0) return;
  mn_os_close(child->watch);
  child->watch = -1;
}

static void look_locked(mn_child *child) {
  mn_process process = {child->pid, -1};
  int status = 0;
  if (child->is_over) return;
  mn_status answer = mn_process_look(&process, &status);
  if (answer == MN_EMPTY) return;
  child->is_over = true;
  child->is_lost = answer != MN_OK;
  if (answer == MN_OK) child->return_code = mn_process_return_code(status);
  close_watch_locked(child);
}

mn_status mn_child_look(mn_child *child, int *code) {
  mn_mutex_lock(&child->mutex);
  look_locked(child);
  mn_status answer = !child->is_over ? MN_EMPTY : child->is_lost ? MN_INVALID : MN_OK;
  if (answer == MN_OK) *code = child->return_code;
  mn_mutex_unlock(&child->mutex);
  return answer;
}

bool mn_child_return_code(mn_child *child, int *code) {
  mn_mutex_lock(&child->mutex);
  bool is_known = child->is_over && !child->is_lost;
  if (is_known) *code = child->return_code;
  mn_mutex_unlock(&child->mutex);
  return is_known;
}

bool mn_child_has_ended(mn_child *child) {
  mn_mutex_lock(&child->mutex);
  bool ended = child->is_over || mn_process_has_ended(&(mn_process){child->pid, -1});
  mn_mutex_unlock(&child->mutex);
  return ended;
}

int mn_child_watch(mn_child *child) {
  mn_mutex_lock(&child->mutex);
  child->watchers++;
  int watch = child->watch;
  mn_mutex_unlock(&child->mutex);
  return watch;
}

void mn_child_leave(mn_child *child) {
  mn_mutex_lock(&child->mutex);
  child->watchers--;
  close_watch_locked(child);
  mn_mutex_unlock(&child->mutex);
}

/* ---- signals ---- */

mn_status mn_child_signal(mn_child *child, int signal) {
  const mn_process process = {child->pid, -1};
  mn_status status = MN_OK;
  mn_mutex_lock(&child->mutex);
  if (!child->is_over && !mn_process_has_ended(&process))
    status = mn_process_signal(&process, signal);
  mn_mutex_unlock(&child->mutex);
  return status;
}

void mn_child_signal_all(mn_child *child, int signal) {
  const mn_process process = {child->pid, -1};
  mn_mutex_lock(&child->mutex);
  if (child->is_over)
    ;
  else if (child->has_group)
    (void)mn_process_signal_group(&process, signal);
  else if (signal == MN_SIGNAL_KILL)
    mn_process_kill(&process);
  else
    mn_process_terminate(&process);
  mn_mutex_unlock(&child->mutex);
}

/* Waits for its end, whoever is cancelled; it stays to be waited for. `waiter` NULL: a thread, whose tasks
 * do not run meanwhile. MN_OK, MN_TIMEOUT, MN_PARKED. */
static mn_status await_end(mn_child *child, mn_waiter *waiter, mn_time deadline) {
  mn_held_signals held;
  mn_poll poll = {.descriptor = mn_child_watch(child)};
  mn_status status = MN_EMPTY;
  mn_os_signals_hold(&held);
  while (status == MN_EMPTY) {
    mn_time now = mn_clock(), until = deadline;
    if (poll.descriptor < 0 && now + MN_CHILD_LOOK < until) until = now + MN_CHILD_LOOK;
    if (mn_child_has_ended(child))
      status = MN_OK;
    else if (now >= deadline)
      status = MN_TIMEOUT;
    else if (waiter && waiter->may_park)
      status = mn_descriptors_wait(waiter, &poll, 1, until, until, &held);
    else
      mn_os_poll(&poll, 1, until, &held);
    if (status == MN_NOMEM || status == MN_INVALID) { /* so it blocks */
      waiter = NULL;
      status = MN_EMPTY;
    }
  }
  mn_os_signals_release(&held);
  mn_child_leave(child);
  return status;
}

static mn_status stop(mn_child *child, mn_waiter *waiter, mn_time *until) {
  int code;
  if (*until == 0) {
    if (!child->is_started || mn_child_look(child, &code) != MN_EMPTY) return MN_OK;
    mn_child_signal_all(child, MN_SIGNAL_TERM);
    *until = mn_clock() + STOP_TIME;
  }
  if (*until != MN_FOREVER) {
    mn_status status = await_end(child, waiter, *until);
    if (status == MN_PARKED) return status;
    if (status != MN_OK || child->has_group) mn_child_signal_all(child, MN_SIGNAL_KILL);
    *until = MN_FOREVER;
  }
  mn_status status = await_end(child, waiter, MN_FOREVER);
  if (status == MN_OK) (void)mn_child_look(child, &code);
  return status;
}

mn_status mn_child_stop(mn_child *child, mn_waiter *waiter, mn_time *until) {
  waiter->shield++;
  mn_status status = stop(child, waiter, until);
  waiter->shield--;
  return status;
}

void mn_child_kill(mn_child *child) {
  int code;
  if (!child->is_started) return;
  mn_child_signal_all(child, MN_SIGNAL_KILL);
  (void)await_end(child, NULL, MN_FOREVER);
  (void)mn_child_look(child, &code);
}

/* process/process_object.c -- the driver: setup, run, the end. */
#include "process/process_object.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

static const char KIND;

/* ---- the object ---- */

static void destroy(mn_handle *handle) {
  mn_process_object *process = (mn_process_object *)(void *)handle;
  mn_message_drop(&process->work);
  mn_handle *main = atomic_load(&process->main);
  if (main) mn_handle_unref(main);
  if (process->child) mn_handle_unref(&process->child->handle);
  if (process->link) mn_link_unref(process->link);
  mn_handle_unref(&process->driver->handle);
  mn_free(process);
}

static void describe(mn_handle *handle, char *text, size_t size) {
  mn_process_object *process = (mn_process_object *)(void *)handle;
  const mn_thread *driver = process->driver;
  (void)snprintf(text, size, "'%s' (pid %d) %s", driver->options.name,
                 process->child ? process->child->pid : 0,
                 mn_thread_status_word(atomic_load(&driver->status)));
}

const mn_type mn_process_type = {.name = "Process", .destroy = destroy, .describe = describe};

mn_process_object *mn_process_object_new(mn_runtime *runtime, const mn_thread_options *options) {
  mn_thread_options own = {.daemon = options->daemon, .named = true};
  memcpy(own.name, options->name, sizeof own.name);
  mn_process_object *process = mn_alloc_zero(sizeof *process);
  if (!process) return NULL;
  mn_handle_init(&process->handle, &mn_process_type);
  process->options = *options;
  mn_waitlist_init(&process->ready);
  process->driver = mn_thread_new(runtime, &own);
  if (process->driver) return process;
  mn_free(process);
  return NULL;
}

/* ---- the driver ---- */

bool mn_process_drives(const mn_thread *thread) {
  return thread->argument_kind == &KIND;
}

/* Takes the thread out of the answer to setup. */
static void take_main(mn_process_object *process, mn_message *answer) {
  if (answer->handles > 0)
    atomic_store(&process->main, mn_handle_ref(answer->body.heap.handles[0]));
  mn_message_drop(answer);
  mn_waitlist_wake_all(&process->ready);
}

/* Has it do what it is there for. MN_CLOSED: it has ended meanwhile. */
static mn_status work(mn_process_object *process, mn_thread *self) {
  mn_peer *peer = &process->peer;
  mn_frame answer = {0};
  mn_status status = mn_peer_setup(peer, self, &process->options, &answer);
  if (status == MN_OK && answer.kind == MN_FRAME_RETURN) {
    take_main(process, &answer.message);
    status = mn_peer_call(peer, self, MN_PEER_RUN, &process->work, &answer);
  }
  if (status == MN_OK) mn_peer_take_outcome(self, &answer);
  return status;
}

static void drive(mn_thread *self, mn_worker_cache *cache) {
  mn_process_object *process = self->argument;
  char why[MN_LINK_WHY];
  (void)cache;
  self->argument = NULL;
  mn_status status = work(process, self);
  atomic_store(&process->over, true);
  mn_waitlist_wake_all(&process->ready);
  int code = mn_peer_end(&process->peer, self, status != MN_OK);
  mn_link_why(process->link, why);
  if (status == MN_NOMEM)
    mn_peer_fail(self, mn_status_word(status));
  else if (status != MN_OK && atomic_load(&self->waiter.cancelled))
    self->outcome = MN_THREAD_CANCELLED;
  else if (status != MN_OK || (code < 0 && self->outcome == MN_THREAD_DONE))
    mn_peer_fail(self, why);
  else if (code > 0 && self->outcome == MN_THREAD_DONE)
    atomic_store(&self->runtime->lost_error, true); /* which it has printed itself */
  mn_handle_unref(&process->handle);
}

mn_status mn_process_object_start(mn_process_object *process, mn_keeper_options keeper,
                                  mn_thread *self) {
  mn_thread *driver = process->driver;
  mn_status status = mn_peer_start(&process->peer, driver->options.name, keeper, self);
  if (status != MN_OK) return status;
  process->child = (mn_child *)(void *)mn_handle_ref(&process->peer.child->handle);
  process->link = mn_link_ref(process->peer.link);
  driver->body = drive;
  driver->argument = process;
  driver->argument_kind = &KIND;
  (void)mn_handle_ref(&process->handle);
  status = mn_thread_start(driver, self);
  if (status == MN_OK) return status;
  mn_child_kill(process->child);
  (void)mn_peer_end(&process->peer, self, false);
  mn_handle_unref(&process->handle);
  return status;
}

/* ---- waiting for its main thread ---- */

static mn_status attempt_ready(mn_wait_case *c) {
  mn_process_object *process = c->argument;
  if (atomic_load(&process->over)) return MN_CLOSED;
  return atomic_load(&process->main) ? MN_OK : MN_EMPTY;
}

mn_status mn_process_object_wait(mn_process_object *process, mn_waiter *waiter, mn_time deadline,
                                 mn_handle **main) {
  mn_wait_case c = {.list = &process->ready,
                    .attempt = attempt_ready,
                    .argument = process,
                    .object = &process->handle,
                    .verb = "start"};
  mn_status status = mn_wait(waiter, &c, 1, deadline, NULL);
  if (status == MN_OK) *main = atomic_load(&process->main);
  return status;
}

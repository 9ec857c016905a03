/* process/keeper.c -- a loop over poll.
 *
 * Where the link is to the parent the keeper is the last thread to go when the script ends: while the
 * others are unwound they may use the parent's objects.
 *
 * Where the link is to a child the keeper stays when it is cancelled, which happens to all daemons when
 * the script ends: whoever has started the child ends it first, and with that the link. */
#include "process/keeper.h"

#include <stdio.h>

#include "base/alloc.h"
#include "core/runtime_data.h"
#include "os/pipe.h"
#include "os/process.h"
#include "os/socket.h"
#include "process/far_future.h"

typedef struct keeper {
  mn_link *link; /* a reference */
  mn_keeper_options options;
} keeper;

static const char KIND;

/* ---- commands ---- */

/* Has a thread of its own serve the channel. Where that can't be, the channel is closed, which the other
 * side sees. */
static void open_channel(keeper *k, mn_thread *self, uint32_t number, int descriptor) {
  mn_thread_options options = {.daemon = true, .named = true};
  (void)snprintf(options.name, sizeof options.name, "for %.40s", k->link->name);
  mn_channel *channel = mn_channel_new(k->link, descriptor, number);
  if (!channel) {
    mn_os_close(descriptor);
    return;
  }
  mn_thread *thread = mn_thread_new(k->link->runtime, &options);
  if (thread) {
    thread->body = k->options.serve;
    thread->argument = channel;
    thread->argument_kind = &mn_channel_kind;
    thread->interrupt_waits_only = true; /* what need not wait is done, even for who is cancelled */
  }
  if (!thread || mn_channel_serve(channel, thread) != MN_OK ||
      mn_thread_start(thread, self) != MN_OK)
    mn_channel_free(channel);
  if (thread) mn_handle_unref(&thread->handle);
}

static bool obey(keeper *k, mn_thread *self, const mn_command *command, int descriptor) {
  if (descriptor >= 0 && command->kind != MN_COMMAND_OPEN) {
    mn_os_close(descriptor);
    return false;
  }
  switch ((mn_command_kind)command->kind) {
    case MN_COMMAND_OPEN:
      /* It does not come where there is no room for another one; then the channel is closed, too. */
      if (descriptor >= 0) open_channel(k, self, command->number, descriptor);
      return true;
    case MN_COMMAND_RELEASE: mn_link_release(k->link, command->id, command->count); return true;
    case MN_COMMAND_STOP: mn_link_stop_call(k->link, command->number, command->id); return true;
    case MN_COMMAND_TAKE_BACK:
      mn_link_give_back(k->link, command->number, command->id);
      return true;
    case MN_COMMAND_BEGUN: mn_link_note_begun(k->link, command->id); return true;
    case MN_COMMAND_WATCH: mn_far_future_watch(k->link, command->id, command->count); return true;
    case MN_COMMAND_ENDED:
      mn_far_future_ended(k->link, command->id, command->count, command->number);
      return true;
    case MN_COMMAND_BOARD: return false; /* it comes before there is a keeper */
    case MN_COMMAND_BLOCK: mn_far_futures_block(k->link, command->number != 0, self); return true;
    case MN_COMMAND_CANCEL:
      if (k->options.main) (void)mn_thread_cancel(k->options.main, NULL);
      return true;
  }
  return false;
}

/* Does what has come. False: nothing more will. */
static bool receive(keeper *k, mn_thread *self) {
  for (;;) {
    mn_command command;
    size_t count;
    int descriptor;
    mn_status status =
        mn_os_receive(k->link->control, &command, sizeof command, &count, &descriptor);
    if (status == MN_EMPTY) return true;
    if (status != MN_OK) return false;
    if (count != sizeof command) {
      if (descriptor >= 0) mn_os_close(descriptor);
      return false;
    }
    if (!obey(k, self, &command, descriptor)) return false;
  }
}

/* ---- the thread ---- */

static void swallow(int descriptor) {
  char bytes[16];
  size_t count;
  while (mn_os_receive(descriptor, bytes, sizeof bytes, &count, NULL) == MN_OK) continue;
}

static bool has_to_go(const keeper *k, const mn_thread *self) {
  return k->link->is_to_parent && atomic_load(&self->waiter.cancelled);
}

static mn_status attempt_alone(mn_wait_case *c) {
  mn_runtime *runtime = c->argument;
  mn_mutex_lock(&runtime->mutex);
  bool alone = runtime->living.all <= 1;
  mn_mutex_unlock(&runtime->mutex);
  return alone ? MN_OK : MN_EMPTY;
}

/* Waits until this is the last thread but main. */
static void wait_for_others(keeper *k, mn_thread *self) {
  mn_wait_case c = {.list = &self->runtime->quiet,
                    .attempt = attempt_alone,
                    .argument = self->runtime,
                    .object = &k->link->handle,
                    .verb = "end"};
  self->waiter.shield++;
  (void)mn_wait(&self->waiter, &c, 1, MN_FOREVER, NULL);
  self->waiter.shield--;
}

/* False: the keeper has to go. Signals are held meanwhile alone: a thread that is started inherits that, and
 * so would a process that such a thread starts. */
static bool wait_for_work(const keeper *k, const mn_thread *self, mn_poll *polls, size_t count) {
  mn_held_signals held;
  mn_os_signals_hold(&held);
  bool stays = !has_to_go(k, self);
  if (stays) mn_os_poll(polls, count, MN_FOREVER, &held);
  mn_os_signals_release(&held);
  return stays;
}

static void keep(keeper *k, mn_thread *self) {
  enum { IN, OUT, WAKE, POLLS };
  bool open = true, more = false;
  while (open) {
    mn_poll polls[POLLS] = {[IN] = {k->link->control, false, false},
                            [OUT] = {more ? k->link->control : -1, true, false},
                            [WAKE] = {k->link->wake[0], false, false}};
    if (!wait_for_work(k, self, polls, POLLS)) break;
    if (polls[WAKE].ready) swallow(k->link->wake[0]);
    if (polls[WAKE].ready || polls[OUT].ready) more = mn_link_flush(k->link);
    if (polls[IN].ready) open = receive(k, self);
  }
  if (open) wait_for_others(k, self);
  if (!open && k->options.lost) k->options.lost(k->link);
}

static void body(mn_thread *self, mn_worker_cache *cache) {
  keeper *k = self->argument;
  (void)cache;
  self->argument = NULL;
  keep(k, self);
  mn_link_close(k->link, NULL);
  mn_far_futures_close(k->link);
  mn_link_unref(k->link);
  mn_free(k);
  self->outcome = MN_THREAD_DONE;
}

mn_status mn_keeper_start(mn_link *link, const mn_keeper_options *options, mn_thread *self) {
  mn_thread_options thread_options = {.daemon = true, .named = true};
  (void)snprintf(thread_options.name, sizeof thread_options.name, "link to %.40s", link->name);
  keeper *k = mn_alloc(sizeof *k);
  mn_thread *thread = k ? mn_thread_new(link->runtime, &thread_options) : NULL;
  if (!thread) {
    mn_free(k);
    return MN_NOMEM;
  }
  *k = (keeper){mn_link_ref(link), *options};
  thread->body = body;
  thread->argument = k;
  thread->argument_kind = &KIND;
  mn_status status = mn_thread_start(thread, self);
  if (status != MN_OK) {
    mn_link_unref(link);
    mn_free(k);
  }
  mn_handle_unref(&thread->handle);
  return status;
}

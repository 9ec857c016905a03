/* subprocess/pump.c -- one loop over poll, for whatever is open. */
#include "subprocess/pump.h"

#include <errno.h>

#include "core/descriptors.h"
#include "os/pipe.h"

/* How much is read at once. */
#define AT_ONCE ((size_t)64 << 10)

/* ---- one pipe ---- */

void mn_pipe_close(mn_pipe *pipe) {
  if (pipe->descriptor >= 0) mn_os_close(pipe->descriptor);
  pipe->descriptor = -1;
}

void mn_pipe_free(mn_pipe *pipe) {
  mn_pipe_close(pipe);
  mn_buffer_free(&pipe->bytes);
  pipe->done = 0;
}

/* MN_EMPTY while there is no reason to give up. */
static mn_status reason_to_stop(const mn_waiter *waiter, mn_time deadline) {
  mn_status asked = mn_waiter_asked_to_stop(waiter);
  if (asked != MN_EMPTY) return asked;
  if (deadline != MN_FOREVER && mn_clock() >= deadline) return MN_TIMEOUT;
  return MN_EMPTY;
}

static size_t take(mn_pipe *pipe, void *bytes, size_t size) {
  size_t left = pipe->bytes.size - pipe->done, count = left < size ? left : size;
  if (count > 0) memcpy(bytes, pipe->bytes.data + pipe->done, count);
  pipe->done += count;
  if (pipe->done == pipe->bytes.size) {
    mn_buffer_free(&pipe->bytes);
    pipe->done = 0;
  }
  return count;
}

mn_status mn_pipe_read(mn_pipe *pipe, mn_waiter *waiter, void *bytes, size_t size, size_t *count) {
  *count = take(pipe, bytes, size);
  if (*count > 0 || pipe->descriptor < 0) return MN_OK;
  mn_held_signals held;
  mn_poll poll = {.descriptor = pipe->descriptor};
  mn_status status;
  mn_os_signals_hold(&held);
  while ((status = reason_to_stop(waiter, MN_FOREVER)) == MN_EMPTY) {
    status = mn_os_read(pipe->descriptor, bytes, size, count);
    if (status != MN_EMPTY) break;
    mn_os_poll(&poll, 1, MN_FOREVER, &held);
  }
  mn_os_signals_release(&held);
  return status;
}

mn_status mn_pipe_write(mn_pipe *pipe, mn_waiter *waiter, const void *bytes, size_t size,
                        bool waits, size_t *count) {
  mn_held_signals held;
  mn_poll poll = {.descriptor = pipe->descriptor, .writes = true};
  mn_status status = MN_OK;
  *count = 0;
  mn_os_signals_hold(&held);
  while (status == MN_OK && *count < size) {
    size_t now = 0;
    status =
        mn_os_write(pipe->descriptor, (const char *)bytes + *count, size - *count, &now, &held);
    *count += now;
    if (status != MN_EMPTY) continue;
    status = waits ? reason_to_stop(waiter, MN_FOREVER) : MN_TIMEOUT;
    if (status != MN_EMPTY) break;
    mn_os_poll(&poll, 1, MN_FOREVER, &held);
    status = MN_OK;
  }
  mn_os_signals_release(&held);
  return status;
}

/* ---- all of them ---- */

static bool is_open(const mn_pipe *pipe) {
  return pipe && pipe->descriptor >= 0;
}

/* Reads once. MN_EMPTY: nothing now. MN_OK: something, or the end.
 * Much is read into memory that is in use already: the system copies with the pipe locked, and fetching
 * new pages meanwhile would hold up the writer. */
static mn_status fill(mn_pipe *pipe) {
  unsigned char bytes[AT_ONCE];
  size_t count;
  if (pipe->descriptor < 0) return MN_EMPTY;
  if (!mn_buffer_reserve(&pipe->bytes, AT_ONCE)) return MN_NOMEM;
  mn_status status = mn_os_read(pipe->descriptor, bytes, sizeof bytes, &count);
  if (status == MN_EMPTY) return status;
  if (status != MN_OK || count == 0) {
    mn_pipe_close(pipe); /* an error of reading ends it, too */
    return MN_OK;
  }
  memcpy(pipe->bytes.data + pipe->bytes.size, bytes, count);
  pipe->bytes.size += count;
  if (count >= AT_ONCE && !pipe->is_wide) {
    pipe->is_wide = true;
    mn_os_pipe_widen(pipe->descriptor);
  }
  return MN_OK;
}

/* Writes once. Who does not read any more is no failure: what is left is dropped. */
static void drain(mn_pipe *pipe, mn_held_signals *held) {
  size_t count, left = pipe->bytes.size - pipe->done;
  if (left == 0) return;
  mn_status status =
      mn_os_write(pipe->descriptor, pipe->bytes.data + pipe->done, left, &count, held);
  if (status == MN_OK) pipe->done += count;
  if (status == MN_INVALID) pipe->done = pipe->bytes.size;
  if (pipe->done == pipe->bytes.size) {
    mn_buffer_free(&pipe->bytes);
    pipe->done = 0;
  }
}

mn_status mn_pipe_fill(mn_pipe *pipe) {
  return is_open(pipe) ? fill(pipe) : MN_CLOSED;
}

bool mn_pipe_drain(mn_pipe *pipe) {
  mn_held_signals held;
  if (!is_open(pipe)) return true;
  mn_os_signals_hold(&held);
  drain(pipe, &held);
  mn_os_signals_release(&held);
  return pipe->done == pipe->bytes.size;
}

static bool has_to_write(const mn_pump *pump) {
  return is_open(pump->input) && pump->input->done < pump->input->bytes.size;
}

static void close_finished_input(const mn_pump *pump) {
  if (pump->to_end && is_open(pump->input) && !has_to_write(pump)) mn_pipe_close(pump->input);
}

/* Whether the child's end is all that is waited for. */
static bool is_quiet(const mn_pump *pump) {
  return !pump->to_end ||
         (!is_open(pump->input) && !is_open(pump->outputs[0]) && !is_open(pump->outputs[1]));
}

enum { INPUT, OUTPUT, ERROR, CHILD, POLLS };

static mn_status sleep_and_move(const mn_pump *pump, mn_waiter *waiter, int watch, mn_time deadline,
                                mn_held_signals *held) {
  mn_poll polls[POLLS] = {
      [INPUT] = {has_to_write(pump) ? pump->input->descriptor : -1, true, false},
      [OUTPUT] = {is_open(pump->outputs[0]) ? pump->outputs[0]->descriptor : -1, false, false},
      [ERROR] = {is_open(pump->outputs[1]) ? pump->outputs[1]->descriptor : -1, false, false},
      [CHILD] = {is_quiet(pump) ? watch : -1, false, false}};
  mn_time until = deadline;
  if (is_quiet(pump) && watch < 0) {
    mn_time soon = mn_clock() + MN_CHILD_LOOK;
    if (until > soon) until = soon;
  }
  mn_status status = mn_descriptors_wait(waiter, polls, POLLS, until, deadline, held);
  if (status != MN_EMPTY) return status;
  if (polls[INPUT].ready) drain(pump->input, held);
  for (int i = 0; i < 2; i++)
    if (polls[OUTPUT + i].ready && fill(pump->outputs[i]) == MN_NOMEM) return MN_NOMEM;
  return MN_EMPTY;
}

/* The child is waited for last, so that its group can be signalled until then. */
static mn_status run(const mn_pump *pump, mn_waiter *waiter, mn_time deadline, int watch,
                     mn_held_signals *held, int *code) {
  for (;;) {
    close_finished_input(pump);
    mn_status status = is_quiet(pump) ? mn_child_look(pump->child, code) : MN_EMPTY;
    if (status == MN_EMPTY) status = reason_to_stop(waiter, deadline);
    if (status == MN_EMPTY) status = sleep_and_move(pump, waiter, watch, deadline, held);
    if (status != MN_EMPTY) return status;
  }
}

mn_status mn_pump_run(const mn_pump *pump, mn_waiter *waiter, mn_time deadline, int *code) {
  mn_held_signals held;
  int watch = mn_child_watch(pump->child);
  mn_os_signals_hold(&held);
  mn_status status = run(pump, waiter, deadline, watch, &held, code);
  mn_os_signals_release(&held);
  mn_child_leave(pump->child);
  return status;
}

void mn_pump_finish(const mn_pump *pump) {
  enum { READS = 64 }; /* more than a pipe holds; somebody may still write */
  if (pump->input) mn_pipe_free(pump->input);
  for (int i = 0; i < 2; i++) {
    mn_pipe *pipe = pump->outputs[i];
    for (int n = 0; n < READS && pipe && fill(pipe) == MN_OK; n++) continue;
    if (pipe) mn_pipe_close(pipe);
  }
}

/* net/output.c -- the turn to write, which a task keeps while it is away. */
#include "net/output.h"

#include <errno.h>

/* One call of mn_output_write. */
typedef struct writing {
  mn_output *output;
  mn_waiter *self;
  const unsigned char *bytes;
  size_t size;
  mn_source_use use;
  int failure; /* errno of MN_INVALID */
} writing;

static mn_output *output_of(mn_held *held) {
  return mn_list_entry(held, mn_output, held);
}

static void release(mn_output *output) {
  mn_mutex_lock(&output->mutex);
  output->writer = NULL;
  mn_mutex_unlock(&output->mutex);
  mn_waitlist_wake(&output->turns, 1);
}

/* The writer's script ends, in the midst of it. */
static void abandon(mn_held *held, mn_waiter *holder) {
  (void)holder;
  release(output_of(held));
}

void mn_output_init(mn_output *output, mn_source *source, mn_output_send *send,
                    mn_output_flush *flush, void *to) {
  *output = (mn_output){
      .source = source, .send = send, .flush = flush, .to = to, .held = {.abandon = abandon}};
  mn_waitlist_init(&output->turns);
}

/* ---- the turn ---- */

static mn_status attempt_turn(mn_wait_case *c) {
  writing *w = c->argument;
  mn_output *output = w->output;
  mn_status status = MN_OK;
  mn_mutex_lock(&output->mutex);
  if (output->closed)
    status = MN_CLOSED;
  else if (output->writer)
    status = MN_EMPTY;
  else
    output->writer = w->self;
  mn_mutex_unlock(&output->mutex);
  return status;
}

static bool has_turn(mn_output *output, const mn_waiter *self) {
  mn_mutex_lock(&output->mutex);
  bool has = output->writer == self;
  mn_mutex_unlock(&output->mutex);
  return has;
}

/* MN_OK also where the call was left with the turn, and is made once more. */
static mn_status take_turn(writing *w, mn_time deadline, mn_handle *object) {
  mn_output *output = w->output;
  if (has_turn(output, w->self)) {
    if (w->self->may_park) return MN_OK;
    /* A callback, which the thread's own write waits for: it would wait for itself. */
    w->failure = EDEADLK;
    return MN_INVALID;
  }
  mn_wait_case c = {.list = &output->turns,
                    .attempt = attempt_turn,
                    .argument = w,
                    .object = object,
                    .verb = "write"};
  mn_status status = mn_wait(w->self, &c, 1, deadline, NULL);
  if (status != MN_OK) return status;
  mn_list_push_back(&w->self->held, &output->held.link);
  output->written = 0;
  return MN_OK;
}

static void end_turn(writing *w) {
  mn_list_remove(&w->output->held.link);
  release(w->output);
}

/* ---- writing ---- */

/* Sends once, or flushes if all is written. MN_OK: there is more to do, unless *done. */
static mn_status send_once(writing *w, bool *done) {
  mn_output *output = w->output;
  size_t count = 0;
  *done = output->written >= w->size;
  if (*done) return output->flush(output->to);
  mn_status status =
      output->send(output->to, w->bytes + output->written, w->size - output->written, &count);
  if (status == MN_OK) output->written += count;
  return status;
}

static mn_status send_locked(writing *w) {
  mn_output *output = w->output;
  mn_status status = MN_OK;
  bool done = false;
  while (status == MN_OK && !done) {
    uint32_t look = mn_source_look(&w->use);
    if (output->closed) return MN_CLOSED;
    if (mn_source_is_exhausted(&w->use, &output->side)) return MN_EMPTY;
    status = send_once(w, &done);
    if (status == MN_EMPTY) mn_source_exhausted(&w->use, &output->side, look);
    w->failure = status == MN_INVALID ? errno : 0;
  }
  return status;
}

static mn_status attempt_send(mn_wait_case *c) {
  writing *w = c->argument;
  mn_mutex_lock(&w->output->mutex);
  mn_status status = send_locked(w);
  mn_mutex_unlock(&w->output->mutex);
  return status;
}

mn_status mn_output_write(mn_output *output, mn_waiter *self, const void *bytes, size_t size,
                          mn_time deadline, mn_handle *object, size_t *written) {
  writing w = {.output = output,
               .self = self,
               .bytes = bytes,
               .size = size,
               .use = {.source = output->source, .writes = true}};
  mn_wait_case c = {.attempt = attempt_send, .argument = &w, .object = object, .verb = "write"};
  *written = 0;
  mn_status status = take_turn(&w, deadline, object);
  if (status == MN_OK) {
    status = mn_source_wait(self, &w.use, &c, deadline);
    if (status == MN_PARKED) return status;
    *written = output->written;
    end_turn(&w);
  }
  if (w.failure) errno = w.failure;
  return status;
}

void mn_output_close_locked(mn_output *output) {
  output->closed = true;
}

/* remote/pull.c -- taking from a queue: the server is asked for an item, and asked again when the question is
 * over there, or was lost with a connection.
 *
 * A question stays at the server for as long as the call waits, but for MN_WIRE_PATIENCE at most: a server
 * that has gone forgets it. What comes for a call that has ended goes back. */
#include "remote/remote_object.h"

#ifdef MN_NATS

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

/* Later than the server says that the question is over. */
#define OVERDUE (MN_WIRE_PATIENCE + MN_SECOND)

enum { NOT_FOUND = 404, TIMED_OUT = 408, CONFLICT = 409, NO_RESPONDERS = 503 };
/* So long the server may take to say that the time is over. */
#define GRACE (MN_SECOND / 10)

/* Until one that refused is asked again, and how often it may. */
#define BUSY (MN_SECOND / 20)
enum { REFUSALS = 200 };

mn_status mn_pull_open(mn_pull *pull, mn_remote_object *queue, uint32_t batch, bool at_once,
                       mn_time deadline) {
  *pull = (mn_pull){.queue = queue, .batch = batch, .at_once = at_once, .deadline = deadline};
  return mn_inbox_open(&pull->inbox, queue->remote->wire, queue->topic, queue->name);
}

void mn_pull_close(mn_pull *pull) {
  mn_wire *wire = pull->inbox.wire;
  mn_inbox_close(&pull->inbox);
  if (!pull->letter) return;
  mn_wire_give_back(wire, pull->letter->message);
  mn_letter_free(wire, pull->letter);
  pull->letter = NULL;
}

/* Nanoseconds that the question is to stay at the server. */
static mn_time span_of(const mn_pull *pull) {
  if (pull->deadline == MN_FOREVER) return MN_WIRE_PATIENCE;
  mn_time left = pull->deadline - mn_clock();
  if (left < MN_SECOND / 1000) return MN_SECOND / 1000;
  return left < MN_WIRE_PATIENCE ? left : MN_WIRE_PATIENCE;
}

static mn_status ask(mn_pull *pull) {
  char subject[MN_WIRE_SUBJECT], reply[MN_WIRE_SUBJECT], body[96];
  const char *name = pull->queue->name;
  int size =
      pull->at_once || pull->closed
          ? snprintf(body, sizeof body, "{\"batch\":%u,\"no_wait\":true}", (unsigned)pull->batch)
          : snprintf(body, sizeof body, "{\"batch\":%u,\"expires\":%lld}", (unsigned)pull->batch,
                     (long long)span_of(pull));
  (void)snprintf(subject, sizeof subject, "$JS.API.CONSUMER.MSG.NEXT.Q_%s.C", name);
  mn_inbox_slot_subject(&pull->inbox, reply);
  mn_status status = mn_wire_publish(pull->inbox.wire, subject, reply, body, (size_t)size);
  if (status == MN_OK) pull->asked = mn_clock();
  return status;
}

/* That it was closed may have been told while the connection was away. */
static void ask_whether_closed(const mn_pull *pull) {
  char subject[MN_WIRE_SUBJECT], reply[MN_WIRE_SUBJECT];
  (void)snprintf(subject, sizeof subject, "$JS.API.STREAM.INFO.Q_%s", pull->queue->name);
  mn_inbox_subject(&pull->inbox, 1, reply);
  (void)mn_wire_publish(pull->inbox.wire, subject, reply, "", 0);
}

/* The answer to that. */
static bool says_closed(const mn_wire *wire, const mn_letter *letter) {
  static const char mark[] = "\"subjects\":[\"moons.closed.";
  const char *text = wire->nats->natsMsg_GetData(letter->message);
  size_t size = (size_t)wire->nats->natsMsg_GetDataLength(letter->message);
  for (; size >= sizeof mark - 1; text++, size--)
    if (memcmp(text, mark, sizeof mark - 1) == 0) return true;
  return false;
}

/* The server has nothing for us: why. */
static mn_status read_status(mn_pull *pull, int status) {
  if (pull->closed && status == NOT_FOUND) return MN_CLOSED;
  if (pull->at_once && (status == NOT_FOUND || status == TIMED_OUT)) return MN_FULL;
  if (mn_clock() >= pull->deadline) return MN_TIMEOUT;
  pull->asked = 0;
  if (status != CONFLICT && status != NO_RESPONDERS) return MN_EMPTY;
  /* One that refuses, or has no leader now, is not asked again at once. */
  pull->asked = mn_clock() - OVERDUE + BUSY;
  mn_wire_beat_by(pull->inbox.wire, mn_clock() + BUSY + 1);
  return ++pull->refusals > REFUSALS ? MN_INVALID : MN_EMPTY;
}

static mn_status read_letter(mn_pull *pull, mn_letter *letter) {
  mn_status status = MN_EMPTY;
  if (letter->index == 0 && letter->status == 0) {
    pull->letter = letter;
    return MN_OK;
  }
  if (letter->index == 0)
    status = read_status(pull, letter->status);
  else if (letter->status == 0 && says_closed(pull->inbox.wire, letter)) {
    pull->closed = true;
    pull->asked = 0;
  }
  mn_letter_free(pull->inbox.wire, letter);
  return status;
}

static mn_status attempt(mn_wait_case *c) {
  mn_pull *pull = c->argument;
  mn_wire *wire = pull->inbox.wire;
  mn_status status = MN_EMPTY;
  mn_letter *letter;
  while (status == MN_EMPTY && (letter = mn_inbox_take(&pull->inbox)))
    status = read_letter(pull, letter);
  if (status != MN_EMPTY) return status;
  if (atomic_load(&wire->closed) || mn_wire_is_lost(wire)) return MN_BROKEN;
  if (!atomic_load(&wire->connected) && mn_clock() >= pull->deadline) return MN_TIMEOUT;
  if (!pull->closed && atomic_load(&pull->queue->topic->count) > 0) {
    pull->closed = true;
    pull->asked = 0;
  }
  bool again =
      mn_inbox_was_lost(&pull->inbox) || (pull->asked != 0 && mn_clock() - pull->asked > OVERDUE);
  if (again) pull->asked = 0;
  if (pull->asked != 0 || !atomic_load(&wire->connected)) return MN_EMPTY;
  status = ask(pull);
  if (again && status == MN_OK) ask_whether_closed(pull);
  return status == MN_OK || status == MN_BROKEN ? MN_EMPTY : status;
}

mn_time mn_pull_latest(const mn_pull *pull) {
  return pull->deadline == MN_FOREVER ? MN_FOREVER : pull->deadline + GRACE;
}

void mn_pull_prepare(mn_pull *pull, mn_wait_case *wait) {
  *wait = (mn_wait_case){.list = &pull->inbox.reader,
                         .attempt = attempt,
                         .argument = pull,
                         .object = &pull->queue->handle,
                         .verb = "get",
                         .far = true};
}

mn_status mn_pull_hold(mn_pull *pull, mn_letter *letter, uint64_t taker) {
  mn_wire *wire = pull->inbox.wire;
  mn_remote_object *queue = pull->queue;
  const char *reply = wire->nats->natsMsg_GetReply(letter->message);
  mn_item *item = mn_item_new(wire, reply ? reply : "", queue->setting, taker);
  if (!item) {
    if (reply) (void)mn_wire_publish(wire, reply, NULL, "-NAK", 4);
    return MN_NOMEM;
  }
  mn_mutex_lock(&queue->mutex);
  mn_list_push_back(&queue->items, &item->own);
  mn_mutex_unlock(&queue->mutex);
  return MN_OK;
}

#else

/* A file of C must declare something. */
typedef int mn_pull_none;

#endif

/* remote/wire.c -- callbacks of the C client, and what they wake.
 *
 * The callbacks run on threads of the client, which know nothing of moons: they take the wire's mutex, put
 * something down, and wake a list. Each has a reference of the wire until the client says that it won't
 * call any more. The client is called without the mutex.
 *
 * Lock order: the wire's mutex, then a list's. */
#include "remote/wire.h"

#ifdef MN_NATS

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define EVENTS      "moons.event."
#define EVENTS_SIZE (sizeof EVENTS - 1)
#define GIVE_BACK   "$JS.ACK."

mn_wire *mn_wire_ref(mn_wire *wire) {
  (void)atomic_fetch_add(&wire->references, 1);
  return wire;
}

/* ---- what comes in ---- */

int mn_wire_status_of(const mn_nats *nats, natsMsg *message) {
  const char *text = NULL;
  if (nats->natsMsgHeader_Get(message, "Status", &text) != NATS_OK || !text) return 0;
  return atoi(text);
}

void mn_wire_give_back(const mn_wire *wire, const natsMsg *message) {
  const char *reply = wire->nats->natsMsg_GetReply(message);
  if (reply && strncmp(reply, GIVE_BACK, sizeof GIVE_BACK - 1) == 0)
    (void)wire->nats->natsConnection_Publish(wire->connection, reply, "-NAK", 4);
}

void mn_letter_free(const mn_wire *wire, mn_letter *letter) {
  wire->nats->natsMsg_Destroy(letter->message);
  mn_free(letter);
}

static bool deliver(mn_wire *wire, mn_letter *letter, uint64_t number) {
  mn_mutex_lock(&wire->mutex);
  mn_inbox *inbox = mn_id_map_get(&wire->inboxes, number);
  if (inbox) {
    mn_list_push_back(&inbox->letters, &letter->node);
    mn_waitlist_wake_all(&inbox->reader);
  }
  mn_mutex_unlock(&wire->mutex);
  return inbox != NULL;
}

static void on_letter(natsConnection *connection, natsSubscription *subscription, natsMsg *message,
                      void *closure) {
  mn_wire *wire = closure;
  (void)connection, (void)subscription;
  const char *subject = wire->nats->natsMsg_GetSubject(message);
  char *end = NULL;
  uint64_t number = strtoull(subject + wire->inbox_size, &end, 16);
  mn_letter *letter = mn_alloc(sizeof *letter);
  if (letter) {
    letter->message = message;
    letter->status = mn_wire_status_of(wire->nats, message);
    letter->index = *end == '.' ? (uint32_t)strtoul(end + 1, NULL, 16) : 0;
    if (deliver(wire, letter, number)) return;
    mn_free(letter);
  }
  wire->nats->natsMsg_Destroy(message);
}

static uint64_t number_of(const char *name) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (; *name; name++) hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
  return hash;
}

/* Calls `f` for each inbox. */
static void each_inbox_locked(mn_wire *wire, void (*f)(mn_inbox *inbox, const void *argument),
                              const void *argument) {
  for (size_t i = 0; i < wire->inboxes.capacity; i++)
    if (wire->inboxes.entries[i].value) f(wire->inboxes.entries[i].value, argument);
}

static void wake_of_topic(mn_inbox *inbox, const void *topic) {
  if (inbox->topic == topic) mn_waitlist_wake_all(&inbox->reader);
}

static void on_event(natsConnection *connection, natsSubscription *subscription, natsMsg *message,
                     void *closure) {
  mn_wire *wire = closure;
  (void)connection, (void)subscription;
  const char *subject = wire->nats->natsMsg_GetSubject(message);
  mn_mutex_lock(&wire->mutex);
  mn_topic *topic = mn_id_map_get(&wire->topics, number_of(subject + EVENTS_SIZE));
  if (topic) {
    atomic_store(&topic->last, mn_clock());
    (void)atomic_fetch_add(&topic->count, 1);
    mn_waitlist_wake_all(&topic->waiting);
    each_inbox_locked(wire, wake_of_topic, topic);
  }
  mn_mutex_unlock(&wire->mutex);
  wire->nats->natsMsg_Destroy(message);
}

/* ---- how the connection is ---- */

static void wake_lost(mn_inbox *inbox, const void *argument) {
  (void)argument;
  inbox->lost = true;
  mn_waitlist_wake_all(&inbox->reader);
}

static void ring_locked(mn_wire *wire) {
  (void)atomic_fetch_add(&wire->bell, 1);
  mn_futex_wake(&wire->bell, 1);
}

static void wake_topics_locked(mn_wire *wire) {
  for (size_t i = 0; i < wire->topics.capacity; i++) {
    mn_topic *topic = wire->topics.entries[i].value;
    if (topic) mn_waitlist_wake_all(&topic->waiting);
  }
}

static void set_state(mn_wire *wire, bool connected, bool closed, const char *why) {
  mn_mutex_lock(&wire->mutex);
  if (atomic_load(&wire->connected) != connected) atomic_store(&wire->since, mn_clock());
  atomic_store(&wire->connected, connected);
  if (closed) atomic_store(&wire->closed, true);
  if (why) (void)snprintf(wire->why, sizeof wire->why, "%s", why);
  each_inbox_locked(wire, wake_lost, NULL);
  mn_waitlist_wake_all(&wire->changed);
  if (!connected) wake_topics_locked(wire);
  ring_locked(wire);
  mn_mutex_unlock(&wire->mutex);
}

static void on_disconnected(natsConnection *connection, void *closure) {
  mn_wire *wire = closure;
  const char *why = NULL;
  (void)wire->nats->natsConnection_GetLastError(connection, &why);
  set_state(wire, false, false, why && *why ? why : "the server has closed the connection");
}

static void on_reconnected(natsConnection *connection, void *closure) {
  (void)connection;
  set_state(closure, true, false, NULL);
}

static void on_closed(natsConnection *connection, void *closure) {
  (void)connection;
  set_state(closure, false, true, NULL);
  mn_wire_unref(closure);
}

/* The client would write to standard error. */
static void on_error(natsConnection *connection, natsSubscription *subscription, natsStatus status,
                     void *closure) {
  mn_wire *wire = closure;
  (void)connection, (void)subscription;
  mn_mutex_lock(&wire->mutex);
  (void)snprintf(wire->why, sizeof wire->why, "%s", wire->nats->natsStatus_GetText(status));
  mn_mutex_unlock(&wire->mutex);
}

static void on_complete(void *closure) {
  mn_wire_unref(closure);
}

bool mn_wire_is_lost(mn_wire *wire) {
  if (atomic_load(&wire->closed)) return true;
  if (atomic_load(&wire->connected)) return false;
  return mn_clock() - atomic_load(&wire->since) > wire->patience;
}

void mn_wire_why(mn_wire *wire, char why[MN_WIRE_WHY]) {
  mn_mutex_lock(&wire->mutex);
  memcpy(why, wire->why, MN_WIRE_WHY);
  mn_mutex_unlock(&wire->mutex);
}

static mn_status attempt_connected(mn_wait_case *c) {
  mn_wire *wire = c->argument;
  if (atomic_load(&wire->closed)) return MN_CLOSED;
  if (mn_wire_is_lost(wire)) return MN_BROKEN;
  return atomic_load(&wire->connected) ? MN_OK : MN_EMPTY;
}

mn_status mn_wire_await(mn_wire *wire, mn_waiter *self, mn_time deadline) {
  mn_wait_case c = {
      .list = &wire->changed, .attempt = attempt_connected, .argument = wire, .verb = "reconnect"};
  return mn_wait(self, &c, 1, deadline, NULL);
}

/* ---- making and closing ---- */

mn_wire *mn_wire_new(const mn_nats *nats, mn_time patience) {
  mn_wire *wire = mn_alloc_zero(sizeof *wire);
  uint64_t random;
  if (!wire || mn_os_random(&random, sizeof random) != MN_OK) {
    mn_free(wire);
    return NULL;
  }
  atomic_init(&wire->references, 1);
  wire->nats = nats;
  wire->patience = patience;
  wire->inbox_size = (size_t)snprintf(wire->inbox, sizeof wire->inbox, "_INBOX.moons%016llx.",
                                      (unsigned long long)random);
  mn_waitlist_init(&wire->changed);
  mn_list_init(&wire->held);
  wire->beat = wire->wanted = MN_FOREVER;
  atomic_init(&wire->since, mn_clock());
  return wire;
}

void mn_wire_unref(mn_wire *wire) {
  if (atomic_fetch_sub(&wire->references, 1) > 1) return;
  mn_slots_free(wire);
  if (wire->letters) wire->nats->natsSubscription_Destroy(wire->letters);
  if (wire->events) wire->nats->natsSubscription_Destroy(wire->events);
  if (wire->connection) wire->nats->natsConnection_Destroy(wire->connection);
  for (size_t i = 0; i < wire->topics.capacity; i++) mn_free(wire->topics.entries[i].value);
  mn_id_map_free(&wire->topics);
  mn_id_map_free(&wire->inboxes);
  mn_free(wire);
}

static natsStatus subscribe(mn_wire *wire, natsSubscription **subscription, const char *subject,
                            natsMsgHandler handler) {
  natsStatus s =
      wire->nats->natsConnection_Subscribe(subscription, wire->connection, subject, handler, wire);
  if (s != NATS_OK) return s;
  /* What is asked for is bounded by who asks. */
  (void)wire->nats->natsSubscription_SetPendingLimits(*subscription, -1, -1);
  s = wire->nats->natsSubscription_SetOnCompleteCB(*subscription, on_complete, mn_wire_ref(wire));
  if (s != NATS_OK) mn_wire_unref(wire);
  return s;
}

static natsStatus set_callbacks(mn_wire *wire, natsOptions *options) {
  const mn_nats *nats = wire->nats;
  natsStatus s = nats->natsOptions_SetDisconnectedCB(options, on_disconnected, wire);
  if (s == NATS_OK) s = nats->natsOptions_SetReconnectedCB(options, on_reconnected, wire);
  if (s == NATS_OK) s = nats->natsOptions_SetErrorHandler(options, on_error, wire);
  if (s == NATS_OK) s = nats->natsOptions_SetClosedCB(options, on_closed, wire);
  return s;
}

natsStatus mn_wire_connect(mn_wire *wire, natsOptions *options, char *why) {
  const mn_nats *nats = wire->nats;
  char subject[sizeof wire->inbox + 1];
  (void)snprintf(subject, sizeof subject, "%s>", wire->inbox);
  natsStatus s = set_callbacks(wire, options);
  /* Before the client can call back. */
  (void)mn_wire_ref(wire); /* on_closed's */
  atomic_store(&wire->connected, true);
  if (s == NATS_OK) s = nats->natsConnection_Connect(&wire->connection, options);
  if (s != NATS_OK) {
    mn_wire_unref(wire);
  } else {
    s = subscribe(wire, &wire->letters, subject, on_letter);
    if (s == NATS_OK) s = subscribe(wire, &wire->events, EVENTS ">", on_event);
    if (s == NATS_OK)
      s = nats->natsConnection_FlushTimeout(wire->connection, MN_WIRE_PATIENCE / 1000000);
  }
  if (s != NATS_OK) {
    const char *text = nats->nats_GetLastError(NULL);
    (void)snprintf(why, MN_WIRE_WHY, "%s", text && *text ? text : nats->natsStatus_GetText(s));
    if (wire->connection) mn_wire_close(wire);
  }
  return s;
}

void mn_wire_close(mn_wire *wire) {
  set_state(wire, false, true, "the connection was closed here");
  wire->nats->natsConnection_Close(wire->connection);
}

/* ---- sending ---- */

static mn_status status_of_nats(const mn_wire *wire, natsStatus s) {
  switch (s) {
    case NATS_OK: return MN_OK;
    case NATS_MAX_PAYLOAD: return MN_FULL;
    case NATS_NO_MEMORY: return MN_NOMEM;
    default: return atomic_load(&wire->closed) ? MN_CLOSED : MN_BROKEN;
  }
}

/* What is sent while it is away would be kept by the client, and sent later, when nobody wants it. */
static mn_status is_open(const mn_wire *wire) {
  if (atomic_load(&wire->closed)) return MN_CLOSED;
  return atomic_load(&wire->connected) ? MN_OK : MN_BROKEN;
}

mn_status mn_wire_publish(mn_wire *wire, const char *subject, const char *reply, const void *bytes,
                          size_t size) {
  mn_status status = is_open(wire);
  if (status != MN_OK) return status;
  if (size > INT32_MAX) return MN_FULL;
  natsStatus s =
      reply ? wire->nats->natsConnection_PublishRequest(wire->connection, subject, reply, bytes,
                                                        (int)size)
            : wire->nats->natsConnection_Publish(wire->connection, subject, bytes, (int)size);
  return status_of_nats(wire, s);
}

mn_status mn_wire_publish_with(mn_wire *wire, const char *subject, const char *reply,
                               const void *bytes, size_t size, const char *const *headers) {
  natsMsg *message = NULL;
  mn_status status = is_open(wire);
  if (status != MN_OK) return status;
  if (size > INT32_MAX) return MN_FULL;
  natsStatus s = wire->nats->natsMsg_Create(&message, subject, reply, bytes, (int)size);
  for (; s == NATS_OK && *headers; headers += 2)
    s = wire->nats->natsMsgHeader_Set(message, headers[0], headers[1]);
  if (s == NATS_OK) s = wire->nats->natsConnection_PublishMsg(wire->connection, message);
  wire->nats->natsMsg_Destroy(message);
  return status_of_nats(wire, s);
}

/* ---- inboxes ---- */

static bool beat_by_locked(mn_wire *wire, mn_time due);

mn_status mn_inbox_open(mn_inbox *inbox, mn_wire *wire, const mn_topic *topic, const char *queue) {
  *inbox = (mn_inbox){.wire = wire, .topic = topic, .queue = queue};
  mn_waitlist_init(&inbox->reader);
  mn_list_init(&inbox->letters);
  mn_mutex_lock(&wire->mutex);
  inbox->number = ++wire->last_inbox;
  bool done = beat_by_locked(wire, mn_clock() + MN_WIRE_PATIENCE) &&
              mn_id_map_set(&wire->inboxes, inbox->number, inbox);
  mn_mutex_unlock(&wire->mutex);
  if (done && queue) inbox->slot = mn_slot_take(wire, inbox);
  if (done && (inbox->slot || !queue)) return MN_OK;
  mn_inbox_close(inbox);
  return atomic_load(&wire->closed) ? MN_CLOSED : MN_NOMEM;
}

void mn_inbox_close(mn_inbox *inbox) {
  mn_wire *wire = inbox->wire;
  if (inbox->slot) mn_slot_give(inbox->slot);
  mn_mutex_lock(&wire->mutex);
  mn_id_map_remove(&wire->inboxes, inbox->number);
  mn_mutex_unlock(&wire->mutex);
  /* Nobody else knows the list any more. */
  while (!mn_list_is_empty(&inbox->letters)) {
    mn_letter *letter = mn_list_entry(inbox->letters.next, mn_letter, node);
    mn_list_remove(&letter->node);
    if (letter->status == 0 && inbox->slot) mn_wire_give_back(wire, letter->message);
    mn_letter_free(wire, letter);
  }
}

void mn_inbox_subject(const mn_inbox *inbox, uint32_t index, char subject[MN_WIRE_SUBJECT]) {
  (void)snprintf(subject, MN_WIRE_SUBJECT, "%s%llx.%x", inbox->wire->inbox,
                 (unsigned long long)inbox->number, (unsigned)index);
}

void mn_inbox_slot_subject(const mn_inbox *inbox, char subject[MN_WIRE_SUBJECT]) {
  (void)snprintf(subject, MN_WIRE_SUBJECT, "%.*sp.%llx.%llx", (int)inbox->wire->inbox_size - 1,
                 inbox->wire->inbox, (unsigned long long)inbox->slot->number,
                 (unsigned long long)inbox->number);
}

mn_letter *mn_inbox_take(mn_inbox *inbox) {
  mn_letter *letter = NULL;
  mn_mutex_lock(&inbox->wire->mutex);
  if (!mn_list_is_empty(&inbox->letters)) {
    letter = mn_list_entry(inbox->letters.next, mn_letter, node);
    mn_list_remove(&letter->node);
  }
  mn_mutex_unlock(&inbox->wire->mutex);
  return letter;
}

bool mn_inbox_was_lost(mn_inbox *inbox) {
  mn_mutex_lock(&inbox->wire->mutex);
  bool lost = inbox->lost;
  inbox->lost = false;
  mn_mutex_unlock(&inbox->wire->mutex);
  return lost;
}

/* ---- events ---- */

mn_topic *mn_wire_topic(mn_wire *wire, const char *name) {
  uint64_t number = number_of(name);
  mn_mutex_lock(&wire->mutex);
  mn_topic *topic = mn_id_map_get(&wire->topics, number);
  if (!topic) {
    topic = mn_alloc_zero(sizeof *topic);
    if (topic) mn_waitlist_init(&topic->waiting);
    if (topic && !mn_id_map_set(&wire->topics, number, topic)) {
      mn_free(topic);
      topic = NULL;
    }
  }
  mn_mutex_unlock(&wire->mutex);
  return topic;
}

mn_status mn_wire_tell(mn_wire *wire, const char *name) {
  char subject[MN_WIRE_SUBJECT];
  (void)snprintf(subject, sizeof subject, EVENTS "%s", name);
  return mn_wire_publish(wire, subject, NULL, "", 0);
}

typedef struct topic_wait {
  mn_topic *topic;
  mn_wire *wire;
  uint64_t seen;
} topic_wait;

static mn_status attempt_event(mn_wait_case *c) {
  const topic_wait *wait = c->argument;
  if (atomic_load(&wait->wire->closed)) return MN_CLOSED;
  if (!atomic_load(&wait->wire->connected)) return MN_BROKEN;
  return atomic_load(&wait->topic->count) != wait->seen ? MN_OK : MN_EMPTY;
}

mn_status mn_topic_await(mn_topic *topic, mn_wire *wire, uint64_t seen, mn_waiter *self,
                         mn_time deadline) {
  topic_wait wait = {topic, wire, seen};
  mn_wait_case c = {.list = &topic->waiting,
                    .attempt = attempt_event,
                    .argument = &wait,
                    .verb = "news of other machines",
                    .far = true};
  return mn_wait(self, &c, 1, deadline, NULL);
}

/* ---- the beat ---- */

enum { AT_ONCE = 16 }; /* so many are told in a row */

/* Copies the subjects of items whose time has come. How many. */
static size_t due_items_locked(mn_wire *wire, mn_time now, char subjects[][MN_WIRE_SUBJECT]) {
  size_t count = 0;
  wire->beat = MN_FOREVER;
  for (mn_list *at = wire->held.next; at != &wire->held; at = at->next) {
    mn_item *item = mn_list_entry(at, mn_item, node);
    if (item->due <= now && count < AT_ONCE) {
      memcpy(subjects[count++], item->reply, strlen(item->reply) + 1);
      item->due = now + item->period;
    }
    if (item->due < wire->beat) wire->beat = item->due;
  }
  return count;
}

/* Those who wait look again: at what was never answered, and whether the connection is away too long. */
static void wake_reader(mn_inbox *inbox, const void *argument) {
  (void)argument;
  mn_waitlist_wake_all(&inbox->reader);
}

static void beat(void *argument) {
  mn_wire *wire = argument;
  char subjects[AT_ONCE][MN_WIRE_SUBJECT];
  mn_os_thread_set_name("moons-remote");
  while (!atomic_load(&wire->closed)) {
    uint32_t seen = atomic_load(&wire->bell);
    mn_mutex_lock(&wire->mutex);
    mn_time now = mn_clock();
    size_t count = due_items_locked(wire, now, subjects);
    if (wire->wanted <= now) wire->wanted = MN_FOREVER;
    if (wire->wanted < wire->beat) wire->beat = wire->wanted;
    if (wire->inboxes.count > 0 || !atomic_load(&wire->connected)) {
      mn_time soon = now + MN_WIRE_PATIENCE;
      if (wire->patience < MN_WIRE_PATIENCE) soon = now + wire->patience;
      if (wire->beat > soon) wire->beat = soon;
      each_inbox_locked(wire, wake_reader, NULL);
      mn_waitlist_wake_all(&wire->changed);
    }
    mn_time until = wire->beat;
    mn_mutex_unlock(&wire->mutex);
    for (size_t i = 0; i < count; i++) (void)mn_wire_publish(wire, subjects[i], NULL, "+WPI", 4);
    if (!atomic_load(&wire->closed)) (void)mn_futex_wait(&wire->bell, seen, until);
  }
  mn_wire_unref(wire);
}

/* False: there is no thread for it. */
static bool beat_by_locked(mn_wire *wire, mn_time due) {
  if (!wire->beats) {
    wire->start = (mn_os_start){.entry = beat, .argument = mn_wire_ref(wire)};
    wire->beats = mn_os_thread_start(&wire->start) == MN_OK;
    if (!wire->beats) mn_wire_unref(wire);
  } else if (due < wire->beat) {
    wire->beat = due;
    ring_locked(wire);
  }
  return wire->beats;
}

void mn_wire_beat_by(mn_wire *wire, mn_time due) {
  mn_mutex_lock(&wire->mutex);
  if (due < wire->wanted) wire->wanted = due;
  (void)beat_by_locked(wire, due);
  mn_mutex_unlock(&wire->mutex);
}

mn_item *mn_item_new(mn_wire *wire, const char *reply, mn_time ack_wait, uint64_t taker) {
  size_t size = strlen(reply) + 1;
  mn_item *item = size <= MN_WIRE_SUBJECT ? mn_alloc(sizeof *item + size) : NULL;
  if (!item) return NULL;
  memcpy(item->reply, reply, size);
  mn_list_init(&item->own);
  item->taker = taker;
  item->period = ack_wait / 3;
  item->due = mn_clock() + item->period;
  mn_mutex_lock(&wire->mutex);
  mn_list_push_back(&wire->held, &item->node);
  bool done = beat_by_locked(wire, item->due);
  if (!done) mn_list_remove(&item->node);
  mn_mutex_unlock(&wire->mutex);
  if (done) return item;
  mn_free(item);
  return NULL;
}

void mn_item_free(mn_wire *wire, mn_item *item) {
  mn_mutex_lock(&wire->mutex);
  mn_list_remove(&item->node);
  mn_mutex_unlock(&wire->mutex);
  mn_free(item);
}

#else

/* A file of C must declare something. */
typedef int mn_wire_none;

#endif

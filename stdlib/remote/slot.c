/* remote/slot.c -- subscriptions for the items of queues.
 *
 * A slot is never given up before the connection is: what the server still sends to it comes to who has it
 * then, if that is of the queue, or goes back. The server's word on a question names the inbox that has
 * asked, so that nobody takes it for his own. */
#include "remote/wire.h"

#ifdef MN_NATS

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define ITEMS "moons.queue."

/* Whether it is for the slot's user. */
static bool is_for(const mn_inbox *user, const char *subject, int status) {
  if (!user) return false;
  if (status == 0)
    return strncmp(subject, ITEMS, sizeof ITEMS - 1) == 0 &&
           strcmp(subject + sizeof ITEMS - 1, user->queue) == 0;
  const char *number = strrchr(subject, '.');
  return number && strtoull(number + 1, NULL, 16) == user->number;
}

static bool deliver(mn_slot *slot, mn_letter *letter, const char *subject) {
  mn_mutex_lock(&slot->wire->mutex);
  mn_inbox *user = slot->user;
  bool done = is_for(user, subject, letter->status);
  if (done) {
    mn_list_push_back(&user->letters, &letter->node);
    mn_waitlist_wake_all(&user->reader);
  }
  mn_mutex_unlock(&slot->wire->mutex);
  return done;
}

static void on_item(natsConnection *connection, natsSubscription *subscription, natsMsg *message,
                    void *closure) {
  mn_slot *slot = closure;
  const mn_nats *nats = slot->wire->nats;
  (void)connection, (void)subscription;
  int status = mn_wire_status_of(nats, message);
  mn_letter *letter = mn_alloc(sizeof *letter);
  if (letter) {
    *letter = (mn_letter){.message = message, .status = status};
    if (deliver(slot, letter, nats->natsMsg_GetSubject(message))) return;
    mn_free(letter);
  }
  if (status == 0) mn_wire_give_back(slot->wire, message);
  nats->natsMsg_Destroy(message);
}

static void on_complete(void *closure) {
  mn_wire_unref(((mn_slot *)closure)->wire);
}

static natsStatus subscribe(mn_slot *slot) {
  mn_wire *wire = slot->wire;
  char subject[MN_WIRE_SUBJECT];
  (void)snprintf(subject, sizeof subject, "%.*sp.%llx.*", (int)wire->inbox_size - 1, wire->inbox,
                 (unsigned long long)slot->number);
  natsStatus s = wire->nats->natsConnection_Subscribe(&slot->subscription, wire->connection,
                                                      subject, on_item, slot);
  if (s != NATS_OK) return s;
  (void)wire->nats->natsSubscription_SetPendingLimits(slot->subscription, -1, -1);
  s = wire->nats->natsSubscription_SetOnCompleteCB(slot->subscription, on_complete, slot);
  if (s == NATS_OK) (void)mn_wire_ref(wire);
  return s;
}

/* Nothing comes to it: the connection is gone, or it was never asked for anything. */
static void drop(mn_slot *slot) {
  if (slot->subscription) slot->wire->nats->natsSubscription_Destroy(slot->subscription);
  mn_free(slot);
}

static mn_slot *new_slot(mn_wire *wire, mn_inbox *user) {
  mn_slot *slot = mn_alloc_zero(sizeof *slot);
  if (!slot) return NULL;
  slot->wire = wire;
  slot->user = user;
  mn_mutex_lock(&wire->mutex);
  slot->number = ++wire->last_slot;
  mn_mutex_unlock(&wire->mutex);
  if (subscribe(slot) != NATS_OK) {
    drop(slot);
    return NULL;
  }
  mn_mutex_lock(&wire->mutex);
  slot->next = wire->slots;
  wire->slots = slot;
  mn_mutex_unlock(&wire->mutex);
  return slot;
}

mn_slot *mn_slot_take(mn_wire *wire, mn_inbox *user) {
  mn_mutex_lock(&wire->mutex);
  mn_slot *slot = wire->slots;
  while (slot && slot->user) slot = slot->next;
  if (slot) slot->user = user;
  mn_mutex_unlock(&wire->mutex);
  return slot ? slot : new_slot(wire, user);
}

void mn_slot_give(mn_slot *slot) {
  mn_mutex_lock(&slot->wire->mutex);
  slot->user = NULL;
  mn_mutex_unlock(&slot->wire->mutex);
}

void mn_slots_free(mn_wire *wire) {
  while (wire->slots) {
    mn_slot *slot = wire->slots;
    wire->slots = slot->next;
    drop(slot);
  }
}

#else

/* A file of C must declare something. */
typedef int mn_slot_none;

#endif

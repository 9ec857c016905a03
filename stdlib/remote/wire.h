/* remote/wire.h -- a connection to NATS servers, and what comes in by it.
 * Level stdlib: vm/core and below; never lua.h. Safe from any thread.
 *
 * The C client has threads of its own. What they bring goes into inboxes, one for each call that waits for
 * an answer, and wakes who stands there: so a remote call is a wait like all others. A second thing that
 * comes in are events, which say that something has changed elsewhere, and carry nothing.
 *
 * The items of a queue come under the subject under which they were put, and so by subscriptions of their
 * own, the slots: each call that takes has one meanwhile. An item that comes to a slot when nobody wants it
 * any more is given back to the server at once. */
#ifndef MN_REMOTE_WIRE_H
#define MN_REMOTE_WIRE_H

#ifdef MN_NATS

#include "base/id_map.h"
#include "core/wait.h"
#include "remote/nats.h"

enum { MN_WIRE_WHY = 200, MN_WIRE_SUBJECT = 256 };

/* How long an answer is waited for before the question is put once more. */
#define MN_WIRE_PATIENCE (5 * MN_SECOND)

/* What counts the events of one name. Lives as long as the wire. */
typedef struct mn_topic {
  _Atomic uint64_t count;
  _Atomic int64_t last; /* when the last one came; 0: never */
  mn_waitlist waiting;
} mn_topic;

typedef struct mn_slot mn_slot;

typedef struct mn_wire {
  _Atomic uint32_t references; /* the user's, and those of who may still call back */
  const mn_nats *nats;         /* immutable, as is all up to the mutex */
  natsConnection *connection;
  natsSubscription *letters, *events;
  char inbox[48]; /* what the subjects of all inboxes begin with */
  size_t inbox_size;
  mn_time patience; /* for how long a connection may be away */
  mn_mutex mutex;
  /* Guarded by mutex. */
  mn_id_map inboxes; /* by number */
  mn_id_map topics;  /* by a number made of their names: two may be the same, which wakes in vain */
  uint64_t last_inbox;
  mn_slot *slots; /* all of them */
  uint64_t last_slot;
  mn_list held;   /* of mn_item.node: what is to be said to be in work, in time */
  mn_time beat;   /* when the beat looks next */
  mn_time wanted; /* when somebody wants it to; MN_FOREVER: nobody */
  bool beats;     /* there is a thread that does */
  char why[MN_WIRE_WHY];
  /* Written under mutex. */
  _Atomic bool connected, closed;
  _Atomic int64_t since; /* when it came to be so */
  _Atomic uint32_t bell; /* changes when the beat is to look at once */
  mn_waitlist changed;
  mn_os_start start;
} mn_wire;

/* Makes a wire, not connected. NULL: no memory, or no random bytes. */
mn_wire *mn_wire_new(const mn_nats *nats, mn_time patience);
void mn_wire_unref(mn_wire *wire);
/* Connects, blocking; once. NATS_OK, or *why of MN_WIRE_WHY bytes says what is wrong. */
natsStatus mn_wire_connect(mn_wire *wire, natsOptions *options, char *why);
/* All who wait get MN_CLOSED. The user's last call but unref. */
void mn_wire_close(mn_wire *wire);

/* MN_OK; MN_BROKEN: it is away; MN_CLOSED; MN_FULL: larger than the server takes; MN_NOMEM. */
mn_status mn_wire_publish(mn_wire *wire, const char *subject, const char *reply, const void *bytes,
                          size_t size);
/* The same with headers: names and values, NULL ends. */
mn_status mn_wire_publish_with(mn_wire *wire, const char *subject, const char *reply,
                               const void *bytes, size_t size, const char *const *headers);

/* Waits until it is connected. MN_CLOSED; else as mn_wait. */
mn_status mn_wire_await(mn_wire *wire, mn_waiter *self, mn_time deadline);
/* Whether it is away for longer than it may be. */
bool mn_wire_is_lost(mn_wire *wire);
void mn_wire_why(mn_wire *wire, char why[MN_WIRE_WHY]);

/* ---- inboxes ---- */

typedef struct mn_letter {
  mn_list node;
  natsMsg *message;
  uint32_t index; /* which question it answers, of those with one inbox */
  int status;     /* what the server says of the question: 404, 408, 503...; 0: the answer itself */
} mn_letter;

typedef struct mn_inbox {
  mn_wire *wire;
  uint64_t number;
  mn_waitlist reader;
  const mn_topic *topic; /* its events wake the reader, too; or NULL */
  mn_slot *slot;         /* by which items come; NULL: none do */
  const char *queue;     /* the name of theirs */
  /* Guarded by the wire's mutex. */
  mn_list letters;
  bool lost; /* the connection went away: what was asked may never be answered */
} mn_inbox;

/* For items of that queue, NULL: for answers only. MN_NOMEM. MN_CLOSED. It must stay where it is until it is closed. */
mn_status mn_inbox_open(mn_inbox *inbox, mn_wire *wire, const mn_topic *topic, const char *queue);
/* What was not taken goes back. */
void mn_inbox_close(mn_inbox *inbox);
/* The subject for answers to question `index`. */
void mn_inbox_subject(const mn_inbox *inbox, uint32_t index, char subject[MN_WIRE_SUBJECT]);
/* That for items. */
void mn_inbox_slot_subject(const mn_inbox *inbox, char subject[MN_WIRE_SUBJECT]);
/* The next letter, the caller's; NULL: there is none. */
mn_letter *mn_inbox_take(mn_inbox *inbox);
/* Whether the connection went away since the last call. */
bool mn_inbox_was_lost(mn_inbox *inbox);
void mn_letter_free(const mn_wire *wire, mn_letter *letter);

/* Wakes who stands at inboxes at that time. */
void mn_wire_beat_by(mn_wire *wire, mn_time due);

/* ---- slots ---- */

struct mn_slot {
  mn_wire *wire;
  mn_slot *next; /* in wire->slots; immutable, as are the next two */
  natsSubscription *subscription;
  uint64_t number;
  mn_inbox *user; /* guarded by the wire's mutex; NULL: nobody */
};

/* A slot for that inbox alone. NULL: no memory, or the connection is closed. */
mn_slot *mn_slot_take(mn_wire *wire, mn_inbox *user);
void mn_slot_give(mn_slot *slot);
/* The wire goes. */
void mn_slots_free(mn_wire *wire);

/* For slot.c: the server's word on a question, as a number; 0: it is an answer. */
int mn_wire_status_of(const mn_nats *nats, natsMsg *message);
/* The item is for others, again. */
void mn_wire_give_back(const mn_wire *wire, const natsMsg *message);
mn_wire *mn_wire_ref(mn_wire *wire);

/* ---- events ---- */

/* NULL: no memory. */
mn_topic *mn_wire_topic(mn_wire *wire, const char *name);
/* Tells all who are connected. */
mn_status mn_wire_tell(mn_wire *wire, const char *name);
/* Waits until there were other than `seen` events. MN_CLOSED; else as mn_wait. */
mn_status mn_topic_await(mn_topic *topic, mn_wire *wire, uint64_t seen, mn_waiter *self,
                         mn_time deadline);

/* ---- what is in work ---- */

/* An item that was taken, and not done. The server is told that it is in work, three times in `ack_wait`. */
typedef struct mn_item {
  mn_list node;
  mn_list own;    /* its queue's */
  uint64_t taker; /* the number of the waiter */
  mn_time due;    /* guarded by the wire's mutex */
  mn_time period;
  char reply[]; /* the subject that is told */
} mn_item;

/* NULL: no memory, or the item could not be watched over. */
mn_item *mn_item_new(mn_wire *wire, const char *reply, mn_time ack_wait, uint64_t taker);
void mn_item_free(mn_wire *wire, mn_item *item);

#endif

#endif

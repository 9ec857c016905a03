/* queue/ordered_queue.h -- closable queues that hand out in another order than that of coming: the
 * last one first (LifoQueue), or the least one (PriorityQueue).
 * Level stdlib: vm/core and below; never lua.h.
 * Every call is safe from any thread; only those with a deadline block. What a call here has in common
 * with its namesake in queue/queue.h does and answers what it says there. */
#ifndef MN_QUEUE_ORDERED_QUEUE_H
#define MN_QUEUE_ORDERED_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/message.h"
#include "core/wait.h"
#include "queue/queue_key.h"

typedef struct mn_ordered_queue mn_ordered_queue;

extern const mn_type mn_lifo_queue_type, mn_priority_queue_type;

typedef enum mn_order {
  MN_ORDER_LIFO,    /* last in, first out; entries have no keys */
  MN_ORDER_KEY,     /* the least key first; equal ones first in, first out */
  MN_ORDER_COMPARED /* as the putters say: see mn_search */
} mn_order;

/* A message with its key; with MN_ORDER_LIFO and MN_ORDER_COMPARED the key is all zero. */
typedef struct mn_entry {
  mn_message message;
  mn_queue_key key;
} mn_entry;

/* Gives back what the entry holds. */
void mn_entry_drop(mn_entry *entry);

/* A new queue, one reference. `rule` is what the putters make keys with or compare by, a message of
 * theirs that the queue keeps (all zero: none); it is taken over. NULL: no memory, nothing was. */
mn_ordered_queue *mn_ordered_queue_new(mn_order order, uint64_t maxsize, mn_message *rule);

mn_order mn_ordered_queue_order(const mn_ordered_queue *queue);
const mn_message *mn_ordered_queue_rule(const mn_ordered_queue *queue);

/* The kind that all keys in this queue have: that of the first one that was put. */
mn_queue_key_kind mn_ordered_queue_kind(const mn_ordered_queue *queue);

/* Not with MN_ORDER_COMPARED. MN_OK: the queue owns the entry now. Else the caller keeps it: MN_FULL,
 * MN_CLOSED, MN_NOMEM; MN_INVALID: its key's kind is not that of the queue's. */
mn_status mn_ordered_queue_try_put(mn_ordered_queue *queue, mn_entry *entry);
mn_status mn_ordered_queue_put(mn_ordered_queue *queue, mn_entry *entry, mn_waiter *self,
                               mn_time deadline);

/* Also MN_NOMEM, when a putter is just comparing with the message: then it is still there. */
mn_status mn_ordered_queue_try_get(mn_ordered_queue *queue, mn_message *message);
mn_status mn_ordered_queue_get(mn_ordered_queue *queue, mn_message *message, mn_waiter *self,
                               mn_time deadline);
/* For waits with several cases: makes `wait` one that puts entry->message into a MN_ORDER_LIFO, or one
 * that takes, into choice->entry.message. `choice` is the wait's own. */
typedef struct mn_ordered_choice {
  mn_ordered_queue *queue;
  mn_entry entry;
} mn_ordered_choice;
void mn_ordered_queue_prepare_put(mn_ordered_queue *queue, const mn_message *message,
                                  mn_ordered_choice *choice, mn_wait_case *wait);
void mn_ordered_queue_prepare_get(mn_ordered_queue *queue, mn_ordered_choice *choice,
                                  mn_wait_case *wait);

mn_status mn_ordered_queue_peek(mn_ordered_queue *queue, mn_message *copy);

mn_status mn_ordered_queue_task_done(mn_ordered_queue *queue);
mn_status mn_ordered_queue_join(mn_ordered_queue *queue, mn_waiter *self, mn_time deadline);

void mn_ordered_queue_close(mn_ordered_queue *queue, bool drop);
bool mn_ordered_queue_is_closed(const mn_ordered_queue *queue);
uint64_t mn_ordered_queue_size(const mn_ordered_queue *queue);
uint64_t mn_ordered_queue_maxsize(const mn_ordered_queue *queue);

/* ---- MN_ORDER_COMPARED ----
 *
 * Only the putter can compare, by code that takes its time, fails, or puts into this very queue. So
 * nothing is locked meanwhile. A putter reserves room, and searches for its place: a step either puts,
 * or names a stored message to compare with, which stays what it is until the answer. Others put and
 * take all the while, and the search is told; what they put into the part that it has come down to
 * costs it a comparison more. */

typedef struct mn_search {
  mn_ordered_queue *queue;
  mn_list link; /* in the queue's searches; what follows is guarded by its lock */
  size_t low;   /* the first `low` of the queue's items are handed out after the new one */
  size_t high;  /* those from `high` on before it */
  size_t at;    /* the place of `pinned`, unless that was taken */
  struct mn_item *pinned;
} mn_search;

/* Reserves room for one message. MN_OK, MN_FULL, MN_CLOSED. */
mn_status mn_ordered_queue_try_reserve(mn_ordered_queue *queue);
/* The same, waiting for room as put does. */
mn_status mn_ordered_queue_reserve(mn_ordered_queue *queue, mn_waiter *self, mn_time deadline);

/* Begins the search of who has reserved room. Nothing can fail from here to the end. */
void mn_search_begin(mn_search *search, mn_ordered_queue *queue);
/* MN_OK: the message was put, and the queue owns it. MN_EMPTY: the caller is to compare with
 * *other, and to answer. Else nothing was put: MN_CLOSED, MN_NOMEM. */
mn_status mn_search_step(mn_search *search, mn_message *message, const mn_message **other);
/* Whether the new one is to be handed out before the other. */
void mn_search_answer(mn_search *search, bool before);
/* Ends it, wherever it has come to; `put` says whether a step did. If not, the room is free again. */
void mn_search_end(mn_search *search, bool put);

#endif

/* queue/queue.h -- a closable first-in-first-out queue of messages that threads share.
 * Level stdlib: vm/core and below; never lua.h.
 * Every call is safe from any thread; only those with a deadline block. */
#ifndef MN_QUEUE_QUEUE_H
#define MN_QUEUE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/message.h"
#include "core/wait.h"

typedef struct mn_queue mn_queue;

extern const mn_type mn_queue_type;

/* A new queue, one reference. `maxsize` 0: no bound. NULL: no memory. */
mn_queue *mn_queue_new(uint64_t maxsize);

/* Appends *message. MN_OK: the queue owns it now. Else the caller keeps it: MN_FULL, MN_CLOSED,
 * MN_NOMEM. */
mn_status mn_queue_try_put(mn_queue *queue, mn_message *message);
/* The same, waiting for room until `deadline`; also MN_TIMEOUT, MN_CANCELLED; never MN_FULL. */
mn_status mn_queue_put(mn_queue *queue, mn_message *message, mn_waiter *self, mn_time deadline);
/* Appends as many of the `count` messages as there is room for, in order; *done says how many.
 * MN_OK: at least one, or count is 0. */
mn_status mn_queue_try_put_many(mn_queue *queue, mn_message *messages, size_t count, size_t *done);
/* Waits until one can be appended, then appends like try_put_many. */
mn_status mn_queue_put_many(mn_queue *queue, mn_message *messages, size_t count, mn_waiter *self,
                            mn_time deadline, size_t *done);

/* For waits with several cases: makes `wait` one that puts `message`, which is the choice's as long as
 * it was not put, or one that takes, into choice->message. `choice` is the wait's own. */
typedef struct mn_queue_choice {
  mn_queue *queue;
  mn_message message;
} mn_queue_choice;
void mn_queue_prepare_put(mn_queue *queue, const mn_message *message, mn_queue_choice *choice,
                          mn_wait_case *wait);
void mn_queue_prepare_get(mn_queue *queue, mn_queue_choice *choice, mn_wait_case *wait);

/* Takes the first message. MN_OK: the caller owns *message. MN_EMPTY; MN_CLOSED: closed and empty.
 */
mn_status mn_queue_try_get(mn_queue *queue, mn_message *message);
/* The same, waiting until `deadline`; also MN_TIMEOUT, MN_CANCELLED; never MN_EMPTY. */
mn_status mn_queue_get(mn_queue *queue, mn_message *message, mn_waiter *self, mn_time deadline);
/* Takes up to `most` messages that are there. MN_OK: at least one. */
mn_status mn_queue_try_get_many(mn_queue *queue, mn_message *messages, size_t most, size_t *done);
/* Waits for the first, then takes like try_get_many. */
mn_status mn_queue_get_many(mn_queue *queue, mn_message *messages, size_t most, mn_waiter *self,
                            mn_time deadline, size_t *done);

/* Copies the message that would be taken next, and takes nothing: MN_EMPTY, MN_CLOSED, MN_NOMEM. Others
 * can't take meanwhile, so long messages hold them up. */
mn_status mn_queue_peek(mn_queue *queue, mn_message *copy);

/* Says that one message that was taken has been dealt with. MN_INVALID: more than were put. */
mn_status mn_queue_task_done(mn_queue *queue);
/* Waits until every message that was put has been dealt with. */
mn_status mn_queue_join(mn_queue *queue, mn_waiter *self, mn_time deadline);

/* No more puts. Waiting putters get MN_CLOSED, getters drain what is left. `drop`: what is left is
 * dropped now and counts as dealt with. */
void mn_queue_close(mn_queue *queue, bool drop);
bool mn_queue_is_closed(const mn_queue *queue);

/* How many messages were in it at a moment of the call. */
uint64_t mn_queue_size(const mn_queue *queue);
uint64_t mn_queue_maxsize(const mn_queue *queue);

#endif

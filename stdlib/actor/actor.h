/* actor/actor.h -- what all who know an actor share: its mailbox, and word of its end.
 * Level stdlib: vm/core and below; never lua.h.
 * Calls are safe from any thread; none blocks.
 *
 * An actor runs as long as its life is there: that is a reference which goes to the thread or task that
 * runs it, and to nobody else. However that ends, its life goes with it, and then the actor has ended. A
 * promise is the same for one question: whoever drops it without an answer has the future fail. */
#ifndef MN_ACTOR_ACTOR_H
#define MN_ACTOR_ACTOR_H

#include "core/message.h"
#include "core/runtime_data.h"
#include "futures/future.h"
#include "queue/queue.h"

typedef struct mn_actor {
  mn_handle handle;
  mn_queue *mailbox;            /* immutable, as the next two */
  mn_queue *monitors;           /* who is to be told of its end; closed once they are */
  mn_future *ended;             /* how it has */
  mn_message behaviour;         /* what a thread's runs begin with; immutable once shared */
  char *tags;                   /* the messages it has handlers for, each with its zero, then an
                                 * empty one; NULL: not known; immutable once shared */
  bool refuses_nil;             /* as the first value of a message; immutable once shared */
  _Atomic(mn_handle *) runner;  /* its thread, or its task's future: a reference; set once */
  _Atomic(const void *) waiter; /* who runs it, to be compared only; NULL: nobody yet */
} mn_actor;

extern const mn_type mn_actor_type;

/* One reference. `maxsize` of the mailbox, 0: no bound. NULL: no memory. */
mn_actor *mn_actor_new(mn_runtime *runtime, uint64_t maxsize);

/* Ends it, unless it has: the mailbox drops what is left. MN_FUTURE_FAILED comes with an error value and
 * a traceback, which are taken over. Of who has its life. */
void mn_actor_end(mn_actor *actor, mn_future_status status, mn_message *value, char *traceback);

typedef struct mn_life {
  mn_handle handle;
  mn_actor *actor; /* a reference; immutable */
} mn_life;

extern const mn_type mn_life_type;

/* One reference; the actor's only life. NULL: no memory. */
mn_life *mn_life_new(mn_actor *actor);

typedef struct mn_promise {
  mn_handle handle;
  mn_future *future; /* a reference; immutable */
  bool has_started;  /* of who has the promise, one at a time; so is the next */
  bool is_kept;
} mn_promise;

extern const mn_type mn_promise_type;

/* One reference. NULL: no memory. */
mn_promise *mn_promise_new(mn_future *future);
/* The answer is being worked on. False: it is no longer wanted. */
bool mn_promise_start(mn_promise *promise);
/* As mn_future_end, for what has been started. Once. */
void mn_promise_keep(mn_promise *promise, mn_future_status status, mn_message *value,
                     char *traceback);

#endif

/* futures/future.h -- the result of a call that somebody else makes: to come, or there.
 * Level stdlib: vm/core and below; never lua.h.
 * Calls are safe from any thread; who waits does so on `ended`.
 *
 * A future is pending until it is started or cancelled. Who has started it ends it. What it gave then
 * never changes. */
#ifndef MN_FUTURES_FUTURE_H
#define MN_FUTURES_FUTURE_H

#include "core/message.h"
#include "core/runtime_data.h"
#include "core/wait.h"

typedef enum mn_future_status {
  MN_FUTURE_PENDING,
  MN_FUTURE_RUNNING,
  MN_FUTURE_DONE,
  MN_FUTURE_FAILED,
  MN_FUTURE_CANCELLED
} mn_future_status;

typedef struct mn_future mn_future;
struct mn_crew;
struct lua_State;

/* What futures of a module above do in their own way; immutable. */
typedef struct mn_future_kind {
  /* Asks who runs it to stop. False: too late. From any thread. */
  bool (*stop)(mn_future *future);
  /* Frees the future's memory, when all else is dropped. */
  void (*free)(mn_future *future);
  /* Pushes the results, after it is done; how many. May throw. */
  int (*push)(struct lua_State *L, mn_future *future);
  /* Whether the caller, of its state, is who runs it. */
  bool (*is_running)(struct lua_State *L, const mn_future *future);
  /* Whether it can't end while the caller blocks, who runs on the thread that would have to run it. */
  bool (*is_stuck)(struct lua_State *L, const mn_future *future);
  /* It is about to be sent, by a state that knows it. Never throws. */
  void (*travel)(struct lua_State *L, mn_future *future);
} mn_future_kind;

/* What is to be done when a future has ended; part of who wants it done. */
typedef struct mn_watch {
  struct mn_watch *next; /* future.c's */
  /* Called once: with the future when it has ended, on the thread that ended it, or with NULL when it
   * goes without having ended. Must not block. */
  void (*ended)(struct mn_watch *watch, mn_future *future);
} mn_watch;

struct mn_future {
  mn_handle handle;
  const mn_future_kind *kind; /* NULL: none of those; immutable */
  _Atomic uint32_t status;
  bool is_chunk;              /* part of an mn_chunk; immutable */
  _Atomic bool looked_at;     /* somebody has been told of the error */
  mn_waitlist ended;          /* woken when it has ended */
  struct mn_routine *routine; /* what is to be called, a reference */
  mn_message message;      /* the arguments, then the results or the error value. Whoever starts or
                            * cancels it takes the first; the second is decoded, never taken */
  char *traceback;         /* of the error; mn_alloc'ed or NULL; immutable once ended */
  char *name;              /* a task's; mn_alloc'ed or NULL; immutable once others have it */
  mn_runtime *runtime;     /* immutable */
  struct mn_crew *crew;    /* whose queue it is in; valid while it is pending */
  mn_future *next;         /* in that queue; the crew's */
  _Atomic uint64_t ticket; /* of who runs it elsewhere, as mn_crew_ticket says; 0: nobody did */
  _Atomic(mn_watch *) watches;
};

/* Several calls of one function in a row. `message` has the arguments of all, and then the first
 * result of each. */
typedef struct mn_chunk {
  mn_future future;
  uint32_t items;    /* how many calls; immutable */
  uint32_t arity;    /* arguments of each; 0: each has one, the list of its arguments */
  uint64_t number;   /* of the first item, for who put the chunk in order; immutable */
  mn_time duration;  /* of the calls, once ended */
  mn_message before; /* once failed: the results of the calls before the one that did */
} mn_chunk;

/* A function on its way, which many futures share. Immutable. */
typedef struct mn_routine {
  _Atomic uint32_t references;
  mn_message message; /* one value */
} mn_routine;

/* One reference; *message is the routine's then. NULL: no memory. */
mn_routine *mn_routine_new(mn_message *message);
mn_routine *mn_routine_ref(mn_routine *routine);
void mn_routine_unref(mn_routine *routine);

extern const mn_type mn_future_type;

/* For who embeds one: it is pending, with one reference. The memory is all zero. */
void mn_future_init(mn_future *future, mn_runtime *runtime);
/* A pending future, one reference, without routine and arguments. NULL: no memory. */
mn_future *mn_future_new(mn_runtime *runtime);
mn_chunk *mn_chunk_new(mn_runtime *runtime, uint64_t number, uint32_t items, uint32_t arity);

/* True: the caller runs it, and must end it; *arguments are the caller's. False: it is not pending.
 * `routine` stays the future's until it has ended. */
bool mn_future_start(mn_future *future, mn_message *arguments);

/* Makes pending again what the caller has started; *arguments are the future's then. */
void mn_future_put_back(mn_future *future, mn_message *arguments);

/* Ends what the caller has started: MN_FUTURE_DONE with results, MN_FUTURE_FAILED with an error value
 * and a traceback (taken over), or MN_FUTURE_CANCELLED. *value is the future's then. */
void mn_future_end(mn_future *future, mn_future_status status, mn_message *value, char *traceback);

/* True: it was pending, and is cancelled; or who runs it will stop. False: too late. */
bool mn_future_cancel(mn_future *future);

static inline mn_future_status mn_future_status_of(const mn_future *future) {
  return (mn_future_status)atomic_load(&future->status);
}

static inline bool mn_future_has_ended(const mn_future *future) {
  return mn_future_status_of(future) > MN_FUTURE_RUNNING;
}

/* The word for a status: "pending", "running", ... */
const char *mn_future_status_word(mn_future_status status);

/* Has watch->ended called; at once if it has ended. First come, first called. */
void mn_future_watch(mn_future *future, mn_watch *watch);

/* Makes `wait` a case for its end. */
void mn_future_prepare(mn_future *future, mn_wait_case *wait);
/* Waits for it: MN_OK, MN_TIMEOUT, MN_CANCELLED (who waits is). */
mn_status mn_future_wait(mn_future *future, mn_waiter *self, mn_time deadline);

/* Writes "[future submitted at LINE]", the line of a traceback that names the future. */
enum { MN_FUTURE_ORIGIN = sizeof(mn_site) + 32 };
void mn_future_origin(const mn_future *future, char text[MN_FUTURE_ORIGIN]);

#endif

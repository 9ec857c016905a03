/* process/link.h -- what two processes have of each other: their objects, and a socket for commands.
 * Level stdlib: vm/core and below; never lua.h. Safe from any thread; no call blocks.
 *
 * An object stays in the process that made it, its home. Sent over, it is exported: the link holds
 * it, under its address as a number. The other side has a proxy for that number, one at a time. The
 * exporter counts how often it has sent the number, the proxy how often it came; when the proxy
 * goes, it sends its count back, and at 0 the object is let go. So it does not matter that commands
 * and messages may overtake each other.
 *
 * Each process has one thread that receives the link's commands (process/keeper.h). The calls
 * themselves go over sockets of their own, one for each thread that makes any (process/channel.h). */
#ifndef MN_PROCESS_LINK_H
#define MN_PROCESS_LINK_H

#include "base/buffer.h"
#include "base/id_map.h"
#include "core/thread.h"
#include "futures/crew.h"

enum { MN_LINK_WHY = 200 };

/* How long a call may go on that was asked to stop, and a process that has no more to do. */
#define MN_PEER_GRACE (2 * MN_SECOND)

typedef struct mn_link {
  mn_handle handle;
  mn_runtime *runtime;       /* immutable */
  char name[MN_THREAD_NAME]; /* of the process at the other end; immutable, as is the next */
  bool is_to_parent;         /* or to a child */
  mn_crew
      *crew; /* for which that runs tasks, a reference; NULL: for none; immutable, once there is */
  uint64_t worker;        /* a keeper, as is the number of the thread that sends them */
  _Atomic bool closed;    /* written under mutex */
  _Atomic bool has_tasks; /* a call that can be taken back has begun here; written under mutex */
  _Atomic uint32_t last_channel; /* the last number that was given to one of ours */
  /* Where both sides see which call was the last to begin, of those that can be taken back: it outlives the
   * process that writes it. NULL: nobody asks. Immutable once there is a keeper. */
  _Atomic uint64_t *board;
  mn_mutex mutex;
  int pid;              /* of the process at the other end; guarded by mutex, as all below */
  int control, wake[2]; /* -1: closed; a byte in wake[1] wakes the keeper */
  mn_id_map exports;    /* to mn_export (link.c) */
  mn_id_map imports;    /* to mn_proxy; no references */
  mn_buffer pending;    /* mn_command that the socket had no room for */
  mn_list served;       /* of mn_served.node */
  mn_list watching;     /* of mn_proxy.node: those whose end was asked for, and has not been told */
  uint64_t last_watch;  /* the last number that was given to one of these */
  mn_id_map
      watched; /* ours whose end the other side has asked for; far_future.c's, as are the next */
  size_t own_watched; /* of these, the tasks of `crew` */
  uint32_t waits;     /* of the other side's task, each within the one before, in a callback */
  bool is_blocked;    /* one of these is for tasks of `crew`, which knows */
  bool has_begun;     /* the answer to a TAKE_BACK has come, and is the next */
  uint64_t begun;
  mn_waitlist answered;  /* woken when that has come, or the link is closed */
  char why[MN_LINK_WHY]; /* it is closed; "": nobody knows yet */
} mn_link;

extern const mn_type mn_link_type;

/* A thread that makes calls here for a thread of the other side, one within the other. Guarded by the
 * link's mutex. */
typedef struct mn_served {
  mn_list node;
  uint32_t channel; /* its number */
  uint64_t call;    /* the number of the one that runs; 0: none does */
  uint64_t stopped; /* of the last that was asked to stop: the command may come before the call */
  uint64_t begun;   /* of the last that was begun, of those that may be taken back */
  uint64_t taken_back; /* those up to this one that were not begun will not be */
  mn_thread *thread;
} mn_served;

/* An object of another process. */
typedef struct mn_proxy {
  mn_handle handle;
  mn_link *link;  /* a reference; immutable, as are the next two */
  uint64_t id;    /* at the other end */
  uint64_t count; /* how often it came; guarded by the link's mutex, as are the next three */
  mn_list node;   /* in link.watching */
  mn_handle
      *stand_in;  /* what ends here when the object does, a reference; NULL: nobody has asked */
  uint64_t watch; /* the number of that question */
  const char *type_name; /* of the object, a copy */
  char text[];
} mn_proxy;

extern const mn_type mn_proxy_type;

/* What one side asks of the other without waiting for an answer. */
typedef enum mn_command_kind {
  MN_COMMAND_OPEN,      /* the descriptor that comes along is the new channel `number` */
  MN_COMMAND_RELEASE,   /* object `id` has gone, which was sent `count` times */
  MN_COMMAND_STOP,      /* raises in call `id` of channel `number`, if it still runs */
  MN_COMMAND_CANCEL,    /* cancels the main thread */
  MN_COMMAND_TAKE_BACK, /* no call of channel `number` is to begin any more, up to number `id` */
  MN_COMMAND_BEGUN,     /* the answer: `id` was the last to begin */
  MN_COMMAND_WATCH, /* future `id` is to be told of when it ends; `count` numbers the question */
  MN_COMMAND_BOARD, /* the descriptor that comes along is that of the link's board; before all others */
  MN_COMMAND_BLOCK, /* `number` 1: a task waits for futures that it has asked for; 0: no more */
  MN_COMMAND_ENDED  /* the answer: how, as the mn_future_status `number`; 0: nobody knows */
} mn_command_kind;

typedef struct mn_command {
  uint32_t kind, number;
  uint64_t id, count;
} mn_command;

/* Takes over the socket, one of a pair with packets. One reference. NULL: no memory, or no descriptors
 * (errno); the socket is the caller's. */
mn_link *mn_link_new(mn_runtime *runtime, const char *name, bool is_to_parent, int control);

static inline mn_link *mn_link_ref(mn_link *link) {
  (void)mn_handle_ref(&link->handle);
  return link;
}
static inline void mn_link_unref(mn_link *link) {
  mn_handle_unref(&link->handle);
}

/* The other process is gone, or is to be left. Its proxies are of no use from here on, the objects that
 * it had are let go, and calls that it makes here are cancelled. `why` may be NULL; the first that is
 * not counts. */
void mn_link_close(mn_link *link, const char *why);

/* Writes why it is closed: "process 'name' was killed by signal 9 (SIGKILL)"; or that nobody knows yet. */
void mn_link_why(mn_link *link, char why[MN_LINK_WHY]);

void mn_link_set_pid(mn_link *link, int pid);
int mn_link_pid(mn_link *link);

/* Sends a command, now or as soon as there is room; `descriptor` -1: none; it stays the caller's.
 * MN_EMPTY: there is no room now, and one with a descriptor can't be put off. MN_CLOSED. MN_NOMEM.
 * MN_INVALID: errno. */
mn_status mn_link_tell(mn_link *link, mn_command command, int descriptor);
mn_status mn_link_tell_locked(mn_link *link, mn_command command, int descriptor);

/* For the keeper: sends what is pending. Whether there is more. */
bool mn_link_flush(mn_link *link);

/* Counts the object as sent once more. MN_OK: *id. MN_CLOSED. MN_NOMEM. */
mn_status mn_link_export(mn_link *link, mn_handle *object, uint64_t *id);
/* The other side has let go of so many. */
void mn_link_release(mn_link *link, uint64_t id, uint64_t count);
/* The exported object, a new reference; NULL: there is none of that number. */
mn_handle *mn_link_exported(mn_link *link, uint64_t id);

/* The proxy for the other side's number, counted once more; a new reference. `site`: where the object
 * was made. NULL: no memory. */
mn_proxy *mn_link_import(mn_link *link, uint64_t id, const char *type_name, const mn_site *site);

/* The proxy's number, if the object is one of what is at the link's other end. */
static inline bool mn_proxy_is_of(const mn_handle *object, const mn_link *link) {
  return object->type == &mn_proxy_type && ((const mn_proxy *)(const void *)object)->link == link;
}

/* Its thread serves from here on, until the leave. MN_CLOSED. */
mn_status mn_link_serve(mn_link *link, mn_served *served);
void mn_link_leave(mn_link *link, mn_served *served); /* it need not serve */
/* Call `call` runs now, 0: none; gives the one before. What was to be raised in that one, and was not, is
 * dropped. On the thread that serves. */
uint64_t mn_link_switch_call(mn_link *link, mn_served *served, uint64_t call);
/* Has the call raise "interrupted" where it waits, if it has not ended. */
void mn_link_stop_call(mn_link *link, uint32_t channel, uint64_t call);

/* ---- calls that were sent ahead, and are taken back ---- */

/* Has calls of the channel that have not begun yet never begin, up to number `call`, and waits until that
 * is so: *begun is the last that has begun before. For one thread at a time. MN_CLOSED. MN_CANCELLED, and
 * then it may be so or not. MN_NOMEM, MN_INVALID: it isn't. */
mn_status mn_link_take_back(mn_link *link, uint32_t channel, uint64_t call, mn_thread *self,
                            uint64_t *begun);
/* The number of the last call that was begun by the other side; also when that has died. Where there is a
 * board. */
uint64_t mn_link_last_begun(const mn_link *link);
/* On the thread that serves, before it makes a call that can be taken back. False: it was. */
bool mn_link_begin_call(mn_link *link, mn_served *served, uint64_t call);
/* The number of the call, one of those that can be taken back, that the thread makes for the other side; 0: it
 * makes none. */
uint64_t mn_link_task_of(mn_link *link, const mn_thread *thread);
/* For the keeper: what the two commands ask for. */
void mn_link_give_back(mn_link *link, uint32_t channel, uint64_t call);
void mn_link_note_begun(mn_link *link, uint64_t call);

/* The name of an object's type, here or at home. */
const char *mn_home_type_name(const mn_handle *object);

#endif

/* core/thread.h -- a thread of a script: what it does, how it ended, who may stop it.
 * Level core; never lua.h. A shared object: its handle may be held long after the thread ended.
 * Calls are safe from any thread unless they say otherwise. */
#ifndef MN_CORE_THREAD_H
#define MN_CORE_THREAD_H

#include "core/message.h"
#include "core/runtime_data.h"
#include "core/wait.h"
#include "core/worker.h"

typedef enum mn_thread_status {
  MN_THREAD_RUNNING,
  MN_THREAD_DONE,
  MN_THREAD_FAILED,
  MN_THREAD_CANCELLED
} mn_thread_status;

enum { MN_THREAD_NAME = 64 };

typedef struct mn_thread_options {
  char name[MN_THREAD_NAME]; /* "": Thread-<n> */
  bool daemon;
  bool named; /* the script gave the name */
  bool has_nice, has_affinity;
  int nice;
  mn_cpu_set affinity;
  size_t memory_limit; /* bytes of the state's heap; 0: none */
} mn_thread_options;

struct mn_state;

/* What a module above core keeps for a thread and makes on demand. The object of that module embeds
 * it. */
typedef struct mn_mailbox {
  void (*close)(struct mn_mailbox *mailbox);   /* the thread has ended; on that thread */
  void (*destroy)(struct mn_mailbox *mailbox); /* the thread's last handle is gone */
} mn_mailbox;

typedef struct mn_thread mn_thread;

struct mn_thread {
  mn_handle handle;
  mn_waiter waiter; /* its id: 1 is main */
  mn_wait_host host;
  mn_job job;                /* thread.c's own */
  mn_runtime *runtime;       /* immutable */
  mn_thread_options options; /* immutable once started */
  mn_list link;    /* in runtime.threads, then maybe in runtime.failed; guarded by runtime.mutex */
  bool is_living;  /* counted in the runtime's census; guarded by runtime.mutex, as is the next */
  bool is_counted; /* and there as one that was cancelled */
  bool is_kept;    /* the reference of who runs it is the list's; guarded by runtime.mutex */
  mn_time begun;   /* when it was started; immutable from there on */

  /* Runs on the new thread; must set `outcome` and the result. Immutable once started. */
  void (*body)(mn_thread *self, mn_worker_cache *cache);
  void *argument;            /* for the body */
  const void *argument_kind; /* whose that is: an address that only one module has */
  mn_message work;           /* function and arguments; the body's once started */

  mn_mutex mutex;
  mn_os_thread os;        /* the OS thread that runs it; guarded by mutex */
  bool os_valid;          /* guarded by mutex */
  mn_time time_before;    /* of its processor, when this thread began; guarded by mutex */
  mn_os_repeat repeat;    /* made when it is cancelled, main's from the start; guarded by mutex */
  char reason[128];       /* of the cancel, "" if none was given; guarded by mutex */
  struct mn_state *state; /* its Lua state while it has one; owner thread only */

  /* NULL: not made; mn_mailbox_none: the thread ended without one. Else it stays to the end. */
  _Atomic(mn_mailbox *) mailbox;

  /* What is yet to be raised in the thread, in that order, and whether anything still can be; guarded
   * by mutex. waiter.interrupted says that there is something. */
  struct mn_interrupt *interrupts, **last_interrupt;
  bool script_ended;
  /* It is raised in waits, never in running code; immutable once started. */
  bool interrupt_waits_only;

  /* The number of a task in whose running code `cancelled` is to be raised, the last that was named; or 0. */
  _Atomic uint64_t stopped_task;

  _Atomic int placed; /* whether nice and affinity were set: -1 unknown yet, else an mn_status */
  _Atomic int status; /* mn_thread_status; leaves RUNNING after all below was written */
  mn_waitlist ended;  /* woken when status leaves RUNNING, and when `placed` is known */
  /* Immutable once status has left RUNNING, except `collected`. */
  mn_thread_status outcome;
  bool was_awaited;       /* somebody stood in `ended` */
  mn_message result;      /* f's results, or its error value; decoded, never taken */
  char *traceback;        /* of the error, stitched; mn_alloc'ed or NULL */
  _Atomic bool collected; /* somebody has been told of the error */
};

extern const mn_type mn_thread_type;

/* A thread that was not started, one reference. NULL: no memory. */
mn_thread *mn_thread_new(mn_runtime *runtime, const mn_thread_options *options);

/* The main thread's object, for the calling thread. */
mn_thread *mn_thread_new_main(mn_runtime *runtime);
/* The calling thread is another one for the system than before: main, in the child of a fork. While
 * signals that ask to stop are held. */
void mn_thread_renew_main(mn_runtime *runtime);

/* Starts it, for the calling thread `self`, on a kept OS thread or a new one. On failure it never
 * runs, and `work` is dropped. MN_TOO_MANY: the system has no more threads. MN_NOT_PERMITTED,
 * MN_INVALID: nice or affinity. MN_CLOSED: the runtime is ending. */
mn_status mn_thread_start(mn_thread *thread, mn_thread *self);

/* Sets nice and affinity of an OS thread as the options say. MN_NOT_PERMITTED, MN_INVALID. */
mn_status mn_thread_place(const mn_thread_options *options, int tid);

/* A thread that runs in calls of another program, on whatever OS thread makes them: one at a time. A daemon,
 * until mn_thread_detach, which gives back the reference. MN_CLOSED: the runtime is ending; MN_NOMEM. */
mn_status mn_thread_attach(mn_runtime *runtime, const mn_thread_options *options,
                           mn_thread **thread);
void mn_thread_detach(mn_thread *thread);
/* Around such a call: it is the calling OS thread, and is none. */
void mn_thread_begin_call(mn_thread *thread);
void mn_thread_end_call(mn_thread *thread);

/* Waits until it has ended. `self` is the caller's waiter. MN_DEADLOCK: it is the caller. */
mn_status mn_thread_join(mn_thread *thread, mn_waiter *self, mn_time deadline);

/* For a wait with several cases: makes `wait` one for the thread's end. MN_DEADLOCK as join. */
mn_status mn_thread_prepare_join(mn_thread *thread, const mn_waiter *self, mn_wait_case *wait);

/* Asks it to stop: raises in its waits and in its running Lua code. `reason` may be NULL.
 * False: it had ended, or was cancelled already. */
bool mn_thread_cancel(mn_thread *thread, const char *reason);
/* The same from a signal handler, for the main thread, or one that has said that it may happen. */
void mn_thread_cancel_by_signal(mn_thread *thread);
/* From here to its end the calling thread, `self`, may be cancelled so. */
void mn_thread_expect_signal(mn_thread *self);

/* Cancels all threads of the runtime but main, and lets none start any more: who is refused for that
 * finds itself cancelled. */
void mn_threads_close(mn_runtime *runtime);

/* Cancels all of the thread's family (core/waiter.h) but itself. */
void mn_thread_cancel_family(mn_thread *head);

/* Cancels the task of that number, waiter and all, when it runs there, now or in its next turn: in running
 * code, too. One that waits is cancelled by its future. */
void mn_thread_stop_task(mn_thread *thread, uint64_t number);

/* Makes running code and system calls of a thread that is cancelled, interrupted or asked where it is look at
 * its flags again.
 * For one that is cancelled this is done over and over anyway, until it has ended or its state was
 * closed. */
void mn_thread_nudge(mn_thread *thread);
/* No more of that from here on, unless it is cancelled anew. */
void mn_thread_stop_interrupts(mn_thread *thread);

/* Has *value, a message of one value, raised once in the thread's next wait or running Lua code; an
 * empty message stands for the default. MN_OK: it is the thread's. Else the caller keeps it: MN_CLOSED:
 * its script had ended, or it is cancelled; MN_NOMEM. */
mn_status mn_thread_interrupt(mn_thread *thread, mn_message *value);
/* Takes what is to be raised next. False: nothing is. Owner thread only. */
bool mn_thread_take_interrupt(mn_thread *thread, mn_message *value);
/* Takes all of it, to be dropped: what a value refers to may go with it, and lock what the caller has
 * locked. Owner thread only. */
struct mn_interrupt *mn_thread_take_interrupts(mn_thread *thread);
void mn_interrupts_drop(struct mn_interrupt *interrupts); /* NULL: does nothing */

/* The thread's script has ended: abandons the locks that it holds, closes its mailbox, and drops what
 * was to be raised in it. Owner thread only. */
void mn_thread_end_script(mn_thread *thread);

/* Makes `mailbox` the thread's, unless it has one, or mn_mailbox_none, which is returned then. */
mn_mailbox *mn_thread_set_mailbox(mn_thread *thread, mn_mailbox *mailbox);
extern mn_mailbox mn_mailbox_none;

/* The word for a status: "running", "done", ... */
const char *mn_thread_status_word(int status);

/* How long a processor has worked for it; exact where the runtime was watched when it began
 * (core/threads.h). False: it has ended, or the system does not tell. */
bool mn_thread_time(mn_thread *thread, mn_time *time);

/* Writes "[thread 'NAME', spawned at LINE]", the line of a traceback that names the thread. */
enum { MN_THREAD_ORIGIN = MN_THREAD_NAME + sizeof(mn_site) + 32 };
void mn_thread_origin(const mn_thread *thread, char text[MN_THREAD_ORIGIN]);

/* Prints the error if nobody was told of it (and remembers that in the runtime). */
void mn_thread_report(mn_thread *thread);

#endif

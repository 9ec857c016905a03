/* process/process_object.h -- a function that runs in a process of its own.
 * Level stdlib: vm/core and below; never lua.h. Safe from any thread; who waits, waits for its thread.
 *
 * A thread of this process stands for it, its driver: it sends the work over, waits for the answer and for
 * the process's end, and has the outcome. Whatever is done with threads (join, cancel, select, reports
 * of errors that nobody asked for) is so done with processes. */
#ifndef MN_PROCESS_PROCESS_OBJECT_H
#define MN_PROCESS_PROCESS_OBJECT_H

#include "process/peer.h"

typedef struct mn_process_object {
  mn_handle handle;
  mn_thread *driver;         /* a reference; immutable once started, as are the next two */
  mn_child *child;           /* a reference */
  mn_link *link;             /* a reference */
  mn_peer peer;              /* the driver's */
  mn_thread_options options; /* of the process's main thread; immutable */
  mn_message work; /* package.path, package.cpath, the function, its arguments; the driver's */
  /* Its main thread, a proxy, once it is set up: a reference. NULL: not yet, or it never was. */
  _Atomic(mn_handle *) main;
  _Atomic bool over; /* nothing more is to be sent */
  mn_waitlist ready; /* woken when one of these is known */
} mn_process_object;

extern const mn_type mn_process_type;

/* Not started; one reference. NULL: no memory. */
mn_process_object *mn_process_object_new(mn_runtime *runtime, const mn_thread_options *options);

/* Starts it, once. `keeper` as for mn_peer_start, whose errors it gives. */
mn_status mn_process_object_start(mn_process_object *process, mn_keeper_options keeper,
                                  mn_thread *self);

/* Whether the thread stands for a process. */
bool mn_process_drives(const mn_thread *thread);

/* Waits until the process is set up. *main: its main thread, the object's own reference. MN_CLOSED: it
 * has ended before. MN_TIMEOUT. MN_CANCELLED. */
mn_status mn_process_object_wait(mn_process_object *process, mn_waiter *waiter, mn_time deadline,
                                 mn_handle **main);

#endif

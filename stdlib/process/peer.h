/* process/peer.h -- a process of the same program that does what this one says.
 * Level stdlib: vm/core and below; never lua.h.
 *
 * Its main thread serves one channel, which this side calls on: first to set it up, then for each piece of
 * work. Whoever starts a peer ends it. */
#ifndef MN_PROCESS_PEER_H
#define MN_PROCESS_PEER_H

#include "process/channel.h"
#include "process/keeper.h"
#include "subprocess/child.h"

typedef struct mn_peer {
  mn_child *child;     /* a reference */
  mn_link *link;       /* a reference */
  mn_channel *channel; /* its owner's */
} mn_peer;

/* Starts the program, and a keeper for the link, for the thread `self`. MN_INVALID: errno says why no
 * process can be made. The errors of mn_thread_start. MN_NOMEM. */
mn_status mn_peer_start(mn_peer *peer, const char *name, mn_keeper_options keeper, mn_thread *self);

/* The functions of its main thread. All but the first take package.path and package.cpath before what
 * is said here. */
#define MN_PEER_SETUP      "setup"      /* bytes of mn_thread_options; gives the thread */
#define MN_PEER_RUN        "run"        /* a function and its arguments; gives its results */
#define MN_PEER_INITIALIZE "initialize" /* maybe a function and its arguments */

/* Makes its main thread what the options say. Answers as mn_peer_call. */
mn_status mn_peer_setup(mn_peer *peer, mn_thread *self, const mn_thread_options *options,
                        mn_frame *answer);

/* Calls its function `text`, and waits for the answer; takes over *message, whatever happens. When `self`
 * is cancelled or interrupted, so is the call, and a process that does not answer in time then is
 * killed. MN_OK: *answer, a RETURN, ERROR or CANCELLED. MN_CLOSED: it is gone. MN_NOMEM.
 * MN_CANCELLED: before all of the call was sent; the peer is to be ended. */
mn_status mn_peer_call(mn_peer *peer, mn_thread *self, const char *text, mn_message *message,
                       mn_frame *answer);

/* Makes the answer the outcome of the thread that has called, and takes over its message. */
void mn_peer_take_outcome(mn_thread *self, mn_frame *answer);
/* Makes that text the outcome, an error without a traceback, in place of what there was. */
void mn_peer_fail(mn_thread *self, const char *text);

/* Waits for its end, which comes when it has no more to do; when `self` is cancelled it is killed soon.
 * Frees what it has, and closes the link. Gives its return code: negative for a signal; or
 * MN_PEER_UNKNOWN. `has_work`: it was to go on, and ended by itself. */
enum { MN_PEER_UNKNOWN = -1000 };
int mn_peer_end(mn_peer *peer, mn_thread *self, bool has_work);

/* The descriptor that its end of the link is in the process itself. */
enum { MN_PEER_SOCKET = 3 };
/* The option by which the program is told that it is one. */
#define MN_PEER_OPTION "--serve-parent"

#endif

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

/* Calls its function `text`, and waits for the answer; takes over *message, whatever happens. When `self`
 * is cancelled or interrupted, so is the call, and a process that does not answer in time then is
 * killed. MN_OK: *answer, a RETURN, ERROR or CANCELLED. MN_CLOSED: it is gone. MN_NOMEM. */
mn_status mn_peer_call(mn_peer *peer, mn_thread *self, const char *text, mn_message *message,
                       mn_frame *answer);

/* Waits for its end, which comes when it has no more to do; when `self` is cancelled it is killed soon.
 * Frees what it has, and closes the link. Gives its return code: negative for a signal; or
 * MN_PEER_UNKNOWN. `has_work`: it was to go on, and ended by itself. */
enum { MN_PEER_UNKNOWN = -1000 };
int mn_peer_end(mn_peer *peer, mn_thread *self, bool has_work);

/* What its threads run by, in the process itself: the socket is this descriptor. */
enum { MN_PEER_SOCKET = 3 };
/* The option by which the program is told that it is one. */
#define MN_PEER_OPTION "--serve-parent"

#endif

/* process/channel.h -- a socket over which one thread makes calls to another process.
 * Level stdlib: vm/core and below; never lua.h. Used by one thread at a time.
 *
 * Calls on a channel lie within each other: who waits for an answer may be asked to call something back,
 * and make calls from there. Frames therefore answer each other like brackets.
 *
 * The references of a message become numbers: objects by way of the link, code and classes as
 * copies, which both ends remember, so that each goes over once as long as there are few. */
#ifndef MN_PROCESS_CHANNEL_H
#define MN_PROCESS_CHANNEL_H

#include "core/message.h"
#include "process/link.h"

typedef enum mn_frame_kind {
  MN_FRAME_CALL, /* the method `text` of object `target`, with the message's values; 0: the server's
                         own function of that name */
  MN_FRAME_RETURN,    /* the results */
  MN_FRAME_ERROR,     /* the error value, and in `text` its traceback, or "" */
  MN_FRAME_CANCELLED, /* the call was cancelled where it ran */
  MN_FRAME_PARTIAL,   /* goes before the answer to a task */
  MN_FRAME_CALLBACK,  /* call argument `target` of the innermost call, a function that stayed */
  MN_FRAMES
} mn_frame_kind;

typedef struct mn_frame {
  mn_frame_kind kind;
  uint32_t flags; /* the users' own */
  uint64_t call;  /* its number; RETURN and the like repeat it */
  uint64_t target;
  uint64_t
      parameter; /* the users' own; in a CALL of target 0 `stayed` is, too; in others this is the task
                       * that makes the call, or 0 */
  uint64_t stayed; /* CALL: bit i: argument i, from 0, is a function that stayed, sent as nil */
  const char
      *text; /* to be sent, or NULL; what was received is the channel's until the next receive */
  mn_message message;
} mn_frame;

/* A copy of an ERROR's traceback, mn_alloc'ed; NULL: it has none, or no memory. */
char *mn_frame_traceback(const mn_frame *frame);

typedef struct mn_channel mn_channel;

/* The mn_thread.argument_kind of who serves one. */
extern const char mn_channel_kind;

/* `thread` serves the channel from here on, until it is freed: before the thread is started, or the order to
 * stop its first call could come too early. MN_CLOSED: the link is. */
mn_status mn_channel_serve(mn_channel *channel, mn_thread *thread);
/* For who serves; as mn_link_switch_call. */
uint64_t mn_channel_switch_call(mn_channel *channel, uint64_t call);
/* As mn_link_begin_call. */
bool mn_channel_begin_call(mn_channel *channel, uint64_t call);

/* Takes over the socket. NULL: no memory, the socket is the caller's. */
mn_channel *mn_channel_new(mn_link *link, int socket, uint32_t number);
void mn_channel_free(mn_channel *channel);
/* Nothing goes over it any more, which the other side sees. */
void mn_channel_end(mn_channel *channel);
mn_link *mn_channel_link(const mn_channel *channel);
uint32_t mn_channel_number(const mn_channel *channel);
/* The number for a new call. */
uint64_t mn_channel_new_call(mn_channel *channel);

/* A new channel to the link's other side, which serves it. Waits while there is no room for the command,
 * whoever is cancelled: the other side's keeper never waits. MN_CLOSED. MN_NOMEM. MN_INVALID: errno. */
mn_status mn_channel_open(mn_link *link, mn_channel **channel);

/* Sends the frame, all of it, and takes over its message, whatever happens. Waits while there is no room,
 * and reads meanwhile, to be received later. MN_CLOSED. MN_NOMEM: nothing was sent. MN_CANCELLED, never
 * where `waiter` is NULL: part of it was sent, and the channel is of no use any more. */
mn_status mn_channel_send(mn_channel *channel, mn_frame *frame, const mn_waiter *waiter);

/* The same, but the message stays the caller's, who keeps it until that is answered. */
mn_status mn_channel_send_kept(mn_channel *channel, const mn_frame *frame, const mn_waiter *waiter);

/* Keeps the message, which is the channel's then, until all that was sent so far has been read. MN_NOMEM: it
 * is the caller's still. */
mn_status mn_channel_keep(mn_channel *channel, mn_message *message);

/* Waits for the next frame to begin, until `deadline`, or until it is asked to stop; `waiter` NULL: it
 * can't be. MN_OK: the message is the caller's. MN_CLOSED, also where what comes is no frame.
 * MN_TIMEOUT. MN_CANCELLED. MN_NOMEM: nothing more can be received. */
mn_status mn_channel_receive(mn_channel *channel, const mn_waiter *waiter, mn_time deadline,
                             mn_frame *frame);

#endif

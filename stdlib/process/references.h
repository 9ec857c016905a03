/* process/references.h -- how what a message refers to goes over a channel, and what both ends remember of
 * it.
 * Level stdlib: vm/core and below; never lua.h. Used by one thread at a time.
 *
 * References become numbers: objects by way of the link, code and classes as copies, which both ends
 * keep in slots. Those that were sent stay here until the other side has read them, and so has references of
 * its own: a proxy on its way home may be the last that keeps the object there. */
#ifndef MN_PROCESS_REFERENCES_H
#define MN_PROCESS_REFERENCES_H

#include "base/buffer.h"
#include "core/message.h"
#include "process/link.h"

enum { MN_REFERENCES_SLOTS = 128 };
/* Of a message's flags, those that are the codec's. */
#define MN_REFERENCES_FLAGS UINT32_C(0x3fffffff)

/* All zero but for the link: nothing yet. */
typedef struct mn_references {
  mn_link *link;      /* the channel's reference; NULL: only code and classes go over */
  mn_buffer *out;     /* what is being written to */
  mn_buffer exported; /* uint64_t: objects that the frame that is being made has exported */
  mn_buffer kept;     /* kept (references.c) */
  /* What the other side has in its slots, and what it has put into ours: references. */
  mn_handle *sent[MN_REFERENCES_SLOTS], *received[MN_REFERENCES_SLOTS];
} mn_references;

/* `sent`: so many frames were. */
void mn_references_free(mn_references *r, uint32_t sent);

/* Appends those of the message to `out`, for a new frame. MN_CLOSED: the link is. MN_NOMEM. After either
 * the frame is to be forgotten. */
mn_status mn_references_put(mn_references *r, const mn_message *message, mn_buffer *out);
/* The frame was not sent: the other side knows nothing of what was noted for it. */
void mn_references_forget(mn_references *r);

/* Reads `count` of them; all, new references, or none. MN_CLOSED: it makes no sense. MN_NOMEM. */
mn_status mn_references_get(mn_references *r, const void *bytes, size_t size, mn_handle **handles,
                            uint32_t count);

/* Keeps the message until the other side has received frame number `frame`. MN_NOMEM: it is the caller's
 * still; not after room was reserved. */
mn_status mn_references_keep(mn_references *r, mn_message *message, uint32_t frame);
bool mn_references_reserve_kept(mn_references *r);
/* Drops what the other side has read, which has received so many frames. */
void mn_references_drop_kept(mn_references *r, uint32_t seen);

#endif

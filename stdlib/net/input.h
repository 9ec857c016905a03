/* net/input.h -- what comes in by a descriptor, kept until it is asked for.
 * Level stdlib: vm/core and below; never lua.h.
 * Any number of threads and tasks may wait for input; each gets what it asked for in one piece. Only
 * mn_input_take waits. */
#ifndef MN_NET_INPUT_H
#define MN_NET_INPUT_H

#include "core/source.h"

/* Fetches up to `size` bytes without waiting. MN_OK: *count, 0 at the end; *all: there are no more now.
 * MN_EMPTY: there are none. MN_INVALID: errno says why. MN_NOMEM. Called under the input's mutex. */
typedef mn_status mn_input_fetch(void *from, void *bytes, size_t size, size_t *count, bool *all);

/* Marks of up to so many bytes are not searched for twice in the same bytes. */
enum { MN_MARK_KEPT = 16 };

typedef struct mn_input {
  mn_source *source; /* immutable, as are the next three */
  mn_input_fetch *fetch;
  void *from;
  size_t limit; /* bytes before a mark, at most */
  mn_mutex mutex;
  /* The rest is guarded by mutex; the bytes are his who has taken some. */
  unsigned char *bytes;
  size_t begin, end, room;
  size_t searched; /* in so many of them there is no mark as in the next two */
  char mark[MN_MARK_KEPT];
  size_t mark_size;
  uint32_t to_ask; /* how many of those who wait may have what they need in what came last */
  bool taken;
  bool ended, closed;
  mn_source_side side;
} mn_input;

/* What one asks for. */
typedef struct mn_need {
  enum { MN_NEED_SOME, MN_NEED_BYTES, MN_NEED_MARK, MN_NEED_ALL } kind;
  size_t count;     /* of bytes: at most that many; or just that many, fewer at the end */
  const char *mark; /* all up to these bytes, and they */
  size_t mark_size;
} mn_need;

void mn_input_init(mn_input *input, mn_source *source, mn_input_fetch *fetch, void *from,
                   size_t limit);
/* Nobody uses it any more. */
void mn_input_free(mn_input *input);

/* Waits until there is what is needed, and takes it: *bytes and *size until mn_input_give. At the end there
 * may be less than was needed. MN_CLOSED: nothing, and nothing more will come; or it was closed. MN_FULL: the
 * mark is not within the limit. MN_INVALID: errno says why. Else as mn_wait. `object` is what
 * waits are said to be for. */
mn_status mn_input_take(mn_input *input, mn_waiter *self, const mn_need *need, mn_time deadline,
                        mn_handle *object, const unsigned char **bytes, size_t *size);
/* Gives up the turn, and the first `used` of the bytes. */
void mn_input_give(mn_input *input, size_t used);

/* No more is read. The caller holds the mutex, and closes the source next, which wakes all who wait: they
 * get MN_CLOSED. */
void mn_input_close_locked(mn_input *input);

#endif

/* net/output.h -- writing to a descriptor, one writer at a time.
 * Level stdlib: vm/core and below; never lua.h.
 * What one call writes is not mixed with what others do. Only mn_output_write waits. */
#ifndef MN_NET_OUTPUT_H
#define MN_NET_OUTPUT_H

#include "core/source.h"

/* Sends some of the bytes without waiting. MN_OK: *count. MN_EMPTY: not now. MN_INVALID: errno says why.
 * MN_NOMEM. Called under the output's mutex. After MN_EMPTY it is called with the same bytes again. */
typedef mn_status mn_output_send(void *to, const void *bytes, size_t size, size_t *count);

/* Sends what a sender has kept. MN_OK: all of it; else the same. */
typedef mn_status mn_output_flush(void *to);

typedef struct mn_output {
  mn_source *source; /* immutable, as are the next three */
  mn_output_send *send;
  mn_output_flush *flush;
  void *to;
  mn_waitlist turns; /* of those who want to write */
  mn_mutex mutex;
  /* The rest is guarded by mutex. */
  mn_waiter *writer; /* whose turn it is; NULL: nobody's */
  mn_held held;      /* by the writer */
  size_t written;    /* by the writer, so far */
  bool closed;
  mn_source_side side;
} mn_output;

void mn_output_init(mn_output *output, mn_source *source, mn_output_send *send,
                    mn_output_flush *flush, void *to);

/* Waits until all is written. MN_OK; MN_CLOSED: it was closed, here; MN_INVALID: errno says why; else as
 * mn_wait. After MN_PARKED the same call is to be made once more. Otherwise *written bytes are on their
 * way. `object` is what waits are said to be for. */
mn_status mn_output_write(mn_output *output, mn_waiter *self, const void *bytes, size_t size,
                          mn_time deadline, mn_handle *object, size_t *written);

/* Nothing more is written. The caller holds the mutex, closes the source next, and then wakes the list of
 * turns: all who wait get MN_CLOSED. */
void mn_output_close_locked(mn_output *output);

#endif

/* subprocess/pump.h -- what goes to children and what comes from them, in both directions at once.
 * Level stdlib: vm/core and below; never lua.h. A pipe belongs to one thread; calls that wait say so. */
#ifndef MN_SUBPROCESS_PUMP_H
#define MN_SUBPROCESS_PUMP_H

#include "base/buffer.h"
#include "subprocess/child.h"

/* Our end of a pipe. Its bytes are those that were read and nobody has taken yet, or those that are to be
 * written; `done` of them are taken or written. */
typedef struct mn_pipe {
  int descriptor; /* -1: closed; an output that is closed may have bytes */
  bool is_wide;
  mn_buffer bytes;
  size_t done;
} mn_pipe;

void mn_pipe_close(mn_pipe *pipe);
/* The same, and its bytes go. */
void mn_pipe_free(mn_pipe *pipe);

/* Waits until at least one byte was read into `bytes` (*count, 0 at the end), first those the pipe has.
 * MN_CANCELLED. MN_INVALID: errno. */
mn_status mn_pipe_read(mn_pipe *pipe, mn_waiter *waiter, void *bytes, size_t size, size_t *count);
/* Waits until all has been written. *count: how much was. MN_CANCELLED, MN_INVALID: errno. `waits`
 * false: only as much as there is room for, MN_TIMEOUT. */
mn_status mn_pipe_write(mn_pipe *pipe, mn_waiter *waiter, const void *bytes, size_t size,
                        bool waits, size_t *count);

/* Reads once, without waiting. MN_OK: something, or the end. MN_EMPTY: nothing now. MN_CLOSED: it is
 * closed, or has ended. MN_NOMEM. */
mn_status mn_pipe_fill(mn_pipe *pipe);
/* Writes what it has, without waiting. True: all of it, or nobody reads it any more. */
bool mn_pipe_drain(mn_pipe *pipe);

/* What mn_pump has to do. */
typedef struct mn_pump {
  mn_child *child;
  mn_pipe *input, *outputs[2]; /* NULL: none. An input is closed when its bytes are written, if
                                  `to_end` */
  bool to_end; /* all that comes until the outputs' end is read; else only while the child runs */
} mn_pump;

/* Writes and reads until the child has ended, and *code says how. MN_TIMEOUT, MN_CANCELLED: what was read
 * is kept, and the call can be made again. MN_NOMEM. MN_INVALID: somebody else has waited for the
 * child. The pipes' other ends may be other programs'. */
mn_status mn_pump_run(const mn_pump *pump, mn_waiter *waiter, mn_time deadline, int *code);

/* Reads what is there, without waiting, and closes the pipes: nothing more is to come. */
void mn_pump_finish(const mn_pump *pump);

#endif

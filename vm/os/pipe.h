/* os/pipe.h -- reading and writing pipes, and waiting for several things of that kind at once.
 * Level os. Safe from any thread; only mn_os_poll blocks.
 *
 * A thread that waits so keeps interrupts back first. They come through while it sleeps in the poll,
 * so one that comes after its look at what it may be interrupted for is not lost. */
#ifndef MN_OS_PIPE_H
#define MN_OS_PIPE_H

#include "os/os.h"

/* What was before the hold. */
typedef struct mn_held_signals {
  uint64_t mask[16];
  bool broken; /* a write found nobody to read: the signal of that is pending */
} mn_held_signals;

/* Between the two, interrupts of the calling thread (mn_os_interrupt) are kept back, and a write to a
 * pipe that nobody reads fails only. Not nested. Both keep errno. */
void mn_os_signals_hold(mn_held_signals *held);
void mn_os_signals_release(const mn_held_signals *held);

typedef struct mn_poll {
  int descriptor; /* -1: none */
  bool writes;    /* whether room to write is waited for, else something to read, or an end */
  bool ready;     /* the answer; an error counts as ready */
} mn_poll;

/* Sleeps until one is ready, an interrupt came, or `deadline`: or for no reason. */
void mn_os_poll(mn_poll *polls, size_t count, mn_time deadline, const mn_held_signals *held);

/* Reads up to `size` bytes, at least one, into `bytes`. MN_OK: *count, 0 at the end. MN_EMPTY: not now.
 * MN_INVALID: errno says why. */
mn_status mn_os_read(int descriptor, void *bytes, size_t size, size_t *count);
/* Writes some of them. The answers are the same; MN_INVALID also where nobody reads any more. */
mn_status mn_os_write(int descriptor, const void *bytes, size_t size, size_t *count,
                      mn_held_signals *held);

/* Whether reads and writes of that open file wait. Our ends of pipes do not. */
void mn_os_set_waiting(int descriptor, bool waits);

/* Makes a pipe hold much, where the system allows. */
void mn_os_pipe_widen(int descriptor);

#endif

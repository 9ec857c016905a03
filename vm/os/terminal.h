/* os/terminal.h -- a terminal that is read key by key.
 * Level os. Main thread or not, one thread at a time; what any thread may call says so.
 *
 * A process has one terminal that it can take. What a signal handler needs to give it back is the
 * process's, too. */
#ifndef MN_OS_TERMINAL_H
#define MN_OS_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/* ---- a descriptor that wakes a poll ---- */

/* -1: the system has no more; errno. */
int mn_wake_open(void);
void mn_wake_close(int wake);
/* Makes it ready to be read. Any thread, and safe in a signal handler. */
void mn_wake(int wake);
/* Makes it not ready. */
void mn_wake_clear(int wake);

/* ---- the terminal ---- */

/* Keys come at once from here on, without echo, Ctrl-C and Ctrl-Z as bytes, pasted text between marks;
 * reading and writing wait. `wake` is woken by what mn_terminal_events tells. If the process exits before
 * mn_terminal_give_back, or dies of a signal that can be handled, the terminal is as it was before.
 * *typed: how many bytes were typed before, in which a newline is the key Enter. MN_INVALID: errno. */
mn_status mn_terminal_take(int in, int out, int wake, size_t *typed);
void mn_terminal_give_back(void);
/* The same from any thread and in a signal handler; nothing if no terminal is taken, or it is another
 * process's (this one is the child of a fork). For when the process is about to end: a thread that takes it
 * later stays in that call. */
void mn_terminal_give_back_now(void);

/* Stops the processes of the terminal's foreground, as Ctrl-Z does; returns when this one goes on. The
 * terminal is not taken while it is stopped. */
void mn_terminal_suspend(void);

/* What has happened to the terminal since the last call; after the second it was taken anew. */
enum { MN_TERMINAL_RESIZED = 1, MN_TERMINAL_CONTINUED = 2 };
unsigned mn_terminal_events(void);

/* Writes all of it. What can't be written is lost. Any thread. */
void mn_terminal_write(int out, const void *bytes, size_t size);

#endif

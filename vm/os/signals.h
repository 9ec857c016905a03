/* os/signals.h -- what the files of one system share about signals.
 * Level os, for os/ alone. */
#ifndef MN_OS_SIGNALS_H
#define MN_OS_SIGNALS_H

#include <signal.h>

/* SIGURG: ignored by default, rarely used, and what Go uses for the same purpose. */
#define MN_INTERRUPT_SIGNAL SIGURG

/* Keeps SIGINT and SIGTERM from the calling thread, for good: they are main's, and would only break
 * off system calls here. The processes that the thread starts get them as main does. */
void mn_stop_signals_hide(void);

/* The signals that a process started by the calling thread should have blocked. */
void mn_child_signal_mask(sigset_t *mask);

#endif

/* os/signals.h -- what the files of one system share about signals.
 * Level os, for os/ alone. */
#ifndef MN_OS_SIGNALS_H
#define MN_OS_SIGNALS_H

#include <signal.h>

/* The signal of mn_os_interrupt, once its handler is installed. */
int mn_interrupt_signal(void);

/* Keeps SIGINT and SIGTERM from the calling thread, for good: they are main's, and would only break
 * off system calls here. The processes that the thread starts get them as main does: `hidden` is
 * what mn_stop_signals_hidden said in the thread that started this one, which inherits its mask. */
void mn_stop_signals_hide(unsigned hidden);
/* A bit for each of them that is hidden from the calling thread. */
unsigned mn_stop_signals_hidden(void);

/* The signals that a process started by the calling thread should have blocked. */
void mn_child_signal_mask(sigset_t *mask);

#endif

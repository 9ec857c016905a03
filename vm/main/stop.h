/* main/stop.h -- SIGINT (Ctrl-C) and SIGTERM.
 * Level main; never lua.h. The first signal cancels the main thread, whose end cancels all others.
 * A second one ends the process at once, unless somebody else wants to see to it. */
#ifndef MN_MAIN_STOP_H
#define MN_MAIN_STOP_H

#include <stdbool.h>

#include "core/runtime.h"

/* From here on signals cancel the runtime's main thread. Main thread only, once. False: the system
 * refuses; errno says why. */
bool mn_stop_install(mn_runtime *runtime);
/* From here on they cancel that thread instead, which expects it (core/thread.h). */
void mn_stop_aim_at(struct mn_thread *thread);
/* From here on signals are only remembered, because the runtime is about to go. */
void mn_stop_detach(void);

/* The signal that asked to stop; 0: none. Any thread. */
int mn_stop_signal(void);
/* Forgets a SIGINT, so that the next one is a first one again; `reset` undoes what it has done. On the
 * main thread none can come in between. False, and nothing was done: there was none. */
bool mn_stop_forget_interrupt(void (*reset)(void *), void *argument);

/* From here on `again` is called, in the signal handler, for each SIGINT after the first; NULL: they end
 * the process. */
void mn_stop_on_second(void (*again)(void));

#endif

/* main/stop.h -- SIGINT (Ctrl-C) and SIGTERM.
 * Level main; never lua.h. The first signal cancels the main thread, whose end cancels all others.
 * A second one ends the process at once. */
#ifndef MN_MAIN_STOP_H
#define MN_MAIN_STOP_H

#include <stdbool.h>

#include "core/runtime.h"

/* From here on signals cancel the runtime's main thread. Main thread only, once. False: the system
 * refuses; errno says why. */
bool mn_stop_install(mn_runtime *runtime);
/* From here on signals are only remembered, because the runtime is about to go. */
void mn_stop_detach(void);

/* The signal that asked to stop; 0: none. Any thread. */
int mn_stop_signal(void);
/* Forgets a SIGINT, so that the next one is a first one again; `reset` undoes what it has done. None
 * can come in between. False, and nothing was done: there was none. Main thread only. */
bool mn_stop_forget_interrupt(void (*reset)(void *), void *argument);

#endif

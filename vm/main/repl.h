/* main/repl.h -- interactive mode: read a line, run it, print its values, again.
 * Level main. Main thread only. */
#ifndef MN_MAIN_REPL_H
#define MN_MAIN_REPL_H

#include "core/state.h"

/* Until the end of standard input or SIGTERM. Ctrl-C ends what runs, with the threads and tasks that it has
 * started, and leads back to the prompt;
 * other threads go on. May throw what _PROMPT's __tostring throws. */
void mn_repl_run(mn_state *state);

#endif

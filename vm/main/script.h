/* main/script.h -- running what the command line asks for.
 * Level main. Main thread only. */
#ifndef MN_MAIN_SCRIPT_H
#define MN_MAIN_SCRIPT_H

#include <stdbool.h>

#include "core/state.h"
#include "main/options.h"

/* LUA_INIT, the options in their order, the script, interactive mode. False: something failed, and
 * was said on standard error; nothing is said of the end that a signal brought. */
bool mn_script_run_all(mn_state *state, const mn_options *options);

#endif

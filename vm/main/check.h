/* main/check.h -- `moons check`: finding mistakes in Lua files without running them.
 * Level main. Main thread only. */
#ifndef MN_MAIN_CHECK_H
#define MN_MAIN_CHECK_H

#include "core/state.h"

/* Does what `arguments` ask for, those after the word `check`. The exit status; what is wrong was
 * said. */
int mn_check_run(mn_state *state, int count, char **arguments);

#endif

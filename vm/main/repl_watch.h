/* main/repl_watch.h -- what the REPL tells without being asked: errors of what runs beside the prompt.
 * Level main. */
#ifndef MN_MAIN_REPL_WATCH_H
#define MN_MAIN_REPL_WATCH_H

#include <lauxlib.h>

#include "core/state_data.h"

/* For the REPL's Lua half. */
extern const luaL_Reg mn_repl_watch_functions[];

/* From here on errors of threads and processes, and of the state's tasks, are kept until they are told. May throw
 * (memory). */
void mn_repl_watch(mn_state *state);
/* Whether there are any. */
bool mn_repl_watch_is_due(mn_state *state);

#endif

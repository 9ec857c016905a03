/* process/serve_lua.h -- the main thread of a process that another one has started to work for it.
 * Level stdlib. */
#ifndef MN_PROCESS_SERVE_LUA_H
#define MN_PROCESS_SERVE_LUA_H

#include "core/state_data.h"

/* Does what the parent says until that has no more. False: there is no parent. Never throws. */
bool mn_process_serve(mn_state *state);

#endif

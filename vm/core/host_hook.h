/* core/host_hook.h -- a host's hook that is set while its thread waits here.
 * Level core. Owner thread only.
 *
 * A host ends running Lua code as Lua's own command does at Ctrl-C: a signal handler sets a hook, which
 * raises at the next instruction. In a wait there is none. So the wait looks for such a hook when a signal
 * has broken its sleep, calls it by a function that does nothing else, and raises what it has raised. */
#ifndef MN_CORE_HOST_HOOK_H
#define MN_CORE_HOST_HOOK_H

#include "core/state_data.h"

/* Prepares for that in a host's state. May throw. */
void mn_host_hook_open(lua_State *L);
/* From here on the state's thread looks. */
void mn_host_hook_watch(mn_state *state);

/* Pushes the error that is to be raised. False: there is none, and nothing was pushed. */
bool mn_host_hook_take_error(lua_State *L);

#endif

/* core/state.h -- one Lua state, with its heap, for one thread.
 * Level core. Owner thread only, but where a call says otherwise.
 *
 * A state is a copy of the runtime's template where there is one (core/template.c), else it is
 * opened library by library; a script can't tell. It has Lua's standard libraries with the
 * process-wide calls made safe (core/safelib.c), LPeg and re for require, and what the runtime's
 * open_libraries adds. */
#ifndef MN_CORE_STATE_H
#define MN_CORE_STATE_H

#include "core/state_data.h"

/* Opens a state for the calling thread, whose thread object is `thread`, in the memory of `cache`;
 * without a cache in memory of its own. NULL: no memory. */
mn_state *mn_state_open(mn_runtime *runtime, mn_thread *thread, mn_worker_cache *cache);

/* Closes it: pending to-be-closed variables and all finalizers run. `cache` as it was opened with. */
void mn_state_close(mn_state *state, mn_worker_cache *cache);

/* A state that a host has opened, for the runtime's main thread, which is the calling one. Its heap, its
 * libraries and its globals stay as they are; mn_state_set is the caller's to call. NULL: no memory. */
mn_state *mn_state_attach(mn_runtime *runtime, lua_State *L);
/* It is the host's alone again. */
void mn_state_detach(mn_state *state);

/* Lets the state use as much memory again as its limit says, for what has to be done although the limit
 * was reached. */
void mn_state_allow_more(mn_state *state);

/* Pushes the text of the error value at `index`, which it gives: the value itself, what its __tostring says,
 * or what it is. */
const char *mn_state_push_message(lua_State *L, int index);

/* Calls the function below its `nargs` arguments, in the coroutine L. LUA_OK: `nresults` results on the
 * stack. Else the error value and above it its report, a string: the message and the stitched
 * traceback. Calls may lie within each other. */
int mn_state_call(lua_State *L, int nargs, int nresults);

#endif

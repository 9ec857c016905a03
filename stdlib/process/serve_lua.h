/* process/serve_lua.h -- the main thread of a process that another one has started to work for it.
 * Level stdlib. */
#ifndef MN_PROCESS_SERVE_LUA_H
#define MN_PROCESS_SERVE_LUA_H

#include "process/deputy_lua.h"

/* Does what the parent says until that has no more; `functions` are called beside those that processes have
 * anyway (process/peer.h), as in mn_deputy_serve. False: there is no parent. Never throws. */
bool mn_process_serve(lua_State *L, const mn_deputy_function *functions, void *context);

#endif

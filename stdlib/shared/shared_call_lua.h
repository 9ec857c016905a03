/* shared/shared_call_lua.h -- calling a script's function as one step: update and transaction.
 * Level stdlib; private to the binding of Shared. Owner thread only; all may throw. */
#ifndef MN_SHARED_CALL_LUA_H
#define MN_SHARED_CALL_LUA_H

#include <lua.h>

#include "base/status.h"
#include "shared/shared_tree.h"

void mn_shared_calls_open(lua_State *L);

/* The object that is argument 1. */
mn_shared *mn_check_shared(lua_State *L);
/* Throws what a write or the begin of a transaction answered. */
int mn_throw_write(lua_State *L, mn_status status);

int mn_l_shared_update(lua_State *L);
int mn_l_shared_transaction(lua_State *L);

#endif

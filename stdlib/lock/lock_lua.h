/* lock/lock_lua.h -- opens the module, and what other types that are locks share with it.
 * Level stdlib. */
#ifndef MN_LOCK_LOCK_LUA_H
#define MN_LOCK_LOCK_LUA_H

#include <lua.h>

#include "lock/guard_lua.h"
#include "lock/lock.h"

/* Adds Lock to the table on top of the stack. */
void mn_lock_open(lua_State *L);

/* mn_lock_acquire and mn_lock_release, mistakes thrown at the caller's line. */
mn_status mn_lock_lua_acquire(lua_State *L, mn_lock *lock, mn_time deadline, mn_acquired *acquired);
int mn_lock_lua_release(lua_State *L, mn_lock *lock);
/* Throws unless the calling thread holds the lock. */
void mn_lock_lua_check_held(lua_State *L, mn_lock *lock);

/* The same as functions of a guard's kind, for an object that is a lock itself. */
mn_status mn_lock_guard_acquire(lua_State *L, mn_handle *object, mn_time deadline,
                                mn_acquired *acquired);
void mn_lock_guard_release(lua_State *L, mn_handle *object, uint64_t turn);

/* Makes a lock of that type. */
int mn_lock_lua_new(lua_State *L, const mn_type *type);

/* How select waits for a lock of any type. */
mn_status mn_lock_select_prepare(lua_State *L, mn_handle *object, mn_wait_case *wait);
int mn_lock_select_push(lua_State *L, mn_wait_case *wait, mn_status status);

#endif

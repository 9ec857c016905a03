/* lock/guard_lua.h -- acquire, `hold` for <close>, and `with(f, ...)`, for all that is acquired and
 * released.
 * Level stdlib. Owner thread only; what takes a lua_State may throw.
 *
 * A guard is a userdata that knows its object and the number of its acquisition. Closing it releases
 * just that one, once, if it was not released before. One that is merely collected leaves it: the
 * object is then abandoned when the thread ends. */
#ifndef MN_LOCK_GUARD_LUA_H
#define MN_LOCK_GUARD_LUA_H

#include <lua.h>

#include "core/handle.h"
#include "lock/turns.h"
#include "os/os.h"

/* One way to acquire objects of one type. A constant. */
typedef struct mn_guard_kind {
  const mn_type *type;
  /* Acquires for the calling thread. MN_OK, or an outcome of waiting; throws what is a mistake. */
  mn_status (*acquire)(lua_State *L, mn_handle *object, mn_time deadline, mn_acquired *acquired);
  /* Releases acquisition number `turn`, unless that has been released. May throw. */
  void (*release)(lua_State *L, mn_handle *object, uint64_t turn);
} mn_guard_kind;

/* The methods acquire([seconds]), hold([seconds]) and with(f, ...) of the object at index 1. */
int mn_guard_acquire(lua_State *L, const mn_guard_kind *kind);
int mn_guard_hold(lua_State *L, const mn_guard_kind *kind);
int mn_guard_with(lua_State *L, const mn_guard_kind *kind);

/* What acquire returns when it has acquired. */
int mn_guard_push_acquired(lua_State *L, const mn_acquired *got);

/* For other calls of functions that must be followed by a release: pushes a guard of the object at
 * index 1, to be marked to be closed. It does nothing until it is armed; that never throws. */
typedef struct mn_guard mn_guard;
mn_guard *mn_guard_push(lua_State *L);
void mn_guard_arm(mn_guard *guard, const mn_guard_kind *kind, uint64_t turn);

/* Makes guards known to this state. */
void mn_guard_open(lua_State *L);

#endif

/* rwlock/rwlock_lua.c -- RWLock as Lua sees it. */
#include "rwlock/rwlock_lua.h"

#include "core/binding.h"
#include "core/calling.h"
#include "lock/guard_lua.h"
#include "rwlock/rwlock.h"

static mn_rwlock *check_rwlock(lua_State *L) {
  return (mn_rwlock *)(void *)mn_check_handle(L, 1, &mn_rwlock_type);
}

static const char *caller(lua_State *L) {
  return mn_state_of(L)->task ? "task" : "thread";
}

static mn_status throw_mistake(lua_State *L, const mn_rwlock *lock, mn_status status) {
  if (status == MN_DEADLOCK) {
    bool writes = mn_rwlock_is_written_by(lock, mn_waiter_of(L));
    luaL_error(L, "lock is already held for %s by this %s", writes ? "writing" : "reading",
               caller(L));
  }
  if (status == MN_TOO_MANY) luaL_error(L, "lock is held too many times by this %s", caller(L));
  return status;
}

/* ---- reading ---- */

static mn_status acquire_read(lua_State *L, mn_handle *object, mn_time deadline,
                              mn_acquired *acquired) {
  mn_rwlock *lock = (mn_rwlock *)(void *)object;
  mn_status status = mn_rwlock_acquire_read(lock, mn_waiter_to_park(L), deadline, acquired);
  return throw_mistake(L, lock, status);
}

static void release_read(lua_State *L, mn_handle *object, uint64_t turn) {
  mn_rwlock_release_read_turn((mn_rwlock *)(void *)object, mn_waiter_of(L), turn);
}

static const mn_guard_kind reading = {&mn_rwlock_type, acquire_read, release_read};

static int l_acquire_read(lua_State *L) {
  return mn_guard_acquire(L, &reading);
}

static int l_hold_read(lua_State *L) {
  return mn_guard_hold(L, &reading);
}

static int l_with_read(lua_State *L) {
  return mn_guard_with(L, &reading);
}

static int l_release_read(lua_State *L) {
  if (mn_rwlock_release_read(check_rwlock(L), mn_waiter_of(L)) == MN_OK) return 0;
  return luaL_error(L, "lock is not held for reading by this %s", caller(L));
}

/* ---- writing ---- */

static mn_status acquire_write(lua_State *L, mn_handle *object, mn_time deadline,
                               mn_acquired *acquired) {
  mn_rwlock *lock = (mn_rwlock *)(void *)object;
  mn_status status = mn_rwlock_acquire_write(lock, mn_waiter_to_park(L), deadline, acquired);
  return throw_mistake(L, lock, status);
}

static void release_write(lua_State *L, mn_handle *object, uint64_t turn) {
  mn_rwlock_release_write_turn((mn_rwlock *)(void *)object, mn_waiter_of(L), turn);
}

static const mn_guard_kind writing = {&mn_rwlock_type, acquire_write, release_write};

static int l_acquire_write(lua_State *L) {
  return mn_guard_acquire(L, &writing);
}

static int l_hold_write(lua_State *L) {
  return mn_guard_hold(L, &writing);
}

static int l_with_write(lua_State *L) {
  return mn_guard_with(L, &writing);
}

static int l_release_write(lua_State *L) {
  if (mn_rwlock_release_write(check_rwlock(L), mn_waiter_of(L)) == MN_OK) return 0;
  return luaL_error(L, "lock is not held for writing by this %s", caller(L));
}

/* ---- what it is like ---- */

static int l_readers(lua_State *L) {
  lua_pushinteger(L, mn_rwlock_readers(check_rwlock(L)));
  return 1;
}

static int l_writing(lua_State *L) {
  lua_pushboolean(L, mn_rwlock_is_written(check_rwlock(L)));
  return 1;
}

static int l_locked(lua_State *L) {
  const mn_rwlock *lock = check_rwlock(L);
  lua_pushboolean(L, mn_rwlock_is_written(lock) || mn_rwlock_readers(lock) > 0);
  return 1;
}

/* ---- opening ---- */

static int l_new(lua_State *L) {
  mn_ref *ref = mn_ref_new(L, &mn_rwlock_type);
  mn_rwlock *lock = mn_rwlock_new();
  if (!lock) return luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, (mn_handle *)(void *)lock);
  return 1;
}

static const luaL_Reg methods[] = {{"acquire_read", l_acquire_read},
                                   {"release_read", l_release_read},
                                   {"hold_read", l_hold_read},
                                   {"with_read", l_with_read},
                                   {"acquire_write", l_acquire_write},
                                   {"release_write", l_release_write},
                                   {"hold_write", l_hold_write},
                                   {"with_write", l_with_write},
                                   {"readers", l_readers},
                                   {"writing", l_writing},
                                   {"locked", l_locked},
                                   {NULL, NULL}};

static const mn_binding binding = {.methods = methods};

void mn_rwlock_open(lua_State *L) {
  mn_type_open(L, &mn_rwlock_type, &binding);
  lua_pushcfunction(L, l_new);
  lua_setfield(L, -2, "RWLock");
}

/* rlock/rlock_lua.c -- RLock as Lua sees it: a lock of another type. */
#include "rlock/rlock_lua.h"

#include "core/binding.h"
#include "lock/lock_lua.h"

static const mn_guard_kind kind = {&mn_rlock_type, mn_lock_guard_acquire, mn_lock_guard_release};

static mn_lock *check_rlock(lua_State *L) {
  return (mn_lock *)(void *)mn_check_handle(L, 1, &mn_rlock_type);
}

static int l_acquire(lua_State *L) {
  return mn_guard_acquire(L, &kind);
}

static int l_hold(lua_State *L) {
  return mn_guard_hold(L, &kind);
}

static int l_with(lua_State *L) {
  return mn_guard_with(L, &kind);
}

static int l_release(lua_State *L) {
  return mn_lock_lua_release(L, check_rlock(L));
}

static int l_locked(lua_State *L) {
  lua_pushboolean(L, mn_lock_is_held(check_rlock(L)));
  return 1;
}

static int l_new(lua_State *L) {
  return mn_lock_lua_new(L, &mn_rlock_type);
}

static const luaL_Reg methods[] = {{"acquire", l_acquire}, {"release", l_release},
                                   {"locked", l_locked},   {"hold", l_hold},
                                   {"with", l_with},       {NULL, NULL}};

static const mn_selectable selectable = {
    .type = &mn_rlock_type, .prepare = mn_lock_select_prepare, .push = mn_lock_select_push};

static const mn_binding binding = {.methods = methods, .select = &selectable};

void mn_rlock_open(lua_State *L) {
  mn_type_open(L, &mn_rlock_type, &binding);
  lua_pushcfunction(L, l_new);
  lua_setfield(L, -2, "RLock");
}

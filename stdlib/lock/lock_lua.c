/* lock/lock_lua.c -- Lock as Lua sees it. */
#include "lock/lock_lua.h"

#include <string.h>

#include "core/binding.h"
#include "lock/lock.h"

static mn_lock *check_lock(lua_State *L, int index) {
  return (mn_lock *)(void *)mn_check_handle(L, index, &mn_lock_type);
}

/* MN_DEADLOCK is thrown. */
static mn_status acquire(lua_State *L, mn_lock *lock, mn_time deadline, bool *abandoned) {
  mn_status status = mn_lock_acquire(lock, mn_self(L), deadline, abandoned);
  if (status == MN_DEADLOCK) luaL_error(L, "lock is already held by this thread");
  return status;
}

static int push_abandoned(lua_State *L, bool abandoned) {
  if (abandoned) lua_pushliteral(L, "abandoned");
  return abandoned ? 2 : 1;
}

static int l_acquire(lua_State *L) {
  bool abandoned = false;
  mn_lock *lock = check_lock(L, 1);
  mn_status status = acquire(L, lock, mn_check_deadline(L, 2), &abandoned);
  int pushed = mn_push_status(L, status);
  return status == MN_OK ? push_abandoned(L, abandoned) : pushed;
}

/* The name of the thread that holds the lock is looked up among the living. */
static int throw_not_owner(lua_State *L, mn_lock *lock) {
  char name[MN_THREAD_NAME] = "";
  mn_runtime *runtime = mn_state_of(L)->runtime;
  mn_mutex_lock(&runtime->mutex);
  for (mn_list *l = runtime->threads.next; l != &runtime->threads; l = l->next) {
    mn_thread *thread = mn_list_entry(l, mn_thread, link);
    if (mn_lock_is_held_by(lock, thread)) memcpy(name, thread->options.name, sizeof name);
  }
  mn_mutex_unlock(&runtime->mutex);
  if (*name) return luaL_error(L, "lock is held by another thread ('%s')", name);
  return luaL_error(L,
                    mn_lock_is_held(lock) ? "lock is held by another thread" : "lock is not held");
}

static int l_release(lua_State *L) {
  mn_lock *lock = check_lock(L, 1);
  if (mn_lock_release(lock, mn_self(L)) == MN_OK) return 0;
  return throw_not_owner(L, lock);
}

static int l_locked(lua_State *L) {
  lua_pushboolean(L, mn_lock_is_held(check_lock(L, 1)));
  return 1;
}

/* ---- the guard of hold ---- */

/* A guard is a userdata that holds the number of its acquisition, and the lock's userdata as its user
 * value. Only closing it releases: one that is merely collected leaves the lock held, and abandoned
 * when the thread ends. */
static const char GUARD_KEY, ABANDONED_KEY;

static int l_guard_close(lua_State *L) {
  luaL_checktype(L, 1, LUA_TUSERDATA);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &GUARD_KEY);
  if (!lua_getmetatable(L, 1) || !lua_rawequal(L, -1, -2) || lua_rawlen(L, 1) != sizeof(uint64_t))
    return luaL_typeerror(L, 1, "Guard");
  const uint64_t *turn = lua_touserdata(L, 1);
  if (lua_getiuservalue(L, 1, 1) != LUA_TUSERDATA) return 0;
  mn_lock_release_turn(check_lock(L, -1), mn_self(L), *turn);
  return 0;
}

/* Pushes a guard and acquires the lock for it; what `index` holds is the timeout. */
static mn_status push_guard(lua_State *L, int index, bool *abandoned) {
  mn_lock *lock = check_lock(L, 1);
  mn_time deadline = mn_check_deadline(L, index);
  /* The guard is ready before the lock is held: after that nothing may throw. */
  uint64_t *turn = lua_newuserdatauv(L, sizeof *turn, 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &GUARD_KEY);
  lua_setmetatable(L, -2);
  mn_status status = acquire(L, lock, deadline, abandoned);
  if (status == MN_OK) {
    *turn = mn_lock_turn(lock);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
  }
  return status;
}

static int l_hold(lua_State *L) {
  bool abandoned = false;
  lua_settop(L, 2);
  mn_status status = push_guard(L, 2, &abandoned);
  return status == MN_OK ? push_abandoned(L, abandoned) : mn_push_status(L, status);
}

/* The results of f stand above the lock and the guard. */
static int after_with(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return lua_gettop(L) - 2;
}

static int l_with(lua_State *L) {
  bool abandoned = false;
  if (lua_type(L, 2) != LUA_TFUNCTION) {
    if (luaL_getmetafield(L, 2, "__call") == LUA_TNIL) return luaL_typeerror(L, 2, "function");
    lua_pop(L, 1);
  }
  int nargs = lua_gettop(L) - 2;
  mn_status status = push_guard(L, lua_gettop(L) + 1, &abandoned); /* no timeout there */
  if (status != MN_OK) return mn_push_status(L, status);
  lua_insert(L, 2);
  lua_toclose(L, 2);
  if (abandoned)
    return luaL_error(L, "lock was abandoned: its last holder ended without releasing it");
  lua_callk(L, nargs, LUA_MULTRET, 0, after_with);
  return after_with(L, LUA_OK, 0);
}

/* ---- opening ---- */

static int l_new(lua_State *L) {
  mn_ref *ref = mn_ref_new(L, &mn_lock_type);
  mn_lock *lock = mn_lock_new();
  if (!lock) return luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, (mn_handle *)(void *)lock);
  return 1;
}

static const luaL_Reg methods[] = {{"acquire", l_acquire}, {"release", l_release},
                                   {"locked", l_locked},   {"hold", l_hold},
                                   {"with", l_with},       {NULL, NULL}};

static const mn_binding binding = {.methods = methods};

static const luaL_Reg guard[] = {{"__close", l_guard_close}, {NULL, NULL}};

void mn_lock_open(lua_State *L) {
  mn_type_open(L, &mn_lock_type, &binding);
  luaL_newlib(L, guard);
  lua_pushliteral(L, "Guard");
  lua_setfield(L, -2, "__name");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &GUARD_KEY);
  lua_pushliteral(L, "abandoned"); /* kept, so that pushing it never needs memory */
  lua_rawsetp(L, LUA_REGISTRYINDEX, &ABANDONED_KEY);
  lua_pushcfunction(L, l_new);
  lua_setfield(L, -2, "Lock");
}

/* condition/condition_lua.c -- Condition as Lua sees it. */
#include "condition/condition_lua.h"

#include "condition/condition.h"
#include "core/binding.h"
#include "core/calling.h"
#include "core/task.h"
#include "lock/lock_lua.h"

static mn_condition *check_condition(lua_State *L) {
  return (mn_condition *)(void *)mn_check_handle(L, 1, &mn_condition_type);
}

/* The same; throws unless the calling thread holds its lock. */
static mn_condition *check_held(lua_State *L) {
  mn_condition *condition = check_condition(L);
  mn_lock_lua_check_held(L, mn_condition_lock(condition));
  return condition;
}

/* ---- what it has of its lock ---- */

static mn_status acquire(lua_State *L, mn_handle *object, mn_time deadline, mn_acquired *acquired) {
  mn_lock *lock = mn_condition_lock((mn_condition *)(void *)object);
  return mn_lock_lua_acquire(L, lock, deadline, acquired);
}

static void release(lua_State *L, mn_handle *object, uint64_t turn) {
  mn_lock_release_turn(mn_condition_lock((mn_condition *)(void *)object), mn_waiter_of(L), turn);
}

static const mn_guard_kind kind = {&mn_condition_type, acquire, release};

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
  return mn_lock_lua_release(L, mn_condition_lock(check_condition(L)));
}

static int l_locked(lua_State *L) {
  lua_pushboolean(L, mn_lock_is_held(mn_condition_lock(check_condition(L))));
  return 1;
}

/* ---- waiting and notifying ---- */

/* After a wait that ended well: the word that a holder ended meanwhile, if so. When the wait did not
 * end well the next one to acquire the lock is told. */
static int push_abandoned(lua_State *L, mn_condition *condition) {
  mn_lock *lock = mn_condition_lock(condition);
  if (!mn_lock_is_held_by(lock, mn_waiter_of(L)) || !mn_lock_take_abandoned(lock)) return 0;
  lua_pushliteral(L, "abandoned");
  return 1;
}

/* A task that has parked in it does not hold the lock. */
static mn_status wait(lua_State *L, mn_time deadline) {
  if (!mn_condition_has_ticket(mn_waiter_to_park(L))) (void)check_held(L);
  return mn_condition_wait(check_condition(L), mn_waiter_to_park(L), deadline);
}

static int l_wait(lua_State *L) {
  mn_condition *condition = check_condition(L);
  mn_status status = wait(L, mn_check_deadline(L, 2));
  int pushed = mn_push_status(L, status);
  return status == MN_OK ? pushed + push_abandoned(L, condition) : pushed;
}

/* The predicate's value is at index 3; `context` is the deadline, or 0: it has passed. The predicate is
 * asked once more after that, since the lock may have been waited for. */
static int look(lua_State *L, int resumed, lua_KContext context) {
  (void)resumed;
  while (!lua_toboolean(L, 3)) {
    if (context == 0) return mn_push_status(L, MN_TIMEOUT);
    mn_status status = wait(L, (mn_time)context);
    if (status == MN_PARKED) return mn_task_park_at(L, context, look);
    if (status == MN_TIMEOUT)
      context = 0;
    else if (status != MN_OK)
      return mn_push_status(L, status);
    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    lua_callk(L, 0, 1, context, look);
  }
  return 1 + push_abandoned(L, check_condition(L));
}

static int l_wait_for(lua_State *L) {
  (void)check_condition(L);
  mn_check_callable(L, 2);
  mn_time deadline = mn_check_deadline(L, 3);
  (void)check_held(L);
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  lua_callk(L, 0, 1, (lua_KContext)deadline, look);
  return look(L, LUA_OK, (lua_KContext)deadline);
}

static int l_notify(lua_State *L) {
  (void)check_condition(L);
  lua_Integer most = luaL_optinteger(L, 2, 1);
  luaL_argcheck(L, most >= 0, 2, "count must not be negative");
  mn_condition_notify(check_held(L), (uint64_t)most);
  return 0;
}

static int l_notify_all(lua_State *L) {
  mn_condition_notify(check_held(L), UINT64_MAX);
  return 0;
}

/* ---- opening ---- */

/* The lock that is argument 1; a new RLock takes the place of none. */
static mn_lock *check_lock(lua_State *L) {
  if (lua_isnil(L, 1)) {
    (void)mn_lock_lua_new(L, &mn_rlock_type);
    lua_replace(L, 1);
  }
  mn_handle *lock = mn_to_handle(L, 1);
  if (!lock || (lock->type != &mn_lock_type && lock->type != &mn_rlock_type))
    luaL_typeerror(L, 1, "Lock or RLock");
  return (mn_lock *)(void *)lock;
}

static int l_new(lua_State *L) {
  lua_settop(L, 1);
  mn_lock *lock = check_lock(L);
  mn_ref *ref = mn_ref_new(L, &mn_condition_type);
  mn_condition *condition = mn_condition_new(lock);
  if (!condition) return luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, (mn_handle *)(void *)condition);
  return 1;
}

static const luaL_Reg methods[] = {{"acquire", l_acquire},
                                   {"release", l_release},
                                   {"locked", l_locked},
                                   {"hold", l_hold},
                                   {"with", l_with},
                                   {"wait", l_wait},
                                   {"wait_for", l_wait_for},
                                   {"notify", l_notify},
                                   {"notify_all", l_notify_all},
                                   {NULL, NULL}};

static const mn_binding binding = {.methods = methods};

void mn_condition_open(lua_State *L) {
  mn_type_open(L, &mn_condition_type, &binding);
  lua_pushcfunction(L, l_new);
  lua_setfield(L, -2, "Condition");
}

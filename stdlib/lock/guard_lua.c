/* lock/guard_lua.c -- a userdata with __close.
 *
 * A guard is ready before its object is acquired: after that nothing may throw until it is armed. */
#include "lock/guard_lua.h"

#include "core/binding.h"
#include "core/calling.h"
#include "core/task.h"

static const char GUARD_KEY, ABANDONED_KEY;

struct mn_guard {
  const void *own; /* &GUARD_KEY: a userdata that only got the metatable has something else here */
  const mn_guard_kind *kind; /* NULL: nothing to release, not yet or no more */
  uint64_t turn;
};

/* The object is the guard's user value. */
mn_guard *mn_guard_push(lua_State *L) {
  mn_guard *guard = lua_newuserdatauv(L, sizeof *guard, 1);
  *guard = (mn_guard){.own = &GUARD_KEY};
  lua_rawgetp(L, LUA_REGISTRYINDEX, &GUARD_KEY);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  return guard;
}

static mn_guard *check_guard(lua_State *L) {
  luaL_checktype(L, 1, LUA_TUSERDATA);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &GUARD_KEY);
  mn_guard *guard = lua_touserdata(L, 1);
  if (!lua_getmetatable(L, 1) || !lua_rawequal(L, -1, -2) || lua_rawlen(L, 1) != sizeof(mn_guard) ||
      guard->own != &GUARD_KEY)
    luaL_typeerror(L, 1, "Guard");
  return guard;
}

static int l_close(lua_State *L) {
  mn_guard *guard = check_guard(L);
  const mn_guard_kind *kind = guard->kind;
  if (!kind) return 0;
  guard->kind = NULL;
  lua_getiuservalue(L, 1, 1);
  mn_handle *object = mn_test_handle(L, -1, kind->type);
  /* When the state is closed the object may have gone before; then it was abandoned, or will be. */
  if (object) kind->release(L, object, guard->turn);
  return 0;
}

void mn_guard_arm(mn_guard *guard, const mn_guard_kind *kind, uint64_t turn) {
  guard->kind = kind;
  guard->turn = turn;
}

/* ---- the methods ---- */

static int push_abandoned(lua_State *L, bool abandoned) {
  if (abandoned) lua_pushliteral(L, "abandoned");
  return abandoned ? 2 : 1;
}

int mn_guard_push_acquired(lua_State *L, const mn_acquired *got) {
  lua_pushboolean(L, 1);
  return push_abandoned(L, got->abandoned);
}

int mn_guard_acquire(lua_State *L, const mn_guard_kind *kind) {
  mn_acquired got = {0};
  mn_handle *object = mn_check_handle(L, 1, kind->type);
  mn_status status = kind->acquire(L, object, mn_check_deadline(L, 2), &got);
  return status == MN_OK ? mn_guard_push_acquired(L, &got) : mn_push_status(L, status);
}

int mn_guard_hold(lua_State *L, const mn_guard_kind *kind) {
  mn_acquired got = {0};
  mn_handle *object = mn_check_handle(L, 1, kind->type);
  mn_time deadline = mn_check_deadline(L, 2);
  lua_settop(L, 2);
  mn_guard *guard = mn_guard_push(L);
  mn_status status = kind->acquire(L, object, deadline, &got);
  if (status != MN_OK) return mn_push_status(L, status);
  mn_guard_arm(guard, kind, got.turn);
  return push_abandoned(L, got.abandoned);
}

/* The results of f stand above the object and the guard. */
static int after_with(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return lua_gettop(L) - 2;
}

/* Above the object and the guard there are f and its arguments. */
static int acquire_and_call(lua_State *L, int resumed, lua_KContext context) {
  (void)resumed;
  const mn_guard_kind *kind = (const mn_guard_kind *)context;
  mn_acquired got = {0};
  mn_status status = kind->acquire(L, mn_test_handle(L, 1, kind->type), MN_FOREVER, &got);
  if (status == MN_PARKED) return mn_task_park_at(L, context, acquire_and_call);
  if (status != MN_OK) return mn_push_status(L, status);
  mn_guard_arm(lua_touserdata(L, 2), kind, got.turn);
  if (got.abandoned)
    return luaL_error(L, "lock was abandoned: its last holder ended without releasing it");
  lua_callk(L, lua_gettop(L) - 3, LUA_MULTRET, 0, after_with);
  return after_with(L, LUA_OK, 0);
}

int mn_guard_with(lua_State *L, const mn_guard_kind *kind) {
  (void)mn_check_handle(L, 1, kind->type);
  mn_check_callable(L, 2);
  (void)mn_guard_push(L);
  lua_insert(L, 2);
  lua_toclose(L, 2);
  return acquire_and_call(L, LUA_OK, (lua_KContext)kind);
}

/* ---- opening ---- */

static const luaL_Reg metamethods[] = {{"__close", l_close}, {NULL, NULL}};

void mn_guard_open(lua_State *L) {
  luaL_newlib(L, metamethods);
  lua_pushliteral(L, "Guard");
  lua_setfield(L, -2, "__name");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &GUARD_KEY);
  lua_pushliteral(L, "abandoned"); /* kept, so that pushing it never needs memory */
  lua_rawsetp(L, LUA_REGISTRYINDEX, &ABANDONED_KEY);
}

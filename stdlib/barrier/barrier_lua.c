/* barrier/barrier_lua.c -- Barrier as Lua sees it. */
#include "barrier/barrier_lua.h"

#include <string.h>

#include "barrier/barrier.h"
#include "core/binding.h"
#include "core/codec.h"
#include "core/registry.h"
#include "lock/guard_lua.h"

static mn_barrier *check_barrier(lua_State *L) {
  return (mn_barrier *)(void *)mn_check_handle(L, 1, &mn_barrier_type);
}

/* ---- the action ---- */

/* Registry key of the actions that this state has decoded, by their barriers' userdata. */
static const char ACTIONS_KEY;

static void push_action(lua_State *L, const mn_barrier *barrier) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &ACTIONS_KEY);
  lua_pushvalue(L, 1);
  if (lua_rawget(L, -2) == LUA_TNIL) {
    lua_pop(L, 1);
    (void)mn_decode(L, mn_barrier_action(barrier));
    lua_pushvalue(L, 1);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);
  }
  lua_remove(L, -2);
}

/* Who runs the action has, so to say, acquired the round: leaving it by an error breaks the barrier. */
static void release_round(lua_State *L, mn_handle *object, uint64_t round) {
  (void)L;
  mn_barrier_fail((mn_barrier *)(void *)object, round);
}

static const mn_guard_kind acting = {&mn_barrier_type, NULL, release_round};

/* Stack: barrier, round, index, guard. */
static int after_action(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  uint64_t round = (uint64_t)lua_tointeger(L, 2);
  status = (int)mn_barrier_finish(check_barrier(L), round);
  if (status != MN_OK) return mn_push_status(L, (mn_status)status);
  lua_pushvalue(L, 3);
  return 1;
}

static int act(lua_State *L, mn_barrier *barrier, mn_guard *guard, const mn_arrival *arrival) {
  mn_guard_arm(guard, &acting, arrival->round);
  lua_pushinteger(L, (lua_Integer)arrival->round);
  lua_replace(L, 2);
  lua_pushinteger(L, arrival->index);
  lua_replace(L, 3);
  push_action(L, barrier);
  lua_callk(L, 0, 0, 0, after_action);
  return after_action(L, LUA_OK, 0);
}

/* ---- the methods ---- */

static mn_time check_deadline(lua_State *L, const mn_barrier *barrier) {
  mn_time timeout = mn_barrier_timeout(barrier);
  if (!lua_isnoneornil(L, 2) || timeout == MN_FOREVER) return mn_check_deadline(L, 2);
  return timeout > 0 ? mn_clock() + timeout : 0;
}

static int l_wait(lua_State *L) {
  mn_barrier *barrier = check_barrier(L);
  mn_time deadline = check_deadline(L, barrier);
  mn_guard *guard = NULL;
  mn_arrival arrival;
  lua_settop(L, 3);
  if (mn_barrier_action(barrier)) {
    guard = mn_guard_push(L);
    lua_toclose(L, 4);
  }
  mn_status status = mn_barrier_wait(barrier, &mn_self(L)->waiter, deadline, &arrival);
  if (status == MN_DEADLOCK)
    return luaL_error(L, "a barrier's action cannot wait at the same barrier");
  if (status != MN_OK) return mn_push_status(L, status);
  if (guard && arrival.acts) return act(L, barrier, guard, &arrival);
  lua_pushinteger(L, arrival.index);
  return 1;
}

static int l_reset(lua_State *L) {
  mn_barrier_reset(check_barrier(L));
  return 0;
}

static int l_abort(lua_State *L) {
  mn_barrier_abort(check_barrier(L));
  return 0;
}

static int l_broken(lua_State *L) {
  lua_pushboolean(L, mn_barrier_is_broken(check_barrier(L)));
  return 1;
}

static int l_parties(lua_State *L) {
  lua_pushinteger(L, mn_barrier_parties(check_barrier(L)));
  return 1;
}

static int l_waiting(lua_State *L) {
  lua_pushinteger(L, mn_barrier_waiting(check_barrier(L)));
  return 1;
}

/* ---- making ---- */

static int refuse(lua_State *L, const char *option, const char *wanted) {
  const char *got = luaL_typename(L, -1);
  return luaL_argerror(L, 1,
                       lua_pushfstring(L, "option '%s': %s expected, got %s", option, wanted, got));
}

static void check_names(lua_State *L) {
  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
    if (!name)
      luaL_argerror(L, 1, lua_pushfstring(L, "unknown option of type %s", luaL_typename(L, -2)));
    if (strcmp(name, "parties") != 0 && strcmp(name, "action") != 0 && strcmp(name, "timeout") != 0)
      luaL_argerror(L, 1, lua_pushfstring(L, "unknown option '%s'", name));
  }
}

/* Replaces the table at index 1 by its parties, action and timeout at 1 to 3. */
static void unpack_options(lua_State *L) {
  check_names(L);
  lua_getfield(L, 1, "parties");
  if (!lua_isinteger(L, -1)) refuse(L, "parties", "integer");
  lua_getfield(L, 1, "action");
  if (!lua_isnil(L, -1) && !lua_isfunction(L, -1)) refuse(L, "action", "function");
  lua_getfield(L, 1, "timeout");
  if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TNUMBER) refuse(L, "timeout", "number");
  if (!lua_isnil(L, -1) && !(lua_tonumber(L, -1) >= 0))
    luaL_argerror(L, 1, "option 'timeout': must not be negative");
  lua_copy(L, -3, 1);
  lua_copy(L, -2, 2);
  lua_copy(L, -1, 3);
}

static mn_time span(lua_State *L, int index) {
  lua_Number seconds = lua_isnil(L, index) ? 9e9 : lua_tonumber(L, index);
  return seconds >= 9e9 ? MN_FOREVER : (mn_time)(seconds * (lua_Number)MN_SECOND);
}

static int l_new(lua_State *L) {
  mn_message action = {0};
  bool table = lua_istable(L, 1);
  lua_settop(L, table ? 1 : 2);
  lua_settop(L, 3); /* the timeout is an option of the table only */
  if (table) unpack_options(L);
  lua_settop(L, 3);
  lua_Integer parties = luaL_checkinteger(L, 1);
  luaL_argcheck(L, parties >= 1 && parties <= INT32_MAX, 1, "parties must be positive");
  if (!lua_isnil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
  mn_time timeout = span(L, 3);
  mn_ref *ref = mn_ref_new(L, &mn_barrier_type);
  if (!lua_isnil(L, 2)) mn_encode_or_throw(L, 2, 1, "action", 0, &action);
  mn_barrier *barrier = mn_barrier_new((uint32_t)parties, &action, timeout);
  if (!barrier) {
    mn_message_drop(&action);
    return luaL_error(L, "not enough memory");
  }
  mn_ref_fill(L, ref, (mn_handle *)(void *)barrier);
  return 1;
}

static const luaL_Reg methods[] = {
    {"wait", l_wait},       {"reset", l_reset},     {"abort", l_abort}, {"broken", l_broken},
    {"parties", l_parties}, {"waiting", l_waiting}, {NULL, NULL}};

static const mn_binding binding = {.methods = methods};

void mn_barrier_open(lua_State *L) {
  mn_type_open(L, &mn_barrier_type, &binding);
  mn_registry_push_weak(L, &ACTIONS_KEY, "k");
  lua_pop(L, 1);
  lua_pushcfunction(L, l_new);
  lua_setfield(L, -2, "Barrier");
}

/* barrier/barrier_lua.c -- Barrier as Lua sees it. */
#include "barrier/barrier_lua.h"

#include "barrier/barrier.h"
#include "core/binding.h"
#include "core/calling.h"
#include "core/codec.h"
#include "core/options.h"
#include "core/registry.h"
#include "core/task.h"
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

/* The guard, if there is an action, is at index 4; `context` is the deadline. */
static int await(lua_State *L, int resumed, lua_KContext context) {
  (void)resumed;
  mn_arrival arrival;
  mn_barrier *barrier = check_barrier(L);
  mn_status status = mn_barrier_wait(barrier, mn_waiter_to_park(L), (mn_time)context, &arrival);
  if (status == MN_PARKED) return mn_task_park_at(L, context, await);
  if (status == MN_DEADLOCK)
    return luaL_error(L, "a barrier's action cannot wait at the same barrier");
  if (status != MN_OK) return mn_push_status(L, status);
  if (arrival.acts) return act(L, barrier, lua_touserdata(L, 4), &arrival);
  lua_pushinteger(L, arrival.index);
  return 1;
}

static int l_wait(lua_State *L) {
  mn_barrier *barrier = check_barrier(L);
  mn_time deadline = check_deadline(L, barrier);
  lua_settop(L, 3);
  if (mn_barrier_action(barrier)) {
    (void)mn_guard_push(L);
    lua_toclose(L, 4);
  }
  return await(L, LUA_OK, (lua_KContext)deadline);
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

/* Where the options' values are collected, beside the table. */
enum { PARTIES = 2, ACTION, TIMEOUT };

static void read_parties(const mn_option *option, void *target) {
  (void)target;
  if (!lua_isinteger(option->L, -1)) mn_option_refuse_type(option, "integer");
  lua_copy(option->L, -1, PARTIES);
}

static void read_action(const mn_option *option, void *target) {
  (void)target;
  mn_option_check_type(option, LUA_TFUNCTION);
  lua_copy(option->L, -1, ACTION);
}

static void read_timeout(const mn_option *option, void *target) {
  (void)target, (void)mn_option_deadline(option);
  lua_copy(option->L, -1, TIMEOUT);
}

static const mn_option_reader readers[] = {
    {"parties", read_parties}, {"action", read_action}, {"timeout", read_timeout}, {NULL, NULL}};

/* Replaces the table at index 1 by its parties, action and timeout at 1 to 3. */
static void unpack_options(lua_State *L) {
  lua_settop(L, TIMEOUT);
  mn_options_read(L, 1, readers, NULL);
  if (lua_isnil(L, PARTIES)) luaL_argerror(L, 1, "option 'parties': integer expected, got nil");
  lua_remove(L, 1);
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

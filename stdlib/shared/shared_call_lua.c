/* shared/shared_call_lua.c -- a transaction is open while the function runs, and no lock is held. It is
 * ended by a guard that stands on the stack: however the function is left, by an error, a cancel or
 * the end of the state, what it wrote and did not commit is dropped. The function can't yield,
 * since a coroutine that is never resumed would keep it open. */
#include "shared/shared_call_lua.h"

#include "core/binding.h"
#include "core/calling.h"
#include "core/inside.h"
#include "shared/shared.h"
#include "shared/shared_build_lua.h"
#include "shared/shared_value_lua.h"

/* Which transaction a guard is for; its user value is the object. */
static const char GUARD_KEY;

mn_shared *mn_check_shared(lua_State *L) {
  return (mn_shared *)(void *)mn_check_handle(L, 1, &mn_shared_type);
}

int mn_throw_write(lua_State *L, mn_status status) {
  if (status == MN_DEADLOCK)
    return luaL_error(L, "deadlock: another thread's transaction waits for one that this thread "
                         "has open");
  if (status == MN_INVALID)
    return luaL_error(L, "this thread has a transaction of this Shared open already");
  return mn_push_status(L, status);
}

static int l_guard_close(lua_State *L) {
  luaL_checktype(L, 1, LUA_TUSERDATA);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &GUARD_KEY);
  if (!lua_getmetatable(L, 1) || !lua_rawequal(L, -1, -2) || lua_rawlen(L, 1) != sizeof(uint64_t))
    return luaL_typeerror(L, 1, "Guard");
  uint64_t *turn = lua_touserdata(L, 1);
  if (*turn == 0 || lua_getiuservalue(L, 1, 1) != LUA_TUSERDATA) return 0;
  mn_shared *shared = (mn_shared *)(void *)mn_test_handle(L, -1, &mn_shared_type);
  if (shared && mn_shared_turn(shared, mn_waiter_of(L)) == *turn)
    mn_shared_abort(shared, mn_waiter_of(L));
  *turn = 0;
  return 0;
}

/* Opens a transaction with its guard, which is put on the stack as index 2. */
static uint64_t *begin(lua_State *L, mn_shared *shared, const char *verb) {
  uint64_t *turn = lua_newuserdatauv(L, sizeof *turn, 1);
  *turn = 0;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &GUARD_KEY);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  lua_insert(L, 2);
  lua_toclose(L, 2);
  /* After this nothing throws until the guard knows. */
  mn_status status = mn_shared_begin(shared, mn_waiter_of(L), verb);
  if (status != MN_OK) mn_throw_write(L, status);
  *turn = mn_shared_turn(shared, mn_waiter_of(L));
  return turn;
}

static void commit(lua_State *L, mn_shared *shared, uint64_t *turn) {
  mn_status status = mn_shared_commit(shared, mn_waiter_of(L));
  if (status != MN_OK) mn_throw_write(L, status);
  *turn = 0;
}

/* Runs `body` with this function's arguments. An error that ends a coroutine leaves its stack as it is,
 * guards and all, until somebody closes it, which may be never. So there it is caught, which undoes
 * the transaction, and thrown again. */
static int run(lua_State *L, lua_CFunction body) {
  bool is_main = lua_pushthread(L);
  lua_pop(L, 1);
  if (is_main) return body(L);
  mn_stack_need_for(L, 8, "too many arguments");
  lua_pushcfunction(L, body);
  lua_insert(L, 1);
  if (lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0) != LUA_OK) return lua_error(L);
  return lua_gettop(L);
}

static int l_transaction(lua_State *L) {
  mn_shared *shared = mn_check_shared(L);
  int count = lua_gettop(L) - 2;
  mn_stack_need_for(L, 8, "too many arguments");
  uint64_t *turn = begin(L, shared, "transaction");
  lua_pushvalue(L, 1);
  lua_insert(L, 4); /* before the arguments: object, guard, function, object, ... */
  lua_call(L, count + 1, LUA_MULTRET);
  commit(L, shared, turn);
  return lua_gettop(L) - 2;
}

int mn_l_shared_transaction(lua_State *L) {
  (void)mn_check_shared(L);
  mn_check_callable(L, 2);
  return run(L, l_transaction);
}

/* Pushes the value of a key, which nobody can change now. */
static void push_old(lua_State *L, mn_shared *shared, const mn_key *key) {
  mn_cell cell;
  if (mn_shared_peek(shared, mn_waiter_of(L), key, &cell)) {
    mn_cell_push(L, &cell);
    return;
  }
  mn_box *box = mn_box_push(L);
  if (mn_shared_get(shared, mn_waiter_of(L), key, &box->cell) != MN_OK)
    luaL_error(L, "not enough memory");
  mn_box_open(L);
}

/* Writes the function's result, at index 4, and commits. Leaves on top what the key has then. */
static void finish_update(lua_State *L, mn_shared *shared, const mn_key *key, uint64_t *turn) {
  mn_value value = mn_check_value(L, 4, shared, "result of the function");
  bool is_new_table = value.build != NULL;
  mn_status status = MN_FULL;
  if (!is_new_table) status = mn_shared_set_and_commit(shared, mn_waiter_of(L), key, value.cell);
  if (status == MN_OK) {
    *turn = 0;
    return;
  }
  if (status == MN_FULL) status = mn_shared_set(shared, mn_waiter_of(L), key, value.cell);
  if (status == MN_OK)
    mn_value_stored(&value);
  else
    mn_value_drop(&value);
  if (status != MN_OK) mn_throw_write(L, status);
  if (is_new_table) push_old(L, shared, key);
  commit(L, shared, turn);
}

static int l_update(lua_State *L) {
  mn_shared *shared = mn_check_shared(L);
  mn_key key;
  (void)mn_to_key(L, 2, shared, &key); /* it was looked at before */
  int count = lua_gettop(L) - 3;
  mn_stack_need_for(L, 12, "too many arguments");
  uint64_t *turn = begin(L, shared, "update");
  push_old(L, shared, &key);
  lua_insert(L, 5); /* before the arguments: object, guard, key, function, old, ... */
  lua_call(L, count + 1, 1);
  lua_settop(L, 4);
  finish_update(L, shared, &key, turn);
  return 1;
}

int mn_l_shared_update(lua_State *L) {
  mn_shared *shared = mn_check_shared(L);
  mn_key key;
  if (!mn_to_key(L, 2, shared, &key)) return mn_throw_bad_key(L, 2);
  mn_check_callable(L, 3);
  return run(L, l_update);
}

void mn_shared_calls_open(lua_State *L) {
  lua_createtable(L, 0, 2);
  lua_pushcfunction(L, l_guard_close);
  lua_setfield(L, -2, "__close");
  lua_pushliteral(L, "Guard");
  lua_setfield(L, -2, "__name");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &GUARD_KEY);
}

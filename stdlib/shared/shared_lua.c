/* shared/shared_lua.c -- Shared as Lua sees it: fields, single writes, waiting; transactions and
 * snapshots have files of their own. */
#include "shared/shared_lua.h"

#include "core/binding.h"
#include "core/calling.h"
#include "core/task.h"
#include "shared/shared.h"
#include "shared/shared_build_lua.h"
#include "shared/shared_call_lua.h"
#include "shared/shared_value_lua.h"
#include "shared/shared_walk_lua.h"

/* ---- reading ---- */

/* Pushes the value of a key. */
static int push_at(lua_State *L, mn_shared *shared, const mn_key *key) {
  mn_cell cell;
  if (mn_shared_peek(shared, mn_waiter_of(L), key, &cell)) {
    mn_cell_push(L, &cell);
    return 1;
  }
  mn_box *box = mn_box_push(L);
  if (mn_shared_get(shared, mn_waiter_of(L), key, &box->cell) != MN_OK)
    return luaL_error(L, "not enough memory");
  mn_box_open(L);
  return 1;
}

/* What the key at index 2 has; of nil and NaN nil, as of Lua's tables. */
static int get(lua_State *L, mn_shared *shared) {
  mn_key key;
  if (mn_to_key(L, 2, shared, &key)) return push_at(L, shared, &key);
  if (!lua_isnoneornil(L, 2) && lua_type(L, 2) != LUA_TNUMBER) return mn_throw_bad_key(L, 2);
  lua_pushnil(L);
  return 1;
}

static int l_get(lua_State *L) {
  return get(L, mn_check_shared(L));
}

/* Upvalue 1: the methods. */
static int l_index(lua_State *L) {
  mn_shared *shared = mn_check_shared(L);
  if (lua_type(L, 2) == LUA_TSTRING) {
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
    lua_pop(L, 1);
  }
  return get(L, shared);
}

static int l_len(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)mn_shared_length(mn_check_shared(L), mn_waiter_of(L)));
  return 1;
}

/* ---- writing ---- */

/* After a write of `value`: throws unless it was done. */
static void check_written(lua_State *L, mn_status status, mn_value *value) {
  if (status == MN_OK)
    mn_value_stored(value);
  else
    mn_value_drop(value);
  if (status != MN_OK) mn_throw_write(L, status);
}

static int set(lua_State *L, mn_shared *shared) {
  mn_key key;
  if (!mn_to_key(L, 2, shared, &key)) return mn_throw_bad_key(L, 2);
  mn_value value = mn_check_value(L, 3, shared, "value");
  check_written(L, mn_shared_set(shared, mn_waiter_of(L), &key, value.cell), &value);
  return 0;
}

static int l_set(lua_State *L) {
  mn_shared *shared = mn_check_shared(L);
  luaL_checkany(L, 3);
  return set(L, shared);
}

static int l_newindex(lua_State *L) {
  mn_shared *shared = mn_check_shared(L);
  lua_settop(L, 3);
  if (lua_type(L, 2) == LUA_TSTRING) {
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
      return luaL_error(L, "'%s' is a method of Shared: use s:set('%s', value) and s:get('%s')",
                        lua_tostring(L, 2), lua_tostring(L, 2), lua_tostring(L, 2));
    lua_pop(L, 1);
  }
  return set(L, shared);
}

/* What swap and remove give is made a Lua value before the write, which is done if it is still what is
 * there: so want of memory changes nothing. A box keeps what it was made of meanwhile. */

static int l_swap(lua_State *L) {
  mn_shared *shared = mn_check_shared(L);
  mn_key key;
  if (!mn_to_key(L, 2, shared, &key)) return mn_throw_bad_key(L, 2);
  luaL_checkany(L, 3);
  lua_settop(L, 3);
  mn_status status;
  do {
    lua_settop(L, 3);
    mn_box *box = mn_box_push(L);
    if (mn_shared_get(shared, mn_waiter_of(L), &key, &box->cell) != MN_OK)
      return luaL_error(L, "not enough memory");
    mn_cell_push(L, &box->cell);
    mn_value value = mn_check_value(L, 3, shared, "value");
    status = mn_shared_swap(shared, mn_waiter_of(L), &key, value.cell, &box->cell);
    if (status == MN_FULL)
      mn_value_drop(&value);
    else
      check_written(L, status, &value);
    mn_box_empty(box);
  } while (status == MN_FULL);
  lua_settop(L, 5);
  return 1;
}

/* Makes a cell of what is expected, at index 3: a simple value, a string or a handle. */
static mn_cell check_expected(lua_State *L) {
  int type = lua_type(L, 3);
  bool simple = type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER ||
                type == LUA_TSTRING || type == LUA_TLIGHTUSERDATA || mn_to_handle(L, 3);
  if (!simple) luaL_typeerror(L, 3, "simple value");
  return mn_leaf_cell(L, 3, "expected");
}

static int l_cas(lua_State *L) {
  mn_shared *shared = mn_check_shared(L);
  mn_key key;
  if (!mn_to_key(L, 2, shared, &key)) return mn_throw_bad_key(L, 2);
  luaL_checkany(L, 4);
  lua_settop(L, 4);
  mn_box *expected = mn_box_push(L), *current = mn_box_push(L);
  expected->cell = check_expected(L);
  mn_value value = mn_check_value(L, 4, shared, "value");
  mn_status status =
      mn_shared_cas(shared, mn_waiter_of(L), &key, &expected->cell, value.cell, &current->cell);
  mn_box_empty(expected);
  if (status == MN_FULL) {
    mn_value_drop(&value);
    lua_settop(L, 6);
    mn_box_open(L);
    lua_pushboolean(L, false);
    lua_insert(L, -2);
    return 2;
  }
  mn_box_empty(current);
  check_written(L, status, &value);
  lua_pushboolean(L, true);
  return 1;
}

static int l_insert(lua_State *L) {
  mn_shared *shared = mn_check_shared(L);
  size_t at = 0;
  luaL_argcheck(L, !lua_isnoneornil(L, 2), 2, "nil cannot be inserted");
  luaL_argcheck(L, lua_gettop(L) == 2, 3, "there is only appending");
  mn_value value = mn_check_value(L, 2, shared, "value");
  check_written(L, mn_shared_insert(shared, mn_waiter_of(L), value.cell, &at), &value);
  lua_pushinteger(L, (lua_Integer)at);
  return 1;
}

static int l_remove(lua_State *L) {
  mn_shared *shared = mn_check_shared(L);
  lua_Integer given = luaL_optinteger(L, 2, 0);
  bool last = lua_isnoneornil(L, 2);
  luaL_argcheck(L, given > 0 || last, 2, "position out of bounds");
  mn_status status;
  do {
    uint64_t at = (uint64_t)given;
    lua_settop(L, 2);
    mn_box *box = mn_box_push(L);
    status = mn_shared_item(shared, mn_waiter_of(L), &at, &box->cell);
    luaL_argcheck(L, status != MN_INVALID, 2, "position out of bounds");
    if (status == MN_NOMEM) return mn_throw_write(L, status);
    mn_cell_push(L, &box->cell);
    if (status == MN_OK) status = mn_shared_remove(shared, mn_waiter_of(L), at, last, &box->cell);
    if (status != MN_OK && status != MN_FULL && status != MN_EMPTY)
      return mn_throw_write(L, status);
    mn_box_empty(box);
  } while (status == MN_FULL);
  return 1;
}

static int l_clear(lua_State *L) {
  mn_status status = mn_shared_clear(mn_check_shared(L), mn_waiter_of(L));
  return status == MN_OK ? 0 : mn_throw_write(L, status);
}

/* ---- waiting ---- */

/* Where the stack has what waiting needs: the mn_await, the answer, and what the predicate says to that. */
enum { AWAIT = 5, ANSWER, CONTENT };

/* Pushes what the next answer is, if it comes. */
static mn_status push_answer(lua_State *L, mn_time deadline) {
  mn_key key;
  mn_await *await = lua_touserdata(L, AWAIT);
  (void)mn_to_key(L, 2, await->shared, &key); /* it was looked at before */
  await->key = &key;
  await->self = mn_waiter_to_park(L);
  mn_box *box = mn_box_push(L);
  mn_status status = mn_shared_await(await, deadline);
  if (status == MN_OK) {
    box->cell = await->value;
    mn_box_open(L);
  } else {
    mn_box_empty(box);
    lua_settop(L, AWAIT);
  }
  return status;
}

/* `context` is the deadline. */
static int look(lua_State *L, int resumed, lua_KContext context) {
  (void)resumed;
  const mn_await *await = lua_touserdata(L, AWAIT);
  while (lua_gettop(L) < CONTENT || !lua_toboolean(L, CONTENT)) {
    lua_settop(L, AWAIT);
    mn_status status = push_answer(L, (mn_time)context);
    if (status == MN_PARKED) return mn_task_park_at(L, context, look);
    if (status == MN_INVALID)
      return luaL_error(L, "cannot wait within a transaction: nobody else can write meanwhile");
    if (status != MN_OK) return mn_push_status(L, status);
    if (await->any) return 1;
    lua_pushvalue(L, 3);
    lua_pushvalue(L, ANSWER);
    lua_callk(L, 1, 1, context, look);
  }
  lua_settop(L, ANSWER);
  return 1;
}

static int l_wait(lua_State *L) {
  mn_shared *shared = mn_check_shared(L);
  mn_key key;
  if (!mn_to_key(L, 2, shared, &key)) return mn_throw_bad_key(L, 2);
  bool has_predicate = !lua_isnoneornil(L, 3) && lua_type(L, 3) != LUA_TNUMBER;
  if (has_predicate) mn_check_callable(L, 3);
  mn_time deadline = mn_check_deadline(L, lua_type(L, 3) == LUA_TNUMBER ? 3 : 4);
  lua_settop(L, 4);
  mn_await *await = lua_newuserdatauv(L, sizeof *await, 0);
  *await = (mn_await){.shared = shared, .any = !has_predicate};
  return look(L, LUA_OK, (lua_KContext)deadline);
}

/* ---- opening ---- */

static int l_new(lua_State *L) {
  lua_settop(L, 1);
  if (!lua_isnil(L, 1)) luaL_checktype(L, 1, LUA_TTABLE);
  luaL_argcheck(L, lua_isnil(L, 1) || mn_is_plain_table(L, 1), 1,
                "only a plain table can be shared, without a metatable, no class and no module");
  mn_ref *ref = mn_ref_new(L, &mn_shared_type);
  mn_shared *shared = mn_tree_new();
  if (!shared) return luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, &shared->handle);
  if (!lua_isnil(L, 1)) mn_shared_fill(L, 1, shared, "argument #1");
  return 1;
}

static const luaL_Reg methods[] = {{"get", l_get},
                                   {"set", l_set},
                                   {"swap", l_swap},
                                   {"cas", l_cas},
                                   {"insert", l_insert},
                                   {"remove", l_remove},
                                   {"clear", l_clear},
                                   {"wait", l_wait},
                                   {"update", mn_l_shared_update},
                                   {"transaction", mn_l_shared_transaction},
                                   {"copy", mn_l_shared_copy},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__index", l_index},
                                       {"__newindex", l_newindex},
                                       {"__len", l_len},
                                       {"__pairs", mn_l_shared_pairs},
                                       {NULL, NULL}};

static const mn_binding binding = {.methods = methods, .metamethods = metamethods};

void mn_shared_open(lua_State *L) {
  mn_shared_values_open(L);
  mn_build_open(L);
  mn_shared_calls_open(L);
  mn_shared_walks_open(L);
  mn_type_open(L, &mn_shared_type, &binding);
  lua_pushcfunction(L, l_new);
  lua_setfield(L, -2, "Shared");
}

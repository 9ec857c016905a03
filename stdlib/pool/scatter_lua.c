/* pool/scatter_lua.c -- first all chunks are made, then all are submitted. */
#include "pool/scatter_lua.h"

#include "core/binding.h"
#include "core/inside.h"
#include "futures/items_lua.h"
#include "futures/routine_lua.h"

/* Pushes a future of the `items` items from `number` on of the list at index 3, not submitted. */
static void push_chunk(lua_State *L, uint64_t number, uint32_t items, bool spread) {
  mn_ref *ref = mn_ref_new(L, &mn_future_type);
  mn_chunk *chunk = mn_chunk_new(mn_state_of(L)->runtime, number, items, spread ? 0 : 1);
  if (!chunk) luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, &chunk->future.handle);
  int top = lua_gettop(L);
  mn_stack_need(L, (int)items + LUA_MINSTACK);
  for (uint32_t i = 0; i < items; i++) lua_geti(L, 3, (lua_Integer)(number + i));
  if (spread) mn_items_check_lists(L, top + 1, number);
  mn_items_encode(L, 1, top + 1, number, &chunk->future.message);
  lua_settop(L, top);
  chunk->future.routine = mn_routine_get(L, 2, "argument #1");
}

void mn_scatter(lua_State *L, mn_executor *executor, const mn_executor_kind *kind, uint32_t size,
                bool spread) {
  if (mn_crew_is_closed(executor->crew)) luaL_error(L, "%s", kind->closed);
  uint64_t count = mn_items_length(L, 3), number = 1;
  lua_Integer chunks = 0;
  lua_newtable(L);
  lua_newtable(L);
  int futures = lua_gettop(L) - 1, sizes = futures + 1;
  for (uint32_t items; number <= count; number += items) {
    items = count - number < size ? (uint32_t)(count - number + 1) : size;
    push_chunk(L, number, items, spread);
    lua_rawseti(L, futures, ++chunks);
    lua_pushinteger(L, items);
    lua_rawseti(L, sizes, chunks);
  }
  for (lua_Integer i = 1; i <= chunks; i++) {
    lua_rawgeti(L, futures, i);
    mn_future *future = (mn_future *)(void *)mn_to_handle(L, -1);
    mn_executor_submit_future(L, executor, kind, future, i > 1);
    lua_pop(L, 1);
  }
}

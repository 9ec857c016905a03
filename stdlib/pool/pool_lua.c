/* pool/pool_lua.c -- Pool as Lua sees it: an executor with Python's other vocabulary. pool.lua has what
 * needs no C. */
#include "pool/pool_lua.h"

#include "core/binding.h"
#include "futures/executor_lua.h"
#include "futures/future_lua.h"
#include "futures/mapping_lua.h"

static const mn_type pool_type = {
    .name = "Pool", .destroy = mn_executor_destroy, .describe = mn_executor_describe};

static const mn_executor_kind kind = {&pool_type, "processes", "maxtasksperchild",
                                      "the pool is closed: it takes no more tasks"};

static mn_executor *check_pool(lua_State *L) {
  return (mn_executor *)(void *)mn_check_handle(L, 1, &pool_type);
}

/* ---- single calls ---- */

static int l_submit(lua_State *L) {
  mn_executor *pool = check_pool(L);
  mn_check_callable(L, 2);
  mn_executor_submit(L, pool, &kind, 2, 3, lua_gettop(L) - 2, 2);
  return 1;
}

static int l_apply(lua_State *L) {
  (void)l_submit(L);
  mn_future *future = (mn_future *)(void *)mn_to_handle(L, -1);
  mn_status status = mn_future_await(L, future, MN_FOREVER);
  return status == MN_OK ? mn_future_push_result(L, future) : mn_push_status(L, status);
}

static int l_size(lua_State *L) {
  lua_pushinteger(L, mn_crew_most_workers(check_pool(L)->crew));
  return 1;
}

/* ---- maps ---- */

static int l_map(lua_State *L) {
  return mn_mapping_collect(L, check_pool(L), &kind, (mn_mapping_options){.deadline = MN_FOREVER});
}

static int l_starmap(lua_State *L) {
  return mn_mapping_collect(L, check_pool(L), &kind,
                            (mn_mapping_options){.deadline = MN_FOREVER, .spread = true});
}

static int l_imap(lua_State *L) {
  return mn_mapping_iterate(L, check_pool(L), &kind, (mn_mapping_options){.deadline = MN_FOREVER});
}

static int l_imap_unordered(lua_State *L) {
  return mn_mapping_iterate(
      L, check_pool(L), &kind,
      (mn_mapping_options){.deadline = MN_FOREVER, .order = MN_MAPPING_READY});
}

/* ---- the end ---- */

static int l_close(lua_State *L) {
  mn_crew_close(check_pool(L)->crew);
  return 0;
}

static int l_terminate(lua_State *L) {
  mn_crew_terminate(check_pool(L)->crew);
  return 0;
}

static int l_join(lua_State *L) {
  mn_executor *pool = check_pool(L);
  mn_time deadline = mn_check_deadline(L, 2);
  mn_executor_check_outside(L, pool);
  if (!mn_crew_is_closed(pool->crew))
    return luaL_error(L, "the pool is still running: close or terminate it before join");
  return mn_push_status(L, mn_executor_join(L, pool, deadline));
}

static int l_leave(lua_State *L) {
  return mn_executor_leave(L, check_pool(L), !lua_isnoneornil(L, 2), mn_crew_terminate);
}

/* ---- the type ---- */

static const luaL_Reg methods[] = {{"submit", l_submit},
                                   {"apply", l_apply},
                                   {"size", l_size},
                                   {"map", l_map},
                                   {"starmap", l_starmap},
                                   {"imap", l_imap},
                                   {"imap_unordered", l_imap_unordered},
                                   {"close", l_close},
                                   {"terminate", l_terminate},
                                   {"join", l_join},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__close", l_leave}, {NULL, NULL}};

static const mn_binding binding = {
    .methods = methods, .metamethods = metamethods, .face = "pool/pool"};

static int l_new(lua_State *L) {
  return mn_executor_construct(L, &kind);
}

void mn_pool_open(lua_State *L) {
  mn_type_open(L, &pool_type, &binding);
  lua_pushcfunction(L, l_new);
  lua_setfield(L, -2, "Pool");
}

/* pool/pool_lua.c -- Pool as Lua sees it: an executor with Python's other vocabulary. map_result.lua has
 * the results of its maps that do not wait. */
#include "pool/pool_lua.h"

#include "core/binding.h"
#include "core/calling.h"
#include "core/face.h"
#include "core/options.h"
#include "core/task.h"
#include "futures/callbacks_lua.h"
#include "futures/executor_lua.h"
#include "futures/future_lua.h"
#include "futures/items_lua.h"
#include "futures/list_lua.h"
#include "futures/map_options_lua.h"
#include "futures/mapping_lua.h"
#include "futures/task_lua.h"
#include "pool/scatter_lua.h"
#include "process_pool/pool_worker.h"

static const mn_type pool_type = {
    .name = "Pool", .destroy = mn_executor_destroy, .describe = mn_executor_describe};

static const mn_engine engines[] = {
    {"thread", mn_task_worker}, {"process", mn_process_worker}, {NULL, NULL}};

static const mn_executor_kind kind = {.type = &pool_type,
                                      .engines = engines,
                                      .is_choice = true,
                                      .workers = "processes",
                                      .tasks = "maxtasksperchild",
                                      .closed = "the pool is closed: it takes no more tasks"};

static mn_executor *check_pool(lua_State *L) {
  return (mn_executor *)(void *)mn_check_handle(L, 1, &pool_type);
}

/* ---- single calls ---- */

static int l_submit(lua_State *L) {
  mn_executor *pool = check_pool(L);
  mn_check_callable(L, 2);
  mn_executor_submit(L, pool, &kind, 2, 3, lua_gettop(L) - 2, "argument #%d", 2);
  return 1;
}

/* The future is on top of the stack. */
static int await(lua_State *L, int resumed, lua_KContext context) {
  (void)resumed;
  mn_future *future = (mn_future *)(void *)mn_to_handle(L, -1);
  mn_status status = mn_future_await(L, future, MN_FOREVER);
  if (status == MN_PARKED) return mn_task_park_at(L, context, await);
  return status == MN_OK ? mn_future_push_result(L, future) : mn_push_status(L, status);
}

static int l_apply(lua_State *L) {
  (void)l_submit(L);
  return await(L, LUA_OK, 0);
}

static int l_size(lua_State *L) {
  lua_pushinteger(L, mn_crew_most_workers(check_pool(L)->crew));
  return 1;
}

/* ---- calls that do not wait ---- */

/* Upvalues: what to call with the results, what with an error; either may be nil. */
static int l_tell(lua_State *L) {
  mn_future *future = (mn_future *)(void *)mn_check_handle(L, 1, &mn_future_type);
  mn_future_status status = mn_future_status_of(future);
  int callback = lua_upvalueindex(status == MN_FUTURE_DONE ? 1 : 2);
  if (status == MN_FUTURE_CANCELLED || lua_isnil(L, callback)) return 0;
  lua_settop(L, 0);
  lua_pushvalue(L, callback);
  int count =
      status == MN_FUTURE_DONE ? mn_future_push_result(L, future) : mn_future_push_error(L, future);
  lua_call(L, count, 0);
  return 0;
}

/* What apply_async and its kin take as argument 4. Callbacks are collected at their indices. */
enum { CALLBACK = 5, ERROR_CALLBACK };
typedef struct later {
  uint32_t chunksize;
  bool calls_back;
} later;

static void read_callback(const mn_option *option, void *target) {
  mn_option_check_type(option, LUA_TFUNCTION);
  lua_copy(option->L, -1, *option->name == 'c' ? CALLBACK : ERROR_CALLBACK);
  ((later *)target)->calls_back = true;
}

static void read_chunksize(const mn_option *option, void *target) {
  ((later *)target)->chunksize = mn_map_options_limit(mn_option_integer(option, 1, LUA_MAXINTEGER));
}

static const mn_option_reader apply_readers[] = {
    {"callback", read_callback}, {"error_callback", read_callback}, {NULL, NULL}};

static const mn_option_reader map_readers[] = {{"callback", read_callback},
                                               {"error_callback", read_callback},
                                               {"chunksize", read_chunksize},
                                               {NULL, NULL}};

static later read_later(lua_State *L, const mn_option_reader *readers) {
  later l = {0};
  lua_settop(L, 4);
  lua_settop(L, ERROR_CALLBACK);
  if (!lua_isnil(L, 4)) mn_options_read(L, 4, readers, &l);
  return l;
}

static int l_apply_async(lua_State *L) {
  mn_executor *pool = check_pool(L);
  mn_check_callable(L, 2);
  if (!lua_isnoneornil(L, 3)) luaL_checktype(L, 3, LUA_TTABLE);
  later l = read_later(L, apply_readers);
  int count = lua_isnil(L, 3) ? 0 : mn_list_push(L, 3);
  mn_executor_submit(L, pool, &kind, 2, ERROR_CALLBACK + 1, count, "argument #2[%d]", 1);
  if (!l.calls_back) return 1;
  lua_pushvalue(L, CALLBACK);
  lua_pushvalue(L, ERROR_CALLBACK);
  lua_pushcclosure(L, l_tell, 2);
  mn_callback_add(L, (mn_future *)(void *)mn_to_handle(L, -2), lua_gettop(L));
  lua_pop(L, 1);
  return 1;
}

static int map_later(lua_State *L, bool spread) {
  enum { SHARES = 4 }; /* of each worker, as in Python */
  mn_executor *pool = check_pool(L);
  mn_check_callable(L, 2);
  if (!mn_items_is_list(L, 3)) luaL_typeerror(L, 3, "list");
  uint32_t size = lua_type(L, 4) == LUA_TNUMBER ? mn_map_options_check_size(L, 4) : 0;
  if (size > 0) lua_settop(L, 3);
  later l = read_later(L, map_readers);
  if (size > 0) l.chunksize = size;
  if (l.chunksize == 0) {
    uint64_t shares = (uint64_t)mn_crew_most_workers(pool->crew) * SHARES;
    uint64_t share = (mn_items_length(L, 3) + shares - 1) / shares;
    l.chunksize = share == 0 ? 1 : share < MN_MAPPING_MOST ? (uint32_t)share : MN_MAPPING_MOST;
  }
  mn_face_push(L, "pool/map_result", NULL);
  mn_scatter(L, pool, &kind, l.chunksize, spread);
  lua_pushvalue(L, CALLBACK);
  lua_pushvalue(L, ERROR_CALLBACK);
  lua_call(L, 4, 1);
  return 1;
}

static int l_map_async(lua_State *L) {
  return map_later(L, false);
}

static int l_starmap_async(lua_State *L) {
  return map_later(L, true);
}

/* ---- maps ---- */

static int l_map(lua_State *L) {
  return mn_mapping_collect(L, check_pool(L), &kind, false);
}

static int l_starmap(lua_State *L) {
  return mn_mapping_collect(L, check_pool(L), &kind, true);
}

static int l_imap(lua_State *L) {
  return mn_mapping_iterate(L, check_pool(L), &kind, MN_MAPPING_ORDERED);
}

static int l_imap_unordered(lua_State *L) {
  return mn_mapping_iterate(L, check_pool(L), &kind, MN_MAPPING_READY);
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
  return mn_executor_leave(L, check_pool(L), !lua_isnoneornil(L, 2));
}

/* ---- the type ---- */

static const luaL_Reg methods[] = {{"submit", l_submit},
                                   {"apply", l_apply},
                                   {"size", l_size},
                                   {"apply_async", l_apply_async},
                                   {"map_async", l_map_async},
                                   {"starmap_async", l_starmap_async},
                                   {"map", l_map},
                                   {"starmap", l_starmap},
                                   {"imap", l_imap},
                                   {"imap_unordered", l_imap_unordered},
                                   {"close", l_close},
                                   {"terminate", l_terminate},
                                   {"join", l_join},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__close", l_leave}, {NULL, NULL}};

static const mn_binding binding = {.methods = methods, .metamethods = metamethods};

static int l_new(lua_State *L) {
  return mn_executor_construct(L, &kind);
}

void mn_pool_open(lua_State *L) {
  mn_type_open(L, &pool_type, &binding);
  lua_pushcfunction(L, l_new);
  lua_setfield(L, -2, "Pool");
}

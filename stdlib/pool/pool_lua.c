/* pool/pool_lua.c -- Pool as Lua sees it: an executor with Python's other vocabulary. map_result.lua has
 * the results of its maps that do not wait. */
#include "pool/pool_lua.h"

#include <string.h>

#include "core/binding.h"
#include "core/face.h"
#include "futures/callbacks_lua.h"
#include "futures/executor_lua.h"
#include "futures/future_lua.h"
#include "futures/list_lua.h"
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
  mn_executor_submit(L, pool, &kind, 2, 3, lua_gettop(L) - 2, "argument #%d", 2);
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

/* What apply_async and its kin take as argument 4. */
typedef struct later {
  uint32_t chunksize;
  bool calls_back; /* then callback and error callback are at index 5 and 6 */
} later;

static void read_callback(lua_State *L, later *l, const char *name, int index) {
  int type = lua_getfield(L, 4, name);
  if (type != LUA_TNIL && type != LUA_TFUNCTION)
    luaL_argerror(
        L, 4,
        lua_pushfstring(L, "option '%s': function expected, got %s", name, luaL_typename(L, -1)));
  if (type != LUA_TNIL) l->calls_back = true;
  lua_replace(L, index);
}

static void check_names(lua_State *L, bool has_chunks) {
  for (lua_pushnil(L); lua_next(L, 4); lua_pop(L, 1)) {
    const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
    bool known = strcmp(key, "callback") == 0 || strcmp(key, "error_callback") == 0 ||
                 (has_chunks && strcmp(key, "chunksize") == 0);
    if (!known)
      luaL_argerror(L, 4, lua_pushfstring(L, "unknown option '%s'", luaL_tolstring(L, -2, NULL)));
  }
}

static later read_later(lua_State *L, bool has_chunks) {
  later l = {0};
  lua_settop(L, 6);
  if (lua_isnil(L, 4)) return l;
  if (has_chunks && lua_type(L, 4) == LUA_TNUMBER) {
    lua_pushvalue(L, 4);
    l.chunksize = mn_mapping_check_size(L, 4, "chunksize");
    lua_settop(L, 6);
    return l;
  }
  luaL_checktype(L, 4, LUA_TTABLE);
  check_names(L, has_chunks);
  read_callback(L, &l, "callback", 5);
  read_callback(L, &l, "error_callback", 6);
  if (has_chunks && lua_getfield(L, 4, "chunksize") != LUA_TNIL)
    l.chunksize = mn_mapping_check_size(L, 4, "option 'chunksize'");
  lua_settop(L, 6);
  return l;
}

static int l_apply_async(lua_State *L) {
  mn_executor *pool = check_pool(L);
  mn_check_callable(L, 2);
  if (!lua_isnoneornil(L, 3)) luaL_checktype(L, 3, LUA_TTABLE);
  later l = read_later(L, false);
  int count = lua_isnil(L, 3) ? 0 : mn_list_push(L, 3);
  mn_executor_submit(L, pool, &kind, 2, 7, count, "argument #2[%d]", 1);
  if (!l.calls_back) return 1;
  lua_pushvalue(L, 5);
  lua_pushvalue(L, 6);
  lua_pushcclosure(L, l_tell, 2);
  mn_callback_add(L, (mn_future *)(void *)mn_to_handle(L, -2), lua_gettop(L));
  lua_pop(L, 1);
  return 1;
}

static int map_later(lua_State *L, bool spread) {
  enum { SHARES = 4 }; /* of each worker, as in Python */
  mn_executor *pool = check_pool(L);
  mn_check_callable(L, 2);
  luaL_checktype(L, 3, LUA_TTABLE);
  later l = read_later(L, true);
  if (l.chunksize == 0) {
    uint64_t shares = (uint64_t)mn_crew_most_workers(pool->crew) * SHARES;
    uint64_t size = ((uint64_t)luaL_len(L, 3) + shares - 1) / shares;
    l.chunksize = size == 0 ? 1 : size < MN_MAPPING_MOST ? (uint32_t)size : MN_MAPPING_MOST;
  }
  mn_face_push(L, "pool/map_result", NULL);
  mn_mapping_scatter(L, pool, &kind, l.chunksize, spread);
  lua_pushvalue(L, 5);
  lua_pushvalue(L, 6);
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

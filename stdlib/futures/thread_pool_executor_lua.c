/* futures/thread_pool_executor_lua.c -- ThreadPoolExecutor as Lua sees it. */
#include "futures/thread_pool_executor_lua.h"

#include <string.h>

#include "core/binding.h"
#include "futures/executor_lua.h"
#include "futures/mapping_lua.h"

static const mn_type thread_pool_executor_type = {
    .name = "ThreadPoolExecutor", .destroy = mn_executor_destroy, .describe = mn_executor_describe};

static const mn_executor_kind kind = {
    &thread_pool_executor_type, "max_workers", NULL,
    "no call can be submitted any more: the executor was shut down"};

static mn_executor *check_executor(lua_State *L) {
  return (mn_executor *)(void *)mn_check_handle(L, 1, &thread_pool_executor_type);
}

/* ---- calls ---- */

static int l_submit(lua_State *L) {
  mn_executor *executor = check_executor(L);
  mn_check_callable(L, 2);
  mn_executor_submit(L, executor, &kind, 2, 3, lua_gettop(L) - 2, "argument #%d", 2);
  return 1;
}

static int l_map(lua_State *L) {
  return mn_mapping_lazy(L, check_executor(L), &kind);
}

/* ---- the end ---- */

static int l_close(lua_State *L) {
  return mn_executor_leave(L, check_executor(L), !lua_isnoneornil(L, 2));
}

typedef struct shutdown {
  bool wait, cancel;
  mn_time deadline;
} shutdown;

static bool read_flag(lua_State *L, const char *name) {
  if (!lua_isboolean(L, -1))
    luaL_argerror(
        L, 2,
        lua_pushfstring(L, "option '%s': boolean expected, got %s", name, luaL_typename(L, -1)));
  return lua_toboolean(L, -1);
}

static mn_time read_timeout(lua_State *L) {
  if (lua_type(L, -1) != LUA_TNUMBER || !(lua_tonumber(L, -1) >= 0))
    luaL_argerror(L, 2, "option 'timeout': a number of at least 0 expected");
  return mn_check_deadline(L, lua_gettop(L));
}

static void read_shutdown(lua_State *L, shutdown *s) {
  if (lua_isnoneornil(L, 2)) return;
  luaL_checktype(L, 2, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
    const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
    if (strcmp(key, "wait") == 0)
      s->wait = read_flag(L, key);
    else if (strcmp(key, "cancel_futures") == 0)
      s->cancel = read_flag(L, key);
    else if (strcmp(key, "timeout") == 0)
      s->deadline = read_timeout(L);
    else
      luaL_argerror(L, 2, lua_pushfstring(L, "unknown option '%s'", luaL_tolstring(L, -2, NULL)));
  }
}

static int l_shutdown(lua_State *L) {
  mn_executor *executor = check_executor(L);
  shutdown s = {.wait = true, .deadline = MN_FOREVER};
  read_shutdown(L, &s);
  if (s.wait) mn_executor_check_outside(L, executor);
  mn_crew_close(executor->crew);
  if (s.cancel) mn_crew_cancel_pending(executor->crew);
  if (!s.wait) return mn_push_status(L, MN_OK);
  return mn_push_status(L, mn_executor_join(L, executor, s.deadline));
}

/* ---- the type ---- */

static const luaL_Reg methods[] = {
    {"submit", l_submit}, {"map", l_map}, {"shutdown", l_shutdown}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__close", l_close}, {NULL, NULL}};

static const mn_binding binding = {.methods = methods, .metamethods = metamethods};

static int l_new(lua_State *L) {
  return mn_executor_construct(L, &kind);
}

void mn_thread_pool_executor_open(lua_State *L) {
  mn_type_open(L, &thread_pool_executor_type, &binding);
  lua_pushcfunction(L, l_new);
  lua_setfield(L, -2, "ThreadPoolExecutor");
}

/* futures/futures_lua.c -- the table `futures`: waiting for many futures. */
#include "futures/futures_lua.h"

#include <string.h>

#include "core/binding.h"
#include "core/inside.h"
#include "core/registry.h"
#include "futures/crew.h"
#include "futures/future_lua.h"
#include "futures/mapping_lua.h"
#include "futures/thread_pool_executor_lua.h"
#include "futures/watcher.h"
#include "progress/progress_lua.h"

static const char *const when_words[] = {"FIRST_COMPLETED", "FIRST_EXCEPTION", "ALL_COMPLETED",
                                         NULL};
typedef enum when { FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED } when;

/* ---- the watcher of a call ---- */

/* A userdata that holds one. */
typedef struct watch {
  mn_watcher *watcher;
  size_t left; /* futures that were not handed out */
  mn_time deadline;
  size_t started; /* so many at the start of the list are not pending any more */
} watch;

static const char metatable_key; /* registry key */

static int l_gc(lua_State *L) {
  watch *w = lua_touserdata(L, 1);
  if (!mn_is_finalizing(L) || !w->watcher) return 0;
  mn_watcher_close(w->watcher);
  w->watcher = NULL;
  return 0;
}

static mn_future *future_at(lua_State *L, int list, size_t number) {
  lua_geti(L, list, (lua_Integer)number);
  mn_future *future = (mn_future *)(void *)mn_test_handle(L, -1, &mn_future_type);
  if (!future)
    luaL_argerror(
        L, list,
        lua_pushfstring(L, "value #%d is no future but a %s", (int)number, luaL_typename(L, -1)));
  return future;
}

/* Pushes a watch of all futures in the list at index 1. They stay in the list. */
static watch *push_watch(lua_State *L, mn_time deadline) {
  luaL_checktype(L, 1, LUA_TTABLE);
  size_t count = (size_t)luaL_len(L, 1);
  watch *w = lua_newuserdatauv(L, sizeof *w, 0);
  *w = (watch){.left = count, .deadline = deadline};
  mn_registry_push_metatable(L, &metatable_key, l_gc);
  lua_setmetatable(L, -2);
  w->watcher = mn_watcher_new(NULL);
  if (!w->watcher) luaL_error(L, "not enough memory");
  for (size_t i = 1; i <= count; i++) {
    mn_status status = mn_watcher_add(w->watcher, future_at(L, 1, i), i);
    if (status != MN_OK) luaL_error(L, "%s", mn_status_word(status));
    lua_pop(L, 1);
  }
  return w;
}

/* A worker that waits for tasks of its own crew runs one of those that nobody has started. */
static void help(lua_State *L, int list, watch *w) {
  if (w->deadline != MN_FOREVER || !mn_crew_of(mn_self(L))) return;
  size_t count = (size_t)luaL_len(L, list);
  for (; w->started < count; w->started++) {
    mn_future *future = future_at(L, list, w->started + 1);
    bool pending = mn_future_status_of(future) == MN_FUTURE_PENDING;
    if (pending) mn_future_help(L, future);
    lua_pop(L, 1);
    if (pending) return;
  }
}

/* ---- wait ---- */

static mn_time read_timeout(lua_State *L) {
  if (lua_type(L, -1) != LUA_TNUMBER || !(lua_tonumber(L, -1) >= 0))
    luaL_argerror(L, 2, "option 'timeout': a number of at least 0 expected");
  return mn_check_deadline(L, lua_gettop(L));
}

static void read_wait_option(lua_State *L, when *until, mn_time *deadline) {
  const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
  if (strcmp(key, "timeout") == 0) {
    *deadline = read_timeout(L);
  } else if (strcmp(key, "return_when") == 0) {
    const char *word = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    int i = 0;
    while (when_words[i] && strcmp(word, when_words[i]) != 0) i++;
    if (!when_words[i])
      luaL_argerror(L, 2,
                    "option 'return_when': one of futures.FIRST_COMPLETED, "
                    "FIRST_EXCEPTION and ALL_COMPLETED expected");
    *until = (when)i;
  } else {
    luaL_argerror(L, 2, lua_pushfstring(L, "unknown option '%s'", luaL_tolstring(L, -2, NULL)));
  }
}

/* Waits until what is wished has happened. */
static mn_status wait_until(lua_State *L, watch *w, when until) {
  mn_status status = MN_OK;
  while (w->left > 0 && status == MN_OK) {
    mn_future *future;
    uint64_t token;
    help(L, 1, w);
    status = mn_watcher_wait(w->watcher, 1, &mn_self(L)->waiter, w->deadline);
    if (status != MN_OK || mn_watcher_take(w->watcher, &future, &token) != MN_OK) continue;
    w->left--;
    bool is_it = until == FIRST_COMPLETED ||
                 (until == FIRST_EXCEPTION && mn_future_status_of(future) == MN_FUTURE_FAILED);
    mn_handle_unref(&future->handle);
    if (is_it) break;
  }
  return status;
}

/* Pushes the list of those that have ended, and of those that have not. */
static int push_parts(lua_State *L) {
  size_t count = (size_t)luaL_len(L, 1);
  lua_Integer counts[2] = {0, 0};
  lua_newtable(L);
  lua_newtable(L);
  int first = lua_gettop(L) - 1;
  for (size_t i = 1; i <= count; i++) {
    int part = mn_future_has_ended(future_at(L, 1, i)) ? 0 : 1;
    lua_rawseti(L, first + part, ++counts[part]);
  }
  return 2;
}

static int l_wait(lua_State *L) {
  when until = ALL_COMPLETED;
  mn_time deadline = MN_FOREVER;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  if (!lua_isnil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) read_wait_option(L, &until, &deadline);
  }
  mn_status status = wait_until(L, push_watch(L, deadline), until);
  if (mn_status_is_stop(status)) return mn_push_status(L, status);
  mn_waiter_serve(&mn_self(L)->waiter);
  return push_parts(L);
}

/* ---- as_completed ---- */

enum { WATCH = 1, LIST, BAR };

/* Upvalues: the watch, the list, what shows the progress. */
static int l_next(lua_State *L) {
  watch *w = lua_touserdata(L, lua_upvalueindex(WATCH));
  mn_future *future;
  uint64_t token;
  if (w->left == 0) {
    mn_progress_bar_close(L, lua_upvalueindex(BAR));
    return 0;
  }
  help(L, lua_upvalueindex(LIST), w);
  mn_status status = mn_watcher_wait(w->watcher, 1, &mn_self(L)->waiter, w->deadline);
  if (status == MN_TIMEOUT) {
    lua_pushstring(L, mn_status_word(status));
    return lua_error(L);
  }
  if (status != MN_OK) return mn_push_status(L, status);
  (void)mn_watcher_take(w->watcher, &future, &token);
  w->left--;
  mn_push_handle(L, &future->handle); /* the list has it, so this makes nothing new */
  mn_handle_unref(&future->handle);
  mn_progress_bar_add(L, lua_upvalueindex(BAR), 1);
  return 1;
}

/* The options of as_completed at index 2; leaves the option `progress`, or nil, at index 3. */
static mn_time read_as_completed(lua_State *L) {
  mn_time deadline = MN_FOREVER;
  lua_settop(L, 3);
  if (lua_type(L, 2) != LUA_TTABLE) return mn_check_deadline(L, 2);
  for (lua_pushnil(L); lua_next(L, 2); lua_settop(L, 4)) {
    const char *key = lua_type(L, 4) == LUA_TSTRING ? lua_tostring(L, 4) : "";
    if (strcmp(key, "timeout") == 0)
      deadline = read_timeout(L);
    else if (strcmp(key, "progress") == 0)
      lua_copy(L, 5, 3);
    else
      luaL_argerror(L, 2, lua_pushfstring(L, "unknown option '%s'", luaL_tolstring(L, 4, NULL)));
  }
  return deadline;
}

static int l_as_completed(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  mn_time deadline = read_as_completed(L);
  bool shows = lua_toboolean(L, 3);
  lua_pushcfunction(L, mn_l_progress_new);
  lua_insert(L, 3);
  lua_pushinteger(L, luaL_len(L, 1));
  lua_pushinteger(L, 2);
  if (shows)
    lua_call(L, 3, 1);
  else
    lua_settop(L, 2);
  lua_settop(L, 3);
  (void)push_watch(L, deadline);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 3);
  lua_pushcclosure(L, l_next, 3);
  if (!shows) return 1;
  lua_pushnil(L);
  lua_pushnil(L);
  lua_pushvalue(L, 3); /* the end of the loop closes it */
  return 4;
}

/* ---- the table ---- */

static const luaL_Reg functions[] = {{"wait", l_wait},
                                     {"as_completed", l_as_completed},
                                     {"options", mn_mapping_l_options},
                                     {NULL, NULL}};

void mn_futures_open(lua_State *L) {
  mn_future_open(L);
  luaL_newlib(L, functions);
  for (const char *const *word = when_words; *word; word++) {
    lua_pushstring(L, *word);
    lua_setfield(L, -2, *word);
  }
  mn_thread_pool_executor_open(L);
  lua_setfield(L, -2, "futures");
}

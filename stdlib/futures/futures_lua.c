/* futures/futures_lua.c -- the table `futures`: waiting for many futures.
 *
 * Who waits has a userdata, an awaiting, whose user value is a list of its own of the futures: the
 * script may change the one that it gave. */
#include "futures/futures_lua.h"

#include <string.h>

#include "core/binding.h"
#include "core/calling.h"
#include "core/options.h"
#include "core/registry.h"
#include "core/task.h"
#include "futures/crew.h"
#include "futures/future_lua.h"
#include "futures/map_options_lua.h"
#include "futures/pool_executor_lua.h"
#include "futures/task_lua.h"
#include "futures/watcher.h"
#include "progress/progress_lua.h"

static const char *const when_words[] = {"FIRST_COMPLETED", "FIRST_EXCEPTION", "ALL_COMPLETED",
                                         NULL};
typedef enum when { FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED } when;

typedef struct awaiting {
  mn_watcher *watcher;
  mn_time deadline;
  size_t count, left; /* futures, and those that the watcher has not told of */
  size_t started;     /* so many at the start of the list are not pending any more */
  size_t own;         /* of the crew that the caller works for */
  size_t far;         /* so many at the start of the list need not be told that the caller waits */
  bool busy;          /* somebody waits */
} awaiting;

static const char metatable_key; /* registry key */

static int l_gc(lua_State *L) {
  awaiting *a = lua_touserdata(L, 1);
  if (!mn_is_finalizing(L) || !a->watcher) return 0;
  mn_watcher_close(a->watcher);
  a->watcher = NULL;
  return 0;
}

/* ---- making ---- */

/* The future on top of the stack, or the one that stands here for that of another process; NULL: it is
 * none. `now`: the latter knows at once whether it has ended. Throws when it is lost with its process. */
static mn_future *to_future(lua_State *L, bool now) {
  const mn_selectable *how;
  mn_handle *object = mn_test_handle(L, -1, &mn_future_type);
  if (!object) {
    object = mn_to_selectable(L, -1, &how);
    object = object && how->stand_in ? how->stand_in(L, object, &mn_future_type, now) : NULL;
  }
  return (mn_future *)(void *)object;
}

/* Pushes value `number` of argument 1. */
static mn_future *push_future(lua_State *L, size_t number, bool now) {
  lua_geti(L, 1, (lua_Integer)number);
  mn_future *future = to_future(L, now);
  if (!future)
    luaL_argerror(
        L, 1,
        lua_pushfstring(L, "value #%d is no future but a %s", (int)number, luaL_typename(L, -1)));
  return future;
}

/* Pushes the awaiting of all futures in the list that is argument 1. `needs_all`: the caller waits until all
 * have ended. */
static awaiting *push_awaiting(lua_State *L, mn_time deadline, bool needs_all) {
  const mn_waiter *self = mn_waiter_to_park(L);
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer length = luaL_len(L, 1);
  awaiting *a = lua_newuserdatauv(L, sizeof *a, 1);
  *a = (awaiting){.deadline = deadline, .count = length > 0 ? (size_t)length : 0};
  mn_registry_push_metatable(L, &metatable_key, l_gc);
  lua_setmetatable(L, -2);
  a->watcher = mn_watcher_new(NULL);
  if (!a->watcher) luaL_error(L, "not enough memory");
  lua_newtable(L);
  for (; a->left < a->count; a->left++) {
    mn_future *future = push_future(L, a->left + 1, deadline == 0);
    mn_future_check_other(L, future);
    if (needs_all && deadline == MN_FOREVER) mn_future_check_can_end(L, self, future);
    if (mn_future_is_own(L, future)) a->own++;
    mn_status status = mn_watcher_add(a->watcher, future, a->left + 1);
    if (status != MN_OK) luaL_error(L, "%s", mn_status_word(status));
    lua_rawseti(L, -2, (lua_Integer)a->left + 1);
  }
  lua_setiuservalue(L, -2, 1);
  return a;
}

/* ---- waiting ---- */

/* Runs one of the futures that nobody has started, where that is for the caller to do. */
static void help(lua_State *L, awaiting *a, int self) {
  bool ran = false;
  if (a->own == 0 || a->deadline != MN_FOREVER) return;
  lua_getiuservalue(L, self, 1);
  for (; !ran && a->started < a->count; a->started++) {
    lua_rawgeti(L, -1, (lua_Integer)a->started + 1);
    mn_future *future = (mn_future *)(void *)mn_test_handle(L, -1, &mn_future_type);
    ran = future && mn_future_status_of(future) == MN_FUTURE_PENDING && mn_future_is_own(L, future);
    if (ran) mn_future_help(L, future);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* Tells the home of the futures that are elsewhere, if the caller works for it, that he waits. The object
 * that has to be told when that is over; NULL: there is none. */
static mn_handle *block_elsewhere(lua_State *L, awaiting *a, int self, const mn_selectable **how) {
  mn_handle *told = NULL;
  if (a->deadline == 0 || mn_watcher_has_some(a->watcher)) return NULL;
  lua_getiuservalue(L, self, 1);
  for (; !told && a->far < a->count; a->far += told ? 0 : 1) {
    lua_rawgeti(L, -1, (lua_Integer)a->far + 1);
    mn_handle *object = mn_to_selectable(L, -1, how);
    if (object && (*how)->stand_in && (*how)->block && (*how)->block(L, object)) told = object;
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return told;
}

/* Pushes number `number` of the list. */
static mn_future *push_awaited(lua_State *L, int self, uint64_t number) {
  lua_getiuservalue(L, self, 1);
  lua_rawgeti(L, -1, (lua_Integer)number);
  lua_remove(L, -2);
  return to_future(L, false);
}

/* Waits for the next that has ended, and pushes it. MN_OK: *future. MN_EMPTY: all have been told of.
 * Callbacks and tasks may run meanwhile: they are refused to wait here, too. */
static mn_status await_one(lua_State *L, awaiting *a, int self, mn_future **future) {
  mn_waiter *waiter = mn_waiter_to_park(L);
  mn_future *ended;
  uint64_t number;
  if (a->busy) luaL_error(L, "as_completed is waiting: it cannot be asked for more within that");
  if (a->left == 0) return MN_EMPTY;
  a->busy = true;
  help(L, a, self);
  mn_crew *crew = a->own > 0 && !waiter->may_park ? mn_crew_of(mn_self(L)) : NULL;
  const mn_selectable *how;
  mn_handle *told = waiter->may_park ? NULL : block_elsewhere(L, a, self, &how);
  if (crew) mn_crew_block(crew, mn_self(L));
  mn_status status = mn_watcher_wait(a->watcher, 1, waiter, a->deadline);
  if (crew) mn_crew_unblock(crew);
  if (told) how->unblock(L, told);
  a->busy = false;
  if (status != MN_OK) return status;
  a->left--;
  (void)mn_watcher_take(a->watcher, &ended, &number);
  mn_handle_unref(&ended->handle); /* the list has it */
  *future = push_awaited(L, self, number);
  return MN_OK;
}

/* ---- wait ---- */

typedef struct wait_options {
  when until;
  mn_time deadline;
} wait_options;

static void read_timeout(const mn_option *option, void *target) {
  ((wait_options *)target)->deadline = mn_option_deadline(option);
}

static void read_return_when(const mn_option *option, void *target) {
  const char *word = lua_type(option->L, -1) == LUA_TSTRING ? lua_tostring(option->L, -1) : "";
  int i = 0;
  while (when_words[i] && strcmp(word, when_words[i]) != 0) i++;
  if (!when_words[i])
    mn_option_refuse(option, "one of futures.FIRST_COMPLETED, FIRST_EXCEPTION and ALL_COMPLETED "
                             "expected");
  ((wait_options *)target)->until = (when)i;
}

static const mn_option_reader wait_readers[] = {
    {"timeout", read_timeout}, {"return_when", read_return_when}, {NULL, NULL}};

static mn_status wait_until(lua_State *L, awaiting *a, int self, when until) {
  mn_future *future;
  mn_status status;
  bool is_it = false;
  while (!is_it && (status = await_one(L, a, self, &future)) == MN_OK) {
    is_it = until == FIRST_COMPLETED ||
            (until == FIRST_EXCEPTION && mn_future_status_of(future) == MN_FUTURE_FAILED);
    lua_pop(L, 1);
  }
  return is_it ? MN_OK : status;
}

/* Pushes the list of those that have ended, and of those that have not. */
static int push_parts(lua_State *L, const awaiting *a, int self) {
  lua_Integer counts[2] = {0, 0};
  lua_getiuservalue(L, self, 1);
  int list = lua_gettop(L), first = list + 1;
  lua_newtable(L);
  lua_newtable(L);
  for (size_t i = 1; i <= a->count; i++) {
    lua_rawgeti(L, list, (lua_Integer)i);
    int part = mn_future_has_ended(to_future(L, false)) ? 0 : 1;
    lua_rawseti(L, first + part, ++counts[part]);
  }
  return 2;
}

/* The awaiting is at index 3. */
static int wait_on(lua_State *L, int resumed, lua_KContext until) {
  (void)resumed;
  awaiting *a = lua_touserdata(L, 3);
  mn_status status = wait_until(L, a, 3, (when)until);
  if (status == MN_PARKED) return mn_task_park_at(L, until, wait_on);
  if (mn_status_is_stop(status)) return mn_push_status(L, status);
  mn_waiter_serve(mn_waiter_of(L));
  return push_parts(L, a, 3);
}

int mn_futures_l_wait(lua_State *L) {
  wait_options options = {ALL_COMPLETED, MN_FOREVER};
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  if (lua_type(L, 2) == LUA_TTABLE)
    mn_options_read(L, 2, wait_readers, &options);
  else
    options.deadline = mn_check_deadline(L, 2);
  (void)push_awaiting(L, options.deadline, options.until != FIRST_COMPLETED);
  return wait_on(L, LUA_OK, (lua_KContext)options.until);
}

/* ---- as_completed ---- */

enum { AWAITING = 1, BAR };

/* Upvalues: the awaiting, what shows the progress. */
static int l_next(lua_State *L) {
  mn_future *future;
  lua_settop(L, 0);
  lua_pushvalue(L, lua_upvalueindex(AWAITING));
  mn_status status = await_one(L, lua_touserdata(L, 1), 1, &future);
  if (status == MN_EMPTY) {
    mn_progress_bar_close(L, lua_upvalueindex(BAR));
    return 0;
  }
  if (status == MN_TIMEOUT) {
    lua_pushstring(L, mn_status_word(status));
    return lua_error(L);
  }
  if (status != MN_OK) return mn_push_status(L, status);
  mn_progress_bar_add(L, lua_upvalueindex(BAR), 1);
  return 1;
}

/* Leaves the option at index 3. */
static void read_progress(const mn_option *option, void *target) {
  (void)target;
  lua_copy(option->L, -1, 3);
}

static const mn_option_reader next_readers[] = {
    {"timeout", read_timeout}, {"progress", read_progress}, {NULL, NULL}};

static int l_as_completed(lua_State *L) {
  wait_options options = {.deadline = MN_FOREVER};
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  lua_settop(L, 3);
  if (lua_type(L, 2) == LUA_TTABLE)
    mn_options_read(L, 2, next_readers, &options);
  else
    options.deadline = mn_check_deadline(L, 2);
  awaiting *a = push_awaiting(L, options.deadline, false);
  bool shows = lua_toboolean(L, 3);
  if (shows) {
    lua_pushcfunction(L, mn_l_progress_new);
    lua_insert(L, 3);
    lua_insert(L, 3); /* awaiting, maker, option */
    lua_pushinteger(L, (lua_Integer)a->count);
    lua_pushinteger(L, 2);
    lua_call(L, 3, 1);
  } else {
    lua_insert(L, 3);
  }
  lua_pushvalue(L, 4);
  lua_insert(L, 3);
  lua_pushcclosure(L, l_next, 2);
  if (!shows) return 1;
  lua_pushnil(L);
  lua_pushnil(L);
  lua_pushvalue(L, 3); /* the end of the loop closes the bar */
  return 4;
}

/* ---- the table ---- */

static const luaL_Reg functions[] = {{"wait", mn_futures_l_wait},
                                     {"as_completed", l_as_completed},
                                     {"options", mn_map_options_l_mark},
                                     {NULL, NULL}};

static const mn_type thread_pool_executor_type = {
    .name = "ThreadPoolExecutor", .destroy = mn_executor_destroy, .describe = mn_executor_describe};

static const mn_engine engines[] = {{"thread", mn_task_worker}, {NULL, NULL}};

static const mn_executor_kind thread_pool_executor_kind = {
    .type = &thread_pool_executor_type,
    .engines = engines,
    .workers = "max_workers",
    .closed = "no call can be submitted any more: the executor was shut down"};

void mn_futures_open(lua_State *L) {
  mn_future_open(L);
  luaL_newlib(L, functions);
  for (const char *const *word = when_words; *word; word++) {
    lua_pushstring(L, *word);
    lua_setfield(L, -2, *word);
  }
  mn_pool_executor_open(L, &thread_pool_executor_kind);
  lua_setfield(L, -2, "futures");
}

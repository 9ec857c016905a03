/* task/scheduled_lua.c -- a protected call, whose error closes what is to be closed while it can still wait. */
#include "task/scheduled_lua.h"

#include <lauxlib.h>

#include "base/alloc.h"
#include "core/binding.h"
#include "core/codec.h"
#include "core/failure.h"
#include "core/registry.h"
#include "core/state.h"
#include "core/traceback.h"

/* Registry: results by future, weakly; reports of errors under the task's address. */
static const char RESULTS_KEY;

static mn_scheduled *task_of(mn_future *future) {
  return (mn_scheduled *)(void *)future;
}

static mn_scheduled *running_task(lua_State *L) {
  return mn_list_entry(mn_state_of(L)->task, mn_scheduled, base);
}

/* ---- results ---- */

/* Pushes the list of the future's results; false: this state has none. */
static bool push_kept(lua_State *L, mn_future *future) {
  mn_registry_push_weak(L, &RESULTS_KEY, "k");
  if (mn_push_known_handle(L, &future->handle)) {
    if (lua_rawget(L, -2) == LUA_TTABLE) {
      lua_remove(L, -2);
      return true;
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return false;
}

/* Encodes all values on the stack. What can't be sent leaves its reason. */
static void encode_results(lua_State *L, mn_scheduled *task) {
  mn_future *future = &task->future;
  if (mn_encode(L, 1, lua_gettop(L), "result #%d", 1, &future->message)) return;
  future->message = (mn_message){0};
  const char *reason = lua_tostring(L, -1);
  future->traceback = mn_alloc_text(reason ? reason : "not enough memory");
  lua_pop(L, 1);
}

/* Whether the values are few, and a copy of each is as good as itself. */
static bool are_plain(lua_State *L) {
  enum { FEW = 8 };
  int count = lua_gettop(L);
  if (count > FEW) return false;
  for (int i = 1; i <= count; i++) {
    int type = lua_type(L, i);
    if (type != LUA_TNIL && type != LUA_TBOOLEAN && type != LUA_TNUMBER && type != LUA_TSTRING)
      return false;
  }
  return true;
}

/* Keeps the values on the stack for who has the future in this state, and for others. */
static void keep_results(lua_State *L, mn_scheduled *task) {
  int count = lua_gettop(L);
  bool plain = are_plain(L);
  if (count == 0) return;
  if (plain || atomic_load(&task->travels)) encode_results(L, task);
  if (plain || !mn_push_known_handle(L, &task->future.handle)) return;
  lua_createtable(L, count, 1);
  for (int i = 1; i <= count; i++) {
    lua_pushvalue(L, i);
    lua_rawseti(L, -2, i);
  }
  lua_pushinteger(L, count);
  lua_setfield(L, -2, "n");
  mn_registry_push_weak(L, &RESULTS_KEY, "k");
  lua_insert(L, -3);
  lua_rawset(L, -3);
}

/* Replaces the list on top of the stack by what is in it; how many values. */
static int unpack(lua_State *L) {
  int list = lua_gettop(L);
  lua_getfield(L, list, "n");
  int count = (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  luaL_checkstack(L, count, "too many results");
  for (int i = 1; i <= count; i++) lua_rawgeti(L, list, i);
  lua_remove(L, list);
  return count;
}

static int push(lua_State *L, mn_future *future) {
  if (push_kept(L, future)) return unpack(L);
  if (future->message.values > 0) return mn_decode(L, &future->message);
  if (!future->traceback) return 0;
  return luaL_error(L, "the results of the task stay in its thread: %s", future->traceback);
}

static int l_encode_kept(lua_State *L) {
  mn_scheduled *task = lua_touserdata(L, 1);
  lua_settop(L, 0);
  if (!push_kept(L, &task->future)) return 0;
  (void)unpack(L);
  encode_results(L, task);
  return 0;
}

/* The first time is in its own state: no other has it yet. */
static void travel(lua_State *L, mn_future *future) {
  mn_scheduled *task = task_of(future);
  if (atomic_exchange(&task->travels, true)) return;
  if (mn_future_status_of(future) != MN_FUTURE_DONE || !lua_checkstack(L, 2)) return;
  lua_pushcfunction(L, l_encode_kept);
  lua_pushlightuserdata(L, task);
  if (lua_pcall(L, 1, 0, 0) == LUA_OK) return;
  const char *reason = lua_tostring(L, -1);
  future->traceback = mn_alloc_text(reason ? reason : "not enough memory");
  lua_pop(L, 1);
}

static bool is_running(lua_State *L, const mn_future *future) {
  return mn_state_of(L)->task == &((const mn_scheduled *)(const void *)future)->base;
}

/* Where its thread runs tasks or callbacks already, it runs no others in between. */
static bool is_stuck(lua_State *L, const mn_future *future) {
  const mn_wait_host *own = &mn_self(L)->host;
  const mn_waiter *waiter = &((const mn_scheduled *)(const void *)future)->base.waiter;
  return !mn_future_has_ended(future) && waiter->host == own && own->serving;
}

static bool stop(mn_future *future) {
  return mn_scheduled_cancel(task_of(future));
}

static void free_task(mn_future *future) {
  mn_scheduled_free(task_of(future));
}

const mn_future_kind mn_scheduled_kind = {.stop = stop,
                                          .free = free_task,
                                          .push = push,
                                          .is_running = is_running,
                                          .is_stuck = is_stuck,
                                          .travel = travel};

/* ---- the body ---- */

static int l_handler(lua_State *L) {
  const mn_scheduled *task = running_task(L);
  mn_state_allow_more(mn_state_of(L));
  const char *message = mn_state_push_message(L, 1);
  mn_traceback_push(L, L, 1, message, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, task);
  lua_settop(L, 1);
  return 1;
}

static void fail(lua_State *L, mn_scheduled *task, int status) {
  mn_failure failure;
  bool asked =
      atomic_load(&task->base.waiter.cancelled) || atomic_load(&task->thread->waiter.cancelled);
  lua_rawgetp(L, LUA_REGISTRYINDEX, task);
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, task);
  if (lua_type(L, -1) != LUA_TSTRING) { /* there was no handler */
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
  }
  if (lua_type(L, -1) != LUA_TSTRING) {
    lua_pop(L, 1);
    lua_pushliteral(L, "error in error handling");
  }
  task->outcome = MN_FUTURE_CANCELLED;
  if (asked && (mn_failure_is_cancelled(L, -2) || mn_failure_is_cancellation(L))) return;
  mn_failure_keep(L, status, &failure);
  task->outcome = MN_FUTURE_FAILED;
  task->future.message = failure.value;
  task->future.traceback = failure.traceback;
}

static int after_body(lua_State *L, int status, lua_KContext context) {
  mn_scheduled *task = (mn_scheduled *)context;
  const mn_state *state = mn_state_of(L);
  lua_remove(L, 1);
  bool ended = status == LUA_OK || status == LUA_YIELD;
  /* So many results may have come that they leave no room. */
  if (ended && !lua_checkstack(L, LUA_MINSTACK)) {
    ended = false;
    lua_settop(L, 0);
    lua_pushliteral(L, "stack overflow (too many results)");
    status = LUA_ERRRUN;
  }
  if (ended) {
    keep_results(L, task);
    task->outcome = MN_FUTURE_DONE;
  } else {
    fail(L, task, status);
    mn_state_set_limit(state, state->thread->options.memory_limit);
  }
  return 0;
}

int mn_scheduled_l_body(lua_State *L) {
  mn_scheduled *task = running_task(L);
  lua_pushcfunction(L, l_handler);
  lua_insert(L, 1);
  lua_KContext context = (lua_KContext)task;
  return after_body(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 1, context, after_body),
                    context);
}

void mn_scheduled_end(mn_scheduled *task, int status) {
  if (status != LUA_OK) task->outcome = MN_FUTURE_FAILED; /* no memory even to say what it gave */
  mn_scheduler *s = task->scheduler;
  bool keep = mn_scheduled_is_to_keep(task);
  mn_scheduled_leave(task);
  mn_message value = task->future.message;
  mn_future_end(&task->future, task->outcome, &value, task->future.traceback);
  if (keep)
    mn_list_push_back(&s->failed, &task->link);
  else
    mn_handle_unref(&task->future.handle);
}

/* futures/future_lua.c -- Future as Lua sees it.
 *
 * Who waits in a task for a future that its own crew has not started yet runs it himself, there and
 * then; or another worker takes his place meanwhile, where he has no time for that or too many tasks lie
 * within each other, or where the task runs in another process, for which this thread acts. So tasks may
 * submit tasks and wait for them, however few the workers are. */
#include "futures/future_lua.h"

#include "core/binding.h"
#include "core/calling.h"
#include "core/codec.h"
#include "core/traceback.h"
#include "futures/callbacks_lua.h"
#include "futures/crew.h"
#include "futures/task_lua.h"

static mn_future *check_future(lua_State *L) {
  return (mn_future *)(void *)mn_check_handle(L, 1, &mn_future_type);
}

/* ---- waiting ---- */

bool mn_future_is_own(lua_State *L, const mn_future *future) {
  const mn_crew *crew = mn_crew_of(mn_self(L));
  return crew && future->crew == crew;
}

void mn_future_help(lua_State *L, mn_future *future) {
  if (mn_future_status_of(future) == MN_FUTURE_PENDING && mn_future_is_own(L, future) &&
      mn_crew_runs_tasks(mn_self(L)))
    (void)mn_task_run(L, future);
}

/* Whether the caller is called by the future. */
static bool is_running(lua_State *L, const mn_future *future) {
  return future->kind ? future->kind->is_running(L, future)
                      : mn_crew_is_running(mn_self(L), future);
}

void mn_future_check_other(lua_State *L, const mn_future *future) {
  if (is_running(L, future)) luaL_error(L, "a task cannot wait for its own result");
}

void mn_future_check_can_end(lua_State *L, const mn_waiter *self, const mn_future *future) {
  if (!self->may_park && future->kind && future->kind->is_stuck(L, future))
    luaL_error(L, "this would wait for ever: the task's thread runs no others within this call");
}

mn_status mn_future_await(lua_State *L, mn_future *future, mn_time deadline) {
  mn_waiter *self = mn_waiter_to_park(L);
  mn_future_check_other(L, future);
  if (deadline == MN_FOREVER) {
    mn_future_check_can_end(L, self, future);
    mn_future_help(L, future);
  }
  bool blocks = deadline > 0 && !self->may_park && !mn_future_has_ended(future) &&
                mn_future_is_own(L, future);
  if (blocks) mn_crew_block(mn_crew_of(mn_self(L)), mn_self(L));
  mn_status status = mn_future_wait(future, self, deadline);
  if (blocks) mn_crew_unblock(mn_crew_of(mn_self(L)));
  mn_waiter_serve(self);
  return status;
}

int mn_future_push_error(lua_State *L, mn_future *future) {
  atomic_store(&future->looked_at, true);
  if (future->message.values > 0) return mn_decode(L, &future->message);
  lua_pushliteral(L, "not enough memory");
  return 1;
}

static int throw_error(lua_State *L, mn_future *future) {
  (void)mn_future_push_error(L, future);
  char origin[MN_FUTURE_ORIGIN];
  mn_future_origin(future, origin);
  mn_traceback_remember(L, future->traceback, origin);
  return lua_error(L);
}

int mn_future_push_result(lua_State *L, mn_future *future) {
  switch (mn_future_status_of(future)) {
    case MN_FUTURE_DONE:
      return future->kind ? future->kind->push(L, future) : mn_decode(L, &future->message);
    case MN_FUTURE_FAILED: return throw_error(L, future);
    default: lua_pushliteral(L, "the future was cancelled"); return lua_error(L);
  }
}

static int l_result(lua_State *L) {
  mn_future *future = check_future(L);
  mn_status status = mn_future_await(L, future, mn_check_deadline(L, 2));
  if (status != MN_OK) return mn_push_status(L, status);
  lua_settop(L, 1);
  return mn_future_push_result(L, future);
}

static int l_exception(lua_State *L) {
  mn_future *future = check_future(L);
  mn_status status = mn_future_await(L, future, mn_check_deadline(L, 2));
  if (status != MN_OK) return mn_push_status(L, status);
  lua_settop(L, 1);
  if (mn_future_status_of(future) == MN_FUTURE_CANCELLED) return mn_future_push_result(L, future);
  if (mn_future_status_of(future) == MN_FUTURE_DONE) {
    lua_pushnil(L);
    return 1;
  }
  (void)mn_future_push_error(L, future);
  lua_pushstring(L, future->traceback);
  return 2;
}

static int l_wait(lua_State *L) {
  mn_future *future = check_future(L);
  return mn_push_status(L, mn_future_await(L, future, mn_check_deadline(L, 2)));
}

/* ---- asking ---- */

static int push_is(lua_State *L, mn_future_status wanted) {
  lua_pushboolean(L, mn_future_status_of(check_future(L)) == wanted);
  return 1;
}

static int l_done(lua_State *L) {
  lua_pushboolean(L, mn_future_has_ended(check_future(L)));
  return 1;
}

static int l_running(lua_State *L) {
  return push_is(L, MN_FUTURE_RUNNING);
}

static int l_cancelled(lua_State *L) {
  return push_is(L, MN_FUTURE_CANCELLED);
}

static int l_status(lua_State *L) {
  lua_pushstring(L, mn_future_status_word(mn_future_status_of(check_future(L))));
  return 1;
}

static int l_successful(lua_State *L) {
  mn_future *future = check_future(L);
  if (!mn_future_has_ended(future)) return luaL_error(L, "the future has not ended yet");
  return push_is(L, MN_FUTURE_DONE);
}

static int l_cancel(lua_State *L) {
  mn_future *future = check_future(L);
  lua_pushboolean(L,
                  mn_future_cancel(future) || mn_future_status_of(future) == MN_FUTURE_CANCELLED);
  return 1;
}

static int l_add_done_callback(lua_State *L) {
  mn_future *future = check_future(L);
  mn_check_callable(L, 2);
  lua_settop(L, 2);
  mn_callback_add(L, future, 2);
  return 0;
}

/* ---- the type ---- */

static mn_status select_prepare(lua_State *L, mn_handle *object, mn_wait_case *wait) {
  mn_future *future = (mn_future *)(void *)object;
  if (is_running(L, future)) return MN_DEADLOCK;
  mn_future_prepare(future, wait);
  return MN_OK;
}

static bool select_block(lua_State *L, mn_handle *object) {
  const mn_future *future = (const mn_future *)(const void *)object;
  if (mn_future_has_ended(future) || !mn_future_is_own(L, future)) return false;
  mn_crew_block(mn_crew_of(mn_self(L)), mn_self(L));
  return true;
}

static void select_unblock(lua_State *L, mn_handle *object) {
  (void)object;
  mn_crew_unblock(mn_crew_of(mn_self(L)));
}

static int select_push(lua_State *L, mn_wait_case *wait, mn_status status) {
  return status == MN_OK ? mn_future_push_result(L, wait->argument) : mn_push_status(L, status);
}

static const mn_selectable selectable = {.type = &mn_future_type,
                                         .prepare = select_prepare,
                                         .push = select_push,
                                         .block = select_block,
                                         .unblock = select_unblock};

static const luaL_Reg methods[] = {{"result", l_result},
                                   {"get", l_result},
                                   {"exception", l_exception},
                                   {"wait", l_wait},
                                   {"done", l_done},
                                   {"ready", l_done},
                                   {"running", l_running},
                                   {"cancelled", l_cancelled},
                                   {"status", l_status},
                                   {"successful", l_successful},
                                   {"cancel", l_cancel},
                                   {"add_done_callback", l_add_done_callback},
                                   {NULL, NULL}};

static const mn_binding binding = {.methods = methods, .select = &selectable};

void mn_future_open(lua_State *L) {
  mn_type_open(L, &mn_future_type, &binding);
}

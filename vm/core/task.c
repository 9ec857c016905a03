/* core/task.c -- leaving calls, and making them once more. */
#include "core/task.h"

#include <lauxlib.h>

#include "core/inside.h"

void mn_task_init(mn_task *task, mn_wait_host *host, uint64_t id, bool (*woken)(mn_parking *)) {
  *task = (mn_task){0};
  mn_waiter_init(&task->waiter);
  task->waiter.host = host;
  task->waiter.id = id;
  task->waiter.parking = &task->parking;
  mn_parking_init(&task->parking, woken);
}

void mn_task_free(mn_task *task) {
  mn_task_come_back(task);
  task->resumes = false;
  mn_task_settle(task);
  mn_waiter_abandon_held(&task->waiter);
  mn_waiter_drop_parking(&task->waiter);
}

void mn_task_come_back(mn_task *task) {
  mn_waiter_come_back(&task->waiter);
  task->resumes = task->left;
  task->left = task->leaves = false;
  task->inner = task->L;
}

void mn_task_settle(mn_task *task) {
  mn_waiter_settle_debts(&task->waiter);
  task->resumes = false;
  /* What another call has kept than that which is left now, nobody will take. */
  if (!task->left || !task->parking.fresh) mn_waiter_drop_kept(&task->waiter);
}

mn_waiter *mn_task_waiter(mn_task *task) {
  task->waiter.may_park = false;
  return &task->waiter;
}

mn_waiter *mn_task_waiter_to_park(mn_task *task, lua_State *L) {
  task->waiter.may_park = mn_task_can_leave(task, L);
  task->resumes = false;
  return &task->waiter;
}

/* ---- keeping ---- */

static void drop_message(void *kept) {
  mn_message_drop(kept);
}

void mn_message_keep(mn_waiter *self, const mn_message *message) {
  mn_task *task = mn_list_entry(self, mn_task, waiter);
  mn_waiter_drop_kept(self); /* it may be there */
  task->message = *message;
  mn_waiter_keep(self, &task->message, drop_message);
}

bool mn_message_take_kept_slow(mn_waiter *self, mn_message *message) {
  mn_message *kept = mn_waiter_take_kept(self, drop_message);
  if (!kept) return false;
  *message = *kept;
  return true;
}

/* ---- leaving ---- */

bool mn_task_can_leave(const mn_task *task, lua_State *L) {
  return task->inner == L && lua_isyieldable(L);
}

int mn_task_leave(lua_State *L, lua_KContext context, lua_KFunction go_on) {
  mn_state_of(L)->task->leaves = true;
  return lua_yieldk(L, 0, context, go_on);
}

static int call_again(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return mn_running_function(L)(L);
}

int mn_task_park_at(lua_State *L, lua_KContext context, lua_KFunction go_on) {
  mn_state_of(L)->task->left = true;
  return mn_task_leave(L, context, go_on);
}

int mn_task_park(lua_State *L) {
  return mn_task_park_at(L, 0, call_again);
}

bool mn_task_take_deadline(lua_State *L, mn_time *deadline) {
  mn_task *task = mn_state_of(L)->task;
  if (!task || !task->resumes || task->inner != L) return false;
  task->resumes = false;
  *deadline = task->parking.until;
  return true;
}

/* ---- coroutines within ---- */

int mn_task_resume(lua_State *L, lua_State *co, int nargs, int *nresults) {
  mn_task *task = mn_state_of(L)->task;
  if (!mn_task_can_leave(task, L)) return lua_resume(co, L, nargs, nresults);
  task->inner = co;
  int status = lua_resume(co, L, nargs, nresults);
  task->inner = L;
  if (status != LUA_YIELD || !task->leaves) return status;
  mn_set_away(co, true);
  return MN_LEAVES;
}

int mn_task_resume_again(lua_State *L, int index, lua_KContext context, int *nresults) {
  lua_State *co = lua_tothread(L, index);
  if (!co || co != (lua_State *)context) {
    mn_state_of(L)->task->resumes = false;
    return luaL_error(L, "the coroutine that waits was replaced");
  }
  mn_set_away(co, false);
  return mn_task_resume(L, co, 0, nresults);
}

bool mn_is_task(lua_State *L) {
  return mn_first_function(L) == mn_state_of_any(L)->task_body;
}

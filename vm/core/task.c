/* core/task.c -- leaving calls, and making them once more. */
#include "core/task.h"

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
  task->left = false;
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
  task->waiter.may_park = task->L == L && lua_isyieldable(L);
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

static int call_again(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return mn_running_function(L)(L);
}

int mn_task_park_at(lua_State *L, lua_KContext context, lua_KFunction go_on) {
  mn_state_of(L)->task->left = true;
  return lua_yieldk(L, 0, context, go_on);
}

int mn_task_park(lua_State *L) {
  return mn_task_park_at(L, 0, call_again);
}

bool mn_task_take_deadline(lua_State *L, mn_time *deadline) {
  mn_task *task = mn_state_of(L)->task;
  if (!task || !task->resumes || task->L != L) return false;
  task->resumes = false;
  *deadline = task->parking.until;
  return true;
}

/* scope/scope_lua.c -- what Scope needs of the C: scope/scope.lua is all the rest. */
#include "scope/scope_lua.h"

#include "core/binding.h"
#include "core/face.h"
#include "task/task_lua.h"

/* settle(future): waits until a task of this state has ended, whatever happens to the caller. */
static int l_settle(lua_State *L) {
  mn_future *future = (mn_future *)(void *)mn_check_handle(L, 1, &mn_future_type);
  mn_waiter *self = mn_waiter_to_park(L);
  self->shield++;
  mn_status status =
      self->parking ? mn_future_wait(future, self, MN_FOREVER) : mn_tasks_run_until(L, future);
  self->shield--;
  return status == MN_OK ? 0 : mn_push_status(L, status);
}

static const luaL_Reg core[] = {{"settle", l_settle}, {NULL, NULL}};

static int l_scope(lua_State *L) {
  return mn_face_call(L, "scope/scope", core, "new");
}

void mn_scope_open(lua_State *L) {
  lua_pushcfunction(L, l_scope);
  lua_setfield(L, -2, "Scope");
}

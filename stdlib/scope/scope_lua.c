/* scope/scope_lua.c -- what Scope needs of the C: scope/scope.lua is all the rest.
 *
 * A block is a userdata that knows whose block it is, the thread's script or a task, and breaks off its
 * waits. It is among what its waiter holds, and so hears that that has ended. */
#include "scope/scope_lua.h"

#include <lauxlib.h>

#include "core/binding.h"
#include "core/calling.h"
#include "core/face.h"
#include "core/registry.h"
#include "task/task_lua.h"

/* ---- the block ---- */

typedef struct block {
  mn_held held;
  mn_waiter *waiter; /* NULL: not yet, or it has ended */
  bool breaks;       /* it is one of those that have broken its waits */
} block;

/* Registry: the metatable of blocks. */
static const char METATABLE_KEY;

static void abandon(mn_held *held, mn_waiter *holder) {
  (void)holder;
  mn_list_entry(held, block, held)->waiter = NULL;
}

static void mend(block *b) {
  if (b->waiter && b->breaks) b->waiter->broken--;
  b->breaks = false;
}

static int l_block_gc(lua_State *L) {
  block *b = lua_touserdata(L, 1);
  if (!mn_is_finalizing(L) || !b->waiter) return 0;
  mend(b);
  mn_list_remove(&b->held.link);
  b->waiter = NULL;
  return 0;
}

/* block(): that of who calls. */
static int l_block(lua_State *L) {
  block *b = lua_newuserdatauv(L, sizeof *b, 0);
  *b = (block){.held.abandon = abandon};
  mn_registry_push_metatable(L, &METATABLE_KEY, l_block_gc);
  lua_setmetatable(L, -2);
  b->waiter = mn_waiter_of(L);
  mn_list_push_back(&b->waiter->held, &b->held.link);
  return 1;
}

/* break_off(block, deadline): the wait that it is in is over, and so is every other from here on. The
 * deadline was the reason, or an error. */
static int l_break_off(lua_State *L) {
  block *b = lua_touserdata(L, 1);
  if (!b->waiter || b->breaks) return 0;
  b->breaks = true;
  b->waiter->broken++;
  b->waiter->why = lua_toboolean(L, 2) ? "the deadline of its scope has passed"
                                       : "another part of its scope has failed";
  mn_waiter_wake(b->waiter);
  return 0;
}

/* mend(block): they last as long as they do. */
static int l_mend(lua_State *L) {
  mend(lua_touserdata(L, 1));
  return 0;
}

/* ---- its end ---- */

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

static const luaL_Reg core[] = {{"settle", l_settle},
                                {"block", l_block},
                                {"break_off", l_break_off},
                                {"mend", l_mend},
                                {NULL, NULL}};

static int l_scope(lua_State *L) {
  return mn_face_call(L, "scope/scope", core, "new");
}

void mn_scope_open(lua_State *L) {
  lua_pushcfunction(L, l_scope);
  lua_setfield(L, -2, "Scope");
}

/* lock/lock_lua.c -- Lock as Lua sees it. */
#include "lock/lock_lua.h"

#include <string.h>

#include "core/binding.h"
#include "core/calling.h"

/* The name of the thread that holds the lock is looked up among the living; tasks have none. */
static int throw_not_owner(lua_State *L, mn_lock *lock) {
  char name[MN_THREAD_NAME] = "";
  const mn_state *state = mn_state_of(L);
  mn_runtime *runtime = state->runtime;
  if (state->task && mn_lock_is_held_by(lock, &state->thread->waiter))
    return luaL_error(L, "lock is held by the task's thread, not by the task");
  if (mn_lock_is_held_by_task(lock)) return luaL_error(L, "lock is held by another task");
  mn_mutex_lock(&runtime->mutex);
  for (mn_list *l = runtime->threads.next; l != &runtime->threads; l = l->next) {
    mn_thread *thread = mn_list_entry(l, mn_thread, link);
    if (mn_lock_is_held_by(lock, &thread->waiter)) memcpy(name, thread->options.name, sizeof name);
  }
  mn_mutex_unlock(&runtime->mutex);
  if (*name) return luaL_error(L, "lock is held by another thread ('%s')", name);
  return luaL_error(L,
                    mn_lock_is_held(lock) ? "lock is held by another thread" : "lock is not held");
}

/* ---- for locks of all types ---- */

mn_status mn_lock_lua_acquire(lua_State *L, mn_lock *lock, mn_time deadline,
                              mn_acquired *acquired) {
  mn_status status = mn_lock_acquire(lock, mn_waiter_to_park(L), deadline, acquired);
  if (status == MN_DEADLOCK)
    luaL_error(L, "lock is already held by this %s", mn_state_of(L)->task ? "task" : "thread");
  if (status == MN_TOO_MANY)
    luaL_error(L, "lock is held too many times by this %s",
               mn_state_of(L)->task ? "task" : "thread");
  return status;
}

int mn_lock_lua_release(lua_State *L, mn_lock *lock) {
  if (mn_lock_release(lock, mn_waiter_of(L)) == MN_OK) return 0;
  return throw_not_owner(L, lock);
}

void mn_lock_lua_check_held(lua_State *L, mn_lock *lock) {
  if (!mn_lock_is_held_by(lock, mn_waiter_of(L))) throw_not_owner(L, lock);
}

mn_status mn_lock_guard_acquire(lua_State *L, mn_handle *object, mn_time deadline,
                                mn_acquired *acquired) {
  return mn_lock_lua_acquire(L, (mn_lock *)(void *)object, deadline, acquired);
}

void mn_lock_guard_release(lua_State *L, mn_handle *object, uint64_t turn) {
  mn_lock_release_turn((mn_lock *)(void *)object, mn_waiter_of(L), turn);
}

int mn_lock_lua_new(lua_State *L, const mn_type *type) {
  mn_ref *ref = mn_ref_new(L, type);
  mn_lock *lock = mn_lock_new(type);
  if (!lock) return luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, (mn_handle *)(void *)lock);
  return 1;
}

_Static_assert(sizeof(mn_lock_choice) <= MN_SELECT_ROOM, "a case has room for it");

mn_status mn_lock_select_prepare(lua_State *L, mn_handle *object, mn_wait_case *wait) {
  return mn_lock_prepare((mn_lock *)(void *)object, mn_waiter_of(L), wait->argument, wait);
}

int mn_lock_select_push(lua_State *L, mn_wait_case *wait, mn_status status) {
  const mn_lock_choice *choice = wait->argument;
  if (status == MN_OK) return mn_guard_push_acquired(L, &choice->acquired);
  return mn_push_status(L, status);
}

/* ---- Lock ---- */

static const mn_guard_kind kind = {&mn_lock_type, mn_lock_guard_acquire, mn_lock_guard_release};

static mn_lock *check_lock(lua_State *L) {
  return (mn_lock *)(void *)mn_check_handle(L, 1, &mn_lock_type);
}

static int l_acquire(lua_State *L) {
  return mn_guard_acquire(L, &kind);
}

static int l_hold(lua_State *L) {
  return mn_guard_hold(L, &kind);
}

static int l_with(lua_State *L) {
  return mn_guard_with(L, &kind);
}

static int l_release(lua_State *L) {
  return mn_lock_lua_release(L, check_lock(L));
}

static int l_locked(lua_State *L) {
  lua_pushboolean(L, mn_lock_is_held(check_lock(L)));
  return 1;
}

static int l_new(lua_State *L) {
  return mn_lock_lua_new(L, &mn_lock_type);
}

static const luaL_Reg methods[] = {{"acquire", l_acquire}, {"release", l_release},
                                   {"locked", l_locked},   {"hold", l_hold},
                                   {"with", l_with},       {NULL, NULL}};

static const mn_selectable selectable = {
    .type = &mn_lock_type, .prepare = mn_lock_select_prepare, .push = mn_lock_select_push};

static const mn_binding binding = {.methods = methods, .select = &selectable};

void mn_lock_open(lua_State *L) {
  mn_type_open(L, &mn_lock_type, &binding);
  lua_pushcfunction(L, l_new);
  lua_setfield(L, -2, "Lock");
}

/* semaphore/semaphore_lua.c -- Semaphore and BoundedSemaphore as Lua sees them: two types with the
 * same methods. */
#include "semaphore/semaphore_lua.h"

#include "core/binding.h"
#include "core/calling.h"
#include "lock/guard_lua.h"
#include "semaphore/semaphore.h"

static mn_status acquire(lua_State *L, mn_handle *object, mn_time deadline, mn_acquired *acquired) {
  (void)acquired; /* a permit has no number */
  return mn_semaphore_acquire((mn_semaphore *)(void *)object, mn_waiter_to_park(L), deadline);
}

static void release(lua_State *L, mn_semaphore *semaphore, uint64_t count) {
  if (mn_semaphore_release(semaphore, count) == MN_OK) return;
  luaL_error(L, "semaphore released more often than %s",
             ((mn_handle *)(void *)semaphore)->type == &mn_semaphore_type ? "can be counted"
                                                                          : "acquired");
}

static void release_one(lua_State *L, mn_handle *object, uint64_t turn) {
  (void)turn;
  release(L, (mn_semaphore *)(void *)object, 1);
}

static const mn_guard_kind plain = {&mn_semaphore_type, acquire, release_one};
static const mn_guard_kind bounded = {&mn_bounded_semaphore_type, acquire, release_one};

/* The kind of the object at index 1; what is no semaphore is refused as one of the first kind. */
static const mn_guard_kind *kind_of(lua_State *L) {
  return mn_test_handle(L, 1, &mn_bounded_semaphore_type) ? &bounded : &plain;
}

static mn_semaphore *check_semaphore(lua_State *L) {
  return (mn_semaphore *)(void *)mn_check_handle(L, 1, kind_of(L)->type);
}

static int l_acquire(lua_State *L) {
  return mn_guard_acquire(L, kind_of(L));
}

static int l_hold(lua_State *L) {
  return mn_guard_hold(L, kind_of(L));
}

static int l_with(lua_State *L) {
  return mn_guard_with(L, kind_of(L));
}

static int l_release(lua_State *L) {
  mn_semaphore *semaphore = check_semaphore(L);
  lua_Integer count = luaL_optinteger(L, 2, 1);
  luaL_argcheck(L, count >= 1, 2, "count must be positive");
  release(L, semaphore, (uint64_t)count);
  return 0;
}

static int l_value(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)mn_semaphore_value(check_semaphore(L)));
  return 1;
}

static int new_semaphore(lua_State *L, const mn_type *type) {
  lua_Integer value = luaL_optinteger(L, 1, 1);
  luaL_argcheck(L, value >= 0, 1, "value must not be negative");
  mn_ref *ref = mn_ref_new(L, type);
  mn_semaphore *semaphore = mn_semaphore_new(type, (uint64_t)value);
  if (!semaphore) return luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, (mn_handle *)(void *)semaphore);
  return 1;
}

static int l_new(lua_State *L) {
  return new_semaphore(L, &mn_semaphore_type);
}

static int l_new_bounded(lua_State *L) {
  return new_semaphore(L, &mn_bounded_semaphore_type);
}

static const luaL_Reg methods[] = {{"acquire", l_acquire}, {"release", l_release},
                                   {"value", l_value},     {"hold", l_hold},
                                   {"with", l_with},       {NULL, NULL}};

static mn_status select_prepare(lua_State *L, mn_handle *object, mn_wait_case *wait) {
  (void)L;
  mn_semaphore_prepare((mn_semaphore *)(void *)object, wait);
  return MN_OK;
}

static int select_push(lua_State *L, mn_wait_case *wait, mn_status status) {
  (void)wait;
  return mn_push_status(L, status);
}

static const mn_selectable selectable = {
    .type = &mn_semaphore_type, .prepare = select_prepare, .push = select_push};
static const mn_selectable bounded_selectable = {
    .type = &mn_bounded_semaphore_type, .prepare = select_prepare, .push = select_push};

static const mn_binding binding = {.methods = methods, .select = &selectable};
static const mn_binding bounded_binding = {.methods = methods, .select = &bounded_selectable};

void mn_semaphore_open(lua_State *L) {
  mn_type_open(L, &mn_semaphore_type, &binding);
  mn_type_open(L, &mn_bounded_semaphore_type, &bounded_binding);
  lua_pushcfunction(L, l_new);
  lua_setfield(L, -2, "Semaphore");
  lua_pushcfunction(L, l_new_bounded);
  lua_setfield(L, -2, "BoundedSemaphore");
}

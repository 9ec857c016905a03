/* tests/c/sync_test.c -- each allocation that fails while a lock or the like is made or used from Lua
 * is an error of that call, and nothing stays held. */
#include <lauxlib.h>
#include <string.h>

#include "base/alloc.h"
#include "check.h"
#include "core/runtime.h"
#include "core/state.h"
#include "moons/moons_lua.h"

#ifdef MN_FAULTS

/* Each is called until it succeeds, with one allocation later failing each time. */
static const char *const calls[] = {
    "moons.RLock()",
    "moons.Semaphore(3)",
    "moons.BoundedSemaphore(3)",
    "moons.Event()",
    "moons.Condition()",
    "moons.Condition(lock)",
    "moons.Barrier(3)",
    "moons.Barrier { parties = 3, action = action }",
    "moons.RWLock()",
    "moons.Once()",
    "for _ = 1, 9 do local _ <close> = rlock:hold() end",
    "rlock:with(function() local a <close> = rlock:hold() local b <close> = rlock:hold()"
    "  local c <close> = rlock:hold() rlock:with(function() rlock:with(type, 1) end) end)",
    "rwlock:with_read(function() local a <close> = rwlock:hold_read()"
    "  local b <close> = rwlock:hold_read() local c <close> = rwlock:hold_read()"
    "  rwlock:with_read(function() rwlock:with_read(type, 1) end) end)",
    "rwlock:with_write(type, 1)",
    "semaphore:with(type, 1)",
    "condition:with(function() condition:wait(0) condition:notify() end)",
    "condition:with(function() condition:wait_for(function() return true end) end)",
    "if barrier:broken() then barrier:reset() end barrier:wait()",
    "moons.Once():call(function() return ('x'):rep(1000), {} end)",
};

static const char setup[] =
    "lock, rlock, rwlock, semaphore = Lock(), moons.RLock(), moons.RWLock(), moons.Semaphore()\n"
    "condition = moons.Condition(lock)\n"
    "function action() return lock, ('x'):rep(1000) end\n"
    "barrier = moons.Barrier(1, action) barrier:wait()"; /* so its code is known already */

static const char check[] =
    "assert(not lock:locked() and not rlock:locked() and not rwlock:locked())\n"
    "assert(semaphore:value() == 1)";

static void run(lua_State *L, const char *code) {
  if (luaL_dostring(L, code) != LUA_OK) fprintf(stderr, "%s\n", lua_tostring(L, -1));
  CHECK(lua_gettop(L) == 0);
}

static void call_with_failures(lua_State *L, const char *code) {
  int failed = 1;
  for (long n = 0; failed; n++) {
    CHECK(luaL_loadstring(L, code) == LUA_OK);
    (void)lua_gc(L, LUA_GCCOLLECT);
    mn_alloc_fail_at(n, 1);
    int status = lua_pcall(L, 0, 0, 0);
    failed = mn_alloc_did_fail();
    mn_alloc_fail_at(-1, 0);
    CHECK(failed || status == LUA_OK);
    if (status != LUA_OK && !strstr(lua_tostring(L, -1), "not enough memory"))
      fprintf(stderr, "%s: %s\n", code, lua_tostring(L, -1));
    CHECK(status == LUA_OK || strstr(lua_tostring(L, -1), "not enough memory"));
    lua_settop(L, 0);
    run(L, check);
  }
}

static void every_failing_allocation_is_an_error(void) {
  mn_runtime *runtime = mn_runtime_new(mn_libraries_open);
  mn_state *state = mn_state_open(runtime, runtime->main, NULL);
  run(state->main, setup);
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
    call_with_failures(state->main, calls[i]);
  mn_state_close(state, NULL);
  (void)mn_runtime_free(runtime);
}
#endif

int main(void) {
#ifdef MN_FAULTS
  RUN(every_failing_allocation_is_an_error);
#endif
  return 0;
}

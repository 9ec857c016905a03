/* tests/c/coroutine_test.c -- coroutines of tasks that somebody else's C function resumes. */
#include <lauxlib.h>
#include <lualib.h>

#include "check.h"
#include "core/runtime.h"
#include "core/state.h"
#include "moons/moons_lua.h"

static mn_runtime *runtime;

/* Resumes as C modules do, which know nothing of tasks: it takes what is yielded for a value. */
static int l_foreign_resume(lua_State *L) {
  int count;
  lua_State *co = lua_tothread(L, 1);
  int status = lua_resume(co, L, 0, &count);
  if (status != LUA_OK && status != LUA_YIELD) count = 1;
  lua_pushinteger(L, status);
  lua_pushinteger(L, count);
  lua_xmove(co, L, count);
  return 2 + count;
}

static void run(const char *code) {
  mn_state *state = mn_state_open(runtime, runtime->main, NULL);
  CHECK(state);
  lua_register(state->main, "foreign_resume", l_foreign_resume);
  if (luaL_dostring(state->main, code) != LUA_OK) {
    fprintf(stderr, "%s\n", lua_tostring(state->main, -1));
    abort();
  }
  mn_state_close(state, NULL);
}

static void waits_block(void) {
  run("local ticks = 0\n"
      "local ticker = moons.task(function() while true do ticks = ticks + 1 moons.yield() end "
      "end)\n"
      "local f = moons.task(function()\n"
      "  local co = coroutine.create(function()\n"
      "    moons.sleep(0.001)\n"
      "    coroutine.wrap(function() moons.sleep(0.001) moons.yield() end)()\n"
      "    return 'slept'\n"
      "  end)\n"
      "  moons.yield()\n"
      "  local before = ticks\n"
      "  local status, count, value = foreign_resume(co)\n"
      "  return ticks - before, status, count, value\n"
      "end)\n"
      "local passed, status, count, value = f:result(20)\n"
      "assert(passed == 0 and status == 0 and count == 1 and value == 'slept')\n"
      "ticker:cancel()");
}

static void what_is_away_is_refused(void) {
  run("local co, event = nil, moons.Event()\n"
      "local f = moons.task(function()\n"
      "  co = coroutine.create(function() event:wait() return 'done' end)\n"
      "  return coroutine.resume(co)\n"
      "end)\n"
      "moons.yield()\n"
      "local status, _, message = foreign_resume(co)\n"
      "assert(status == 2 and message == 'cannot resume non-suspended coroutine')\n"
      "event:set()\n"
      "local ok, value = f:result(20)\n"
      "assert(ok and value == 'done')");
}

int main(void) {
  runtime = mn_runtime_new(mn_libraries_open);
  CHECK(runtime);
  RUN(waits_block);
  RUN(what_is_away_is_refused);
  (void)mn_runtime_free(runtime);
  return 0;
}

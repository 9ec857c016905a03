/* tests/c/generator_test.c -- generators that wait in a C function of somebody else's. */
#include <lauxlib.h>
#include <lualib.h>

#include "check.h"
#include "core/runtime.h"
#include "core/state.h"
#include "moons/moons_lua.h"

static mn_runtime *runtime;

/* Yields as C modules do: what it is resumed with is what it returns. */
static int l_foreign_yield(lua_State *L) {
  return lua_yield(L, lua_gettop(L));
}

static void run(const char *code) {
  mn_state *state = mn_state_open(runtime, runtime->main, NULL);
  CHECK(state);
  lua_register(state->main, "foreign_yield", l_foreign_yield);
  if (luaL_dostring(state->main, code) != LUA_OK) {
    fprintf(stderr, "%s\n", lua_tostring(state->main, -1));
    abort();
  }
  mn_state_close(state, NULL);
}

static void values_pass(void) {
  run("local g = moons.Generator(function(...)\n"
      "  return foreign_yield(foreign_yield(...))\n"
      "end, 1, 2)\n"
      "local a, b = g:next() assert(a == 1 and b == 2)\n"
      "a, b = g:send(3, 4) assert(a == 3 and b == 4)\n"
      "g:send(5) assert(g:result() == 5)");
}

static void errors_are_not_taken_for_values(void) {
  run("local message = 'the generator waits in a C function that takes no error'\n"
      "local inner = moons.Generator(function() return foreign_yield(1) end)\n"
      "inner:next()\n"
      "local ok, e = pcall(inner.throw, inner, 'x') assert(not ok and e == message)\n"
      "assert(inner:status() == 'suspended')\n"
      "local outer = moons.Generator(function()\n"
      "  coroutine.yield(moons.delegate(moons.Generator(foreign_yield, 2)))\n"
      "end)\n"
      "assert(outer:next() == 2)\n"
      "ok, e = pcall(outer.throw, outer, 'x') assert(not ok and e:find(message, 1, true))\n"
      "assert(outer:status() == 'finished')\n"
      "inner:send(7) assert(inner:result() == 7)");
}

static void closing_ends_them(void) {
  run("local closed = 0\n"
      "local g = moons.Generator(function()\n"
      "  local c <close> = setmetatable({}, {__close = function() closed = closed + 1 end})\n"
      "  foreign_yield()\n"
      "end)\n"
      "g:next() g:close() assert(closed == 1 and g:status() == 'finished')");
}

int main(void) {
  runtime = mn_runtime_new(mn_libraries_open);
  CHECK(runtime);
  RUN(values_pass);
  RUN(errors_are_not_taken_for_values);
  RUN(closing_ends_them);
  (void)mn_runtime_free(runtime);
  return 0;
}

/* tests/c/shared_lua_test.c -- a write of a script that runs out of memory has done all or nothing. */
#include <lauxlib.h>
#include <string.h>

#include "base/alloc.h"
#include "check.h"
#include "core/runtime.h"
#include "core/state.h"
#include "moons/moons_lua.h"

#ifdef MN_FAULTS
static mn_runtime *runtime;

/* dump() says all that is in the Shared s, in order. */
static const char *const preamble =
    "long = ('a string that is not short '):rep(3)\n"
    "class = {}; class.__index = class\n"
    "s = moons.Shared { n = 1, list = { 1, 2, 3 }, t = { x = 'y' }, [long] = long,\n"
    "  object = setmetatable({ 1 }, class), queue = Queue() }\n"
    "local function text(v)\n"
    "  if type(v) ~= 'table' then return type(v) == 'userdata' and 'handle' or tostring(v) end\n"
    "  local parts = {}\n"
    "  for k, w in pairs(v) do parts[#parts + 1] = tostring(k) .. '=' .. text(w) end\n"
    "  table.sort(parts)\n"
    "  return '{' .. table.concat(parts, ',') .. '}'\n"
    "end\n"
    "function dump() return text(s:copy()) end\n";

static const char *const operations[] = {
    "s.n = long",
    "s['a key that is not short'] = { 1, { 2 }, three = { long } }",
    "s.new = setmetatable({ { long } }, class)",
    "s.t = nil",
    "s.f = function() return long end",
    "s.list:insert({ long })",
    "s.list:remove(1)",
    "s:swap('t', { 5 })",
    "s:swap(long, 5)",
    "if s.list:remove() ~= 3 then error() end",
    "s:cas('n', 1, { long })",
    "s:clear()",
    "s:update('n', function(n) return { n, long } end)",
    "s:update('t', function(t) t.z = 1; return t end)",
    "s:transaction(function(t)\n"
    "  t.n, t.t.z, t.list[4], t.list[2] = long, long, { 4 }, nil\n"
    "  t.list:insert(5); t.list:remove(1); t.t:clear(); t.new = { back = t.list }\n"
    "  t['a key that is not short'] = t:copy()\n"
    "end)",
    "local t, o, q = s.t, s.object, s.queue; for k, v in pairs(s) do t = v end; t = s:copy()",
    "local _ = s:wait('t', function(t) return t.x == 'y' end)",
    "local _ = moons.Shared { 1, { 2 }, x = { y = long } }, moons.Atomic(1)",
};

static mn_state *open(const char *operation) {
  mn_state *state = mn_state_open(runtime, runtime->main, NULL);
  CHECK(state);
  lua_State *L = state->main;
  CHECK(luaL_dostring(L, preamble) == LUA_OK);
  CHECK(luaL_loadstring(L, operation) == LUA_OK);
  return state;
}

/* Leaves the text on the stack. */
static const char *dump(lua_State *L) {
  lua_getglobal(L, "dump");
  CHECK(lua_pcall(L, 0, 1, 0) == LUA_OK);
  return lua_tostring(L, -1);
}

/* Runs the operation while allocation `n` fails, and those after it if `forever`. False: none did. */
static bool survive(const char *operation, long n, int forever) {
  mn_state *state = open(operation);
  lua_State *L = state->main;
  const char *before = dump(L);
  lua_insert(L, 1);
  mn_alloc_fail_at(n, forever);
  bool done = lua_pcall(L, 0, 0, 0) == LUA_OK;
  int failed = mn_alloc_did_fail();
  mn_alloc_fail_at(-1, 0);
  CHECK(done || failed);
  if (!done) CHECK(strcmp(before, dump(L)) == 0);
  CHECK(luaL_dostring(L, "s.n = 2; s:transaction(function() s.n = 3 end); return s.n") == LUA_OK);
  CHECK(lua_tointeger(L, -1) == 3);
  mn_state_close(state, NULL);
  return failed != 0;
}

static void all_or_nothing(void) {
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
    for (int forever = 0; forever < 2; forever++)
      for (long n = 0; survive(operations[i], n, forever); n++) continue;
}
#endif

int main(void) {
#ifdef MN_FAULTS
  runtime = mn_runtime_new(mn_libraries_open);
  CHECK(runtime);
  RUN(all_or_nothing);
  (void)mn_runtime_free(runtime);
#endif
  return 0;
}

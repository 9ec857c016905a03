/* tests/c/state_test.c -- states are copies of a template, apart from each other, and every failing
 * allocation while one is opened is survived. */
#include "core/state.h"

#include <lauxlib.h>
#include <string.h>

#include "base/alloc.h"
#include "check.h"
#include "core/runtime.h"
#include "core/template.h"
#include "moons/moons_lua.h"

static const char *run(mn_state *state, const char *code) {
  CHECK(luaL_loadstring(state->main, code) == LUA_OK);
  if (mn_state_call(state->main, 0, 1) != LUA_OK)
    fprintf(stderr, "%s\n", lua_tostring(state->main, -1));
  return luaL_tolstring(state->main, -1, NULL);
}

static void template_is_there(void) {
  mn_runtime *runtime = mn_runtime_new(mn_libraries_open);
  /* Where each block is malloc's own there is nothing to copy; and the system's Lua takes another seed
   * for each state. */
#if defined(MN_PLAIN_ALLOC) || defined(MOONS_SYSTEM_LUA)
  CHECK(!runtime->template_);
#else
  CHECK(runtime->template_);
#endif
  (void)mn_runtime_free(runtime);
}

/* Libraries with many small tables, each of which has lost a key. */
static int open_with_removed_keys(lua_State *L) {
  mn_libraries_open(L);
  static const char code[] =
      "local tables = {} "
      "for i = 1, 40 do "
      "  local t = { ['a' .. i] = 1, ['gone' .. i] = 1, ['b' .. i] = 1, ['c' .. i] = 1 } "
      "  tables[i], t['gone' .. i] = t, nil "
      "end "
      "string.tables = tables";
  CHECK(luaL_dostring(L, code) == LUA_OK);
  return 0;
}

/* A removed key keeps the address of a string that is no more; in a copy the next string lay there, and
 * who went through the table came by it again and again. */
static void removed_keys_are_no_keys_of_a_copy(void) {
  mn_runtime *runtime = mn_runtime_new(open_with_removed_keys);
  mn_state *state = mn_state_open(runtime, runtime->main, NULL);
  CHECK(strcmp(run(state, "for _, t in ipairs(string.tables) do "
                          "  local count = 0 "
                          "  for _ in pairs(t) do "
                          "    count = count + 1 "
                          "    if count > 3 then return 'too many' end "
                          "  end "
                          "  if count < 3 then return 'too few' end "
                          "end return 'all'"),
               "all") == 0);
  mn_state_close(state, NULL);
  (void)mn_runtime_free(runtime);
}

static void states_are_apart(void) {
  mn_runtime *runtime = mn_runtime_new(mn_libraries_open);
  mn_state *a = mn_state_open(runtime, runtime->main, NULL);
  mn_state *b = mn_state_open(runtime, runtime->main, NULL);
  CHECK(strcmp(run(a, "x = 1; string.y = 2; return tostring(x) .. string.y"), "12") == 0);
  CHECK(strcmp(run(b, "return tostring(x) .. tostring(string.y)"), "nilnil") == 0);
  const char *draw = "return math.random(0) .. ' ' .. math.random(0)";
  char first[64];
  (void)snprintf(first, sizeof first, "%s", run(a, draw));
  CHECK(strcmp(first, run(b, draw)) != 0);
  /* What a copy has is all there and works: strings, patterns, coroutines, errors, collection. */
  CHECK(strcmp(run(b, "local t = {} for w in ('a b c'):gmatch('%a') do t[#t + 1] = w:upper() end "
                      "local co = coroutine.wrap(function() coroutine.yield(table.concat(t)) end) "
                      "local s = co() collectgarbage() collectgarbage('step') "
                      "return s .. select(2, pcall(error, 'e', 0)) .. #require('moons').version"),
               "ABCe5") == 0);
  mn_state_close(a, NULL);
  mn_state_close(b, NULL);
  (void)mn_runtime_free(runtime);
}

static _Thread_local int finalized;

static int l_count(lua_State *L) {
  (void)L;
  finalized++;
  return 0;
}

static void closing_runs_all_finalizers(void) {
  mn_runtime *runtime = mn_runtime_new(mn_libraries_open);
  for (int generational = 0; generational < 2; generational++) {
    mn_state *state = mn_state_open(runtime, runtime->main, NULL);
    finalized = 0;
    lua_pushcfunction(state->main, l_count);
    lua_setglobal(state->main, "count");
    lua_gc(state->main, generational ? LUA_GCGEN : LUA_GCINC, 0, 0, 0);
    (void)run(state, "keep = {} for i = 1, 1000 do "
                     "keep[i] = setmetatable({}, {__gc = function() count() end}) end "
                     "setmetatable(keep, {__gc = function() count() error('in a finalizer') end})");
    mn_state_close(state, NULL);
    CHECK(finalized == 1001);
  }
  (void)mn_runtime_free(runtime);
}

#ifdef MN_FAULTS
/* Fails each allocation in turn until opening succeeds. */
static void every_failing_allocation_is_survived(void) {
  mn_runtime *runtime = mn_runtime_new(mn_libraries_open);
  for (int with_template = 0; with_template < 2; with_template++) {
    mn_template *template_ = runtime->template_;
    if (!with_template) runtime->template_ = NULL;
    for (long n = 0;; n++) {
      mn_alloc_fail_at(n, 1);
      mn_state *state = mn_state_open(runtime, runtime->main, NULL);
      int failed = mn_alloc_did_fail();
      mn_alloc_fail_at(-1, 0);
      /* A failure to shrink a block is no failure of the state's. */
      CHECK(state || failed);
      if (state) mn_state_close(state, NULL);
      if (!failed) break;
    }
    runtime->template_ = template_;
  }
  (void)mn_runtime_free(runtime);
}

static void a_runtime_survives_too(void) {
  for (long n = 0;; n++) {
    mn_alloc_fail_at(n, 1);
    mn_runtime *runtime = mn_runtime_new(mn_libraries_open);
    int failed = mn_alloc_did_fail();
    mn_alloc_fail_at(-1, 0);
    if (runtime) (void)mn_runtime_free(runtime); /* without a template, maybe */
    if (!failed) return;
  }
}
#endif

int main(void) {
  RUN(template_is_there);
  RUN(removed_keys_are_no_keys_of_a_copy);
  RUN(states_are_apart);
  RUN(closing_runs_all_finalizers);
#ifdef MN_FAULTS
  RUN(every_failing_allocation_is_survived);
  RUN(a_runtime_survives_too);
#endif
  return 0;
}

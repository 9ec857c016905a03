/* tests/c/allocation_faults_test.c -- each allocation of an operation fails in turn, until the operation succeeds.
 *
 * A failed operation must say so, change nothing, leave nothing behind (LeakSanitizer looks), and
 * succeed when it is done again. An allocation is malloc's; where MN_PLAIN_ALLOC makes each of Lua's
 * one of those, it is each of Lua's, too. */
#include <stdio.h>

#ifdef MN_FAULTS

#include <lauxlib.h>
#include <string.h>

#include "base/alloc.h"
#include "check.h"
#include "core/binding.h"
#include "core/codec.h"
#include "core/runtime.h"
#include "core/state.h"
#include "moons/moons_lua.h"
#include "spawn/spawn_body.h"

static mn_runtime *runtime;

static mn_state *open(void) {
  mn_state *state = mn_state_open(runtime, runtime->main, NULL);
  CHECK(state);
  return state;
}

/* Calls the function on top of the stack; its results are left there. */
static void call(lua_State *L, const char *what) {
  int base = lua_gettop(L);
  if (lua_pcall(L, 0, LUA_MULTRET, 0) == LUA_OK) return;
  fprintf(stderr, "%s: %s\n", what, lua_tostring(L, base));
  abort();
}

static void load(lua_State *L, const char *code) {
  if (luaL_loadstring(L, code) == LUA_OK) return;
  fprintf(stderr, "%s: %s\n", code, lua_tostring(L, -1));
  abort();
}

static bool is_memory_error(lua_State *L) {
  const char *text = luaL_tolstring(L, -1, NULL);
  bool is = strstr(text, "not enough memory") != NULL;
  if (!is) fprintf(stderr, "failed by: %s\n", text);
  lua_pop(L, 1);
  return is;
}

/* ---- operations of Lua ---- */

typedef struct operation {
  const char *setup;  /* returns the operation and a function that checks, which is told whether the
                         operation succeeded */
  bool leaves_traces; /* it may have been done in part: it is not done again */
} operation;

static const operation operations[] = {
    {"return Lock, function() end", false},
    {"return Queue, function() end", false},
    {"return threadlocal, function() end", false},
    {"local q = Queue() for i = 1, 100 do q:put(i) end "
     "return function() q:put{1, {'two'}, x = {}} end, "
     "function(done) assert(#q == (done and 101 or 100)) end",
     false},
    {"local q = Queue() "
     "return function() q:put(('x'):rep(100000)) end, "
     "function(done) assert(#q == (done and 1 or 0)) end",
     false},
    {"local q, values = Queue(), {} for i = 1, 20 do values[i] = {i, ('x'):rep(100)} end "
     "return function() assert(q:put_many(values) == 20) end, "
     "function(done) assert(#q == 20 or not done and #q < 20) end",
     true},
    {"local q, C = Queue(), {} C.__index = C function C.get() return C end "
     "return function() q:put(setmetatable({}, C)) end, "
     "function(done) assert(#q == (done and 1 or 0)) C.x = 1 q:put(setmetatable({}, C)) "
     "q:put(setmetatable({}, C)) end",
     false},
    {"local q = Queue() for i = 1, 10 do q:put{i, {{}}} end "
     "return function() local v = q:get() assert(v[1] == 1 and v[2][1]) end, "
     "function(done) assert(#q == 9 and q:get()[1] == 2) end",
     true},
    {"local q = Queue() for i = 1, 10 do q:put{i, {{}}} end "
     "return function() assert(#q:get_many() == 10) end, "
     "function(done) assert(not done or #q == 0) q:put(1) assert(#q:get_many() > 0) end",
     true},
    {"local f = load 'local t = ... return t[1]' "
     "return function() t = spawn(f, {1}) end, "
     "function(done) assert(not t == not done and (not t or t:join() == 1)) "
     "while #moons.threads() > 1 do moons.sleep(0.001) end end",
     false},
    /* A Lua stack that must grow: what fails is memory, not the stack. */
    {"local job = {function() end, n = 5000} "
     "return function() spawn(job):join() end, function() end",
     true},
    {"local b, format = moons.Buffer(5000), ('B'):rep(5000) "
     "return function() b:unpack(1, format) end, function() end",
     false},
    {"return Pool, function() end", false},
    {"local p, n = Pool(1), moons.Atomic(0) p:apply(type, 1) "
     "return function() f = p:submit(function(t) n:add(t[1]) return n:get() end, {1}) end, "
     "function(done) if done then assert(f:result() == 1) end p:close() p:join() "
     "assert(n:get() == (done and 1 or 0)) end",
     true},
    {"local p = Pool(1) p:apply(type, 1) "
     "return function() local sum = 0 for r in p:imap(function(x) return x * 2 end, {1, 2, 3}, 1) "
     "do "
     "sum = sum + r end assert(sum == 12) end, "
     "function() p:close() p:join() end",
     true},
    {"local p, n = Pool(1), 0 local f = p:submit(type, 1) f:result() "
     "return function() f:add_done_callback(function() n = n + 1 end) end, "
     "function(done) while done and n == 0 do moons.sleep(0.0001) end "
     "assert(n == (done and 1 or 0)) p:close() p:join() end",
     true},
    {"local p = Pool(1) local fs = {p:submit(type, 1), p:submit(type, 2)} p:close() p:join() "
     "return function() assert(#(moons.futures.wait(fs)) == 2) "
     "for f in moons.futures.as_completed(fs) do assert(f:result() == 'number') end end, "
     "function() end",
     true},
    {"return function() local g = moons.Generator(type, 1) end, function() end", false},
    {"local many = table.pack(table.unpack({}, 1, 500)) "
     "return function() "
     "local g = moons.Generator(function(...) coroutine.yield(...) return ... end, "
     "table.unpack(many, 1, many.n)) "
     "assert(select('#', g:next()) == many.n) g:send(table.unpack(many, 1, many.n)) "
     "assert(g:status() == 'finished' and select('#', g:result()) == many.n) end, "
     "function() end",
     true},
    {"local begun, ended = 0, 0 "
     "local closing = setmetatable({}, {__close = function() ended = ended + 1 end}) "
     "local function inner() "
     "local c <close> = closing begun = begun + 1 coroutine.yield(1) error('oh', 0) end "
     "local function outer() return moons.delegate(moons.Generator(inner)) end "
     "return function() local g <close> = moons.Generator(outer) g:next() "
     "local ok, e = pcall(g.throw, g, 'oh') if e ~= 'oh' then error(e, 0) end end, "
     "function() assert(begun == ended) begun, ended = 0, 0 end",
     true},
    {"return moons.net.pair, function() end", false},
    {"local net = moons.net "
     "return function() local l <close> = assert(net.listen '127.0.0.1:0') "
     "local a <close> = assert(net.connect(l:address())) local b <close> = assert(l:accept()) end, "
     "function() end",
     false},
    {"local a, b = moons.net.pair() a:write(('x'):rep(100000)) "
     "return function() assert(#b:read(50000) == 50000) end, "
     "function(done) assert(#b:read(done and 50000 or 100000) == (done and 50000 or 100000)) "
     "a:write 'y' assert(b:read(1) == 'y') end",
     true},
    {"local a, b = moons.net.pair() a:write 'one\\ntwo\\n' "
     "return function() a:write{'x', 'y', ('z'):rep(5000), '\\n'} end, "
     "function(done) a:close() local n = 0 for line in b:lines() do n = n + 1 end "
     "assert(n == (done and 3 or 2)) end",
     true},
    {"local l = Lock() local t = spawn(function() l:acquire() end) t:join() "
     "return function() local g <close> = l:hold() end, function() assert(not l:locked()) end",
     false},
};

/* The state that `state` is: operation at 1, check at 2. Does the operation with allocation `n`
 * failing, or all from that on; true: one has failed. */
static bool try(const operation *o, mn_state *state, long n, bool forever) {
  lua_State *L = state->main;
  load(L, o->setup);
  call(L, o->setup);
  CHECK(lua_gettop(L) == 2);
  CHECK(lua_checkstack(L, 20));
  lua_pushvalue(L, 1);
  mn_alloc_fail_at(n, forever);
  bool done = lua_pcall(L, 0, 0, 0) == LUA_OK, failed = mn_alloc_did_fail();
  mn_alloc_fail_at(-1, 0);
  CHECK(done || (failed && is_memory_error(L)));
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  lua_pushboolean(L, done);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
    fprintf(stderr, "%s\nallocation %ld: %s\n", o->setup, n, lua_tostring(L, -1));
    abort();
  }
  if (!done && !o->leaves_traces) {
    lua_pushvalue(L, 1);
    call(L, o->setup);
  }
  return failed;
}

static void operations_fail_whole(void) {
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
    for (int forever = 0; forever < 2; forever++)
      for (long n = 0, failed = 1; failed; n++) {
        mn_state *state = open();
        failed = try(&operations[i], state, n, forever != 0);
        mn_state_close(state, NULL);
      }
}

/* ---- a thread's own allocations ---- */

/* What the body is to do, and what it found. */
static struct {
  long n;
  bool forever, failed;
} fault;

static void body(mn_thread *self, mn_worker_cache *cache) {
  mn_alloc_fail_at(fault.n, fault.forever);
  mn_spawn_body(self, cache);
  fault.failed = mn_alloc_did_fail();
  mn_alloc_fail_at(-1, 0);
}

/* Runs the thread whose function and arguments `code` returns. The reference is the caller's. */
static mn_thread *run(mn_state *state, const char *code) {
  lua_State *L = state->main;
  mn_thread *thread = mn_thread_new(runtime, &(mn_thread_options){.name = ""});
  CHECK(thread);
  lua_settop(L, 0);
  lua_pushnil(L); /* package.path and package.cpath: the default */
  lua_pushnil(L);
  load(L, code);
  call(L, code);
  CHECK(mn_encode(L, 1, lua_gettop(L), "value #%d", 1, &thread->work));
  thread->body = body;
  CHECK(mn_thread_start(thread, runtime->main) == MN_OK);
  CHECK(mn_thread_join(thread, &runtime->main->waiter, MN_FOREVER) == MN_OK);
  atomic_store(&thread->collected, true);
  lua_settop(L, 0);
  return thread;
}

static int l_result(lua_State *L) {
  const mn_message *message = lua_touserdata(L, 1);
  lua_settop(L, 0);
  return mn_decode(L, message);
}

/* Pushes the thread's first result, or its error value. */
static void push_result(lua_State *L, const mn_thread *thread) {
  lua_pushcfunction(L, l_result);
  lua_pushlightuserdata(L, (void *)(uintptr_t)&thread->result);
  CHECK(lua_pcall(L, 1, 1, 0) == LUA_OK);
}

/* Threads that end with the result, or the error, "done". */
static const char *const threads[] = {
    "return function() return 'done', {1, {2}, {}, print} end",
    "local t = {1, {x = 'y'}} t.t = t return function(u) return u == t.t and 'done' end, t",
    "local C = {} C.__index = C function C.get() return 'done', C end "
    "return function(o) local d, c = o.get() return getmetatable(o) == c and d, o end, "
    "setmetatable({}, C)",
    "local T = {__transfer = function(t) return function(x) return x end, t[1] end} "
    "return function(x) return x end, setmetatable({'done'}, T)",
    "answer = 'done' return load 'return answer'",
    "local q = Queue() q:put{'done'} return function() return q:get()[1], q end",
    "local q = Queue() q:put{'done', ('x'):rep(50)} q:put{} return function() return "
    "q:get_many()[1][1] end",
    "local l = Lock() return function() l:acquire() return 'done', l end",
    "return function() error('done', 0) end",
    "return function() local co = coroutine.create(function() error('done', 0) end) "
    "return select(2, coroutine.resume(co)) end",
    "return function() return pcall(error, 'done') and 1 or 'done' end",
};

/* Always both of these: the right result, or the lack of memory. */
static void check_ended(mn_state *state, const mn_thread *thread) {
  lua_State *L = state->main;
  if (thread->result.values == 0) {
    CHECK(fault.failed && thread->outcome == MN_THREAD_FAILED);
    return;
  }
  push_result(L, thread);
  const char *text = lua_tostring(L, -1);
  if (!text || strcmp(text, "done") != 0) CHECK(fault.failed && is_memory_error(L));
  lua_pop(L, 1);
}

static void threads_end_whole(void) {
  mn_state *state = open();
  for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
    for (int forever = 0; forever < 2; forever++)
      for (fault.n = 0, fault.failed = true; fault.failed; fault.n++) {
        fault.forever = forever != 0;
        mn_thread *thread = run(state, threads[i]);
        check_ended(state, thread);
        mn_handle_unref(&thread->handle);
      }
  mn_state_close(state, NULL);
}

int main(void) {
  runtime = mn_runtime_new(mn_libraries_open);
  CHECK(runtime);
  RUN(operations_fail_whole);
  RUN(threads_end_whole);
  (void)mn_runtime_free(runtime);
  return 0;
}

#else

int main(void) {
  printf("  nothing can be made to fail in this build\n");
  return 0;
}

#endif

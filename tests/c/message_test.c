/* tests/c/message_test.c -- messages as bytes and references: sizes, counts, damage, lack of memory. */
#include <lauxlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/pointer_map.h"
#include "check.h"
#include "core/binding.h"
#include "core/code.h"
#include "core/codec.h"
#include "core/message_format.h"
#include "core/runtime.h"
#include "core/state.h"
#include "moons/moons_lua.h"

static mn_runtime *runtime;

static mn_state *open(void) {
  mn_state *state = mn_state_open(runtime, runtime->main, NULL);
  CHECK(state);
  return state;
}

/* Leaves the results of the code on the stack; how many. */
static int evaluate(mn_state *state, const char *code) {
  lua_State *L = state->main;
  int top = lua_gettop(L);
  CHECK(luaL_loadstring(L, code) == LUA_OK);
  if (lua_pcall(L, 0, LUA_MULTRET, 0) != LUA_OK) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    abort();
  }
  return lua_gettop(L) - top;
}

static mn_message encode(mn_state *state, const char *code) {
  mn_message message;
  int count = evaluate(state, code), top = lua_gettop(state->main);
  CHECK(mn_encode(state->main, top - count + 1, count, "value #%d", 1, &message));
  CHECK(lua_gettop(state->main) == top);
  CHECK(message.values == (uint32_t)count);
  lua_settop(state->main, 0);
  return message;
}

static int l_decode(lua_State *L) {
  const mn_message *message = lua_touserdata(L, 1);
  lua_settop(L, 0);
  CHECK(mn_decode(L, message) == lua_gettop(L));
  return lua_gettop(L);
}

/* LUA_OK: the values are on the stack, else the error. */
static int decode(lua_State *L, const mn_message *message) {
  lua_pushcfunction(L, l_decode);
  lua_pushlightuserdata(L, (void *)(uintptr_t)message);
  return lua_pcall(L, 1, LUA_MULTRET, 0);
}

/* ---- */

static void small_things_are_inline(void) {
  static const struct {
    const char *code;
    uint32_t size;
  } cases[] = {
      {"return 5", 1},
      {"return -64", 1},
      {"return 1.5", 9},
      {"return 'abc'", 4},
      {"return {1, 2, 3}", 6},
      {"return nil, true", 2},
      {"return 1 << 40", 9},
      {"return ('x'):rep(47)", 48},
      {"return {id = 1, name = 'abc', values = {1, 2, 3}}", 29},
  };
  mn_state *state = open();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    mn_message message = encode(state, cases[i].code);
    CHECK(message.size == cases[i].size);
    CHECK(!mn_message_is_heap(&message));
    mn_message_drop(&message);
  }
  mn_state_close(state, NULL);
}

static void a_message_is_decoded_as_often_as_wanted(void) {
  mn_state *a = open(), *b = open();
  mn_message message = encode(a, "local t = {1, 'two', 3.0} t.self = t return t, print");
  for (int i = 0; i < 3; i++) {
    CHECK(decode(b->main, &message) == LUA_OK && lua_gettop(b->main) == 2);
    lua_setglobal(b->main, "p");
    lua_setglobal(b->main, "t");
    (void)evaluate(b, "assert(t.self == t and t[2] == 'two' and p == print)");
    lua_settop(b->main, 0);
  }
  CHECK(mn_decode_take(b->main, &message) == 2);
  CHECK(message.size == 0 && !mn_message_is_heap(&message));
  mn_state_close(a, NULL);
  mn_state_close(b, NULL);
}

static uint32_t references(const mn_handle *object) {
  return atomic_load((_Atomic uint32_t *)(uintptr_t)&object->references);
}

static void references_are_counted(void) {
  mn_state *state = open();
  lua_State *L = state->main;
  (void)evaluate(state, "q = Queue() return q");
  mn_handle *queue = mn_to_handle(L, 1);
  CHECK(queue && references(queue) == 1);
  mn_message message = encode(state, "return q, {q, {q}}");
  CHECK(message.handles == 1 && references(queue) == 2);
  CHECK(decode(L, &message) == LUA_OK);
  CHECK(references(queue) == 2); /* the same userdata came back */
  mn_message_drop(&message);
  CHECK(references(queue) == 1);
  int count = evaluate(state, "return q, {q, coroutine.create(print)}");
  CHECK(!mn_encode(L, lua_gettop(L) - count + 1, count, "value", 0, &message));
  CHECK(strcmp(lua_tostring(L, -1), "cannot send value[2]: a coroutine is tied to its thread") ==
        0);
  CHECK(references(queue) == 1);
  lua_settop(L, 0);
  mn_state_close(state, NULL);
}

static void code_is_dumped_once(void) {
#ifdef MOONS_SYSTEM_LUA
  return; /* each closure is dumped for itself */
#endif
  mn_state *a = open(), *b = open();
  CHECK(evaluate(a, "local function make(x) return function() return x, y end end "
                    "return make(1), make(2)") == 2);
  mn_code *one = mn_code_of(a->main, 1), *two = mn_code_of(a->main, 2);
  CHECK(one && one == two);
  CHECK(one->name_count == 1 && strcmp(one->names[0], "y") == 0 && !one->env_escapes);
  mn_code_push(b->main, one);
  mn_code *back = mn_code_of(b->main, -1);
  CHECK(back == one); /* known again where it was loaded */
  mn_handle_unref(&back->handle);
  mn_handle_unref(&two->handle);
  mn_handle_unref(&one->handle);
  mn_state_close(a, NULL);
  mn_state_close(b, NULL);
}

static bool names(const mn_code *code, const char *name) {
  for (size_t i = 0; i < code->name_count; i++)
    if (strcmp(code->names[i], name) == 0) return true;
  return false;
}

static void names_of_globals_are_found(void) {
  mn_state *state = open();
  static const struct {
    const char *code, *has, *has_not;
    bool escapes;
  } cases[] = {
      {"return function() return a end", "a", "b", false},
      {"return function() a = 1 end", "a", "b", false},
      {"return function() return function() return function() return a.b end end end", "a", "b",
       false},
      {"return function() a(b, c:d()) end", "c", "d", false},
      {"return function(a) return a end", NULL, "a", false},
      {"local a return function() return a end", NULL, "a", false},
      {"return function() local _ENV = {} return a end", NULL, "a", false},
      {"return function(k) return _ENV[k] end", NULL, "k", true},
      {"return function() local e = _ENV return e, a end", "a", "e", true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    CHECK(evaluate(state, cases[i].code) == 1);
    mn_code *code = mn_code_of(state->main, 1);
    CHECK(code);
    CHECK(!cases[i].has || names(code, cases[i].has));
    CHECK(!names(code, cases[i].has_not));
    CHECK(code->env_escapes == cases[i].escapes);
    mn_handle_unref(&code->handle);
    lua_settop(state->main, 0);
  }
  mn_state_close(state, NULL);
}

/* ---- damage ---- */

static const char *const samples[] = {
    "return 1, 'two', 3.5, nil, true, 1 << 40, 70000, ('x'):rep(300)",
    "local t = {1, 2, {3, x = 'y'}, k = {}} t.t, t.k.t = t, t return t, t.k",
    "local l for i = 1, 300 do l = {l, i} end return l",
    "local n = 0 return function() n = n + 1 return f end, function() return n end",
    "local C = {} C.__index = C function C.f() return C end return setmetatable({1}, C), C",
    "return Queue(), {Queue()}",
    "local A = {} A.__index = A local B = setmetatable({}, A) B.__index = B "
    "return setmetatable({}, B), setmetatable({}, A)",
    "return setmetatable({}, {__transfer = function() return function(a) return {a} end, {1} end})",
    "g = {1} function h() return g end return function() return h() end",
    "local f for i = 1, 110 do local v = f f = function() return v end end return f",
    "local f = function() return 1 end package.loaded.m = {f = f} "
    "package.preload.m = function() return {f = f} end return package.loaded.m",
};

/* Not under TSan: it loses the frames that an error of Lua's leaves, and ends the program when that
 * makes 65,536. There is one thread only. */
#ifndef __SANITIZE_THREAD__
/* A copy of the message with the first `size` bytes, one of which may be another. */
static void try_damaged(mn_state *state, const mn_message *whole, size_t size, size_t at,
                        int byte) {
  mn_message message;
  unsigned char bytes[4096];
  CHECK(size <= sizeof bytes);
  memcpy(bytes, mn_message_bytes(whole), size);
  if (at < size) bytes[at] = (unsigned char)byte;
  mn_handle **handles = whole->handles > 0 ? whole->body.heap.handles : NULL;
  for (uint32_t i = 0; i < whole->handles; i++) (void)mn_handle_ref(handles[i]);
  CHECK(mn_message_make(&message, NULL, bytes, size, whole->values, handles, whole->handles,
                        whole->flags) == MN_OK);
  (void)decode(state->main, &message);
  lua_settop(state->main, 0);
  mn_message_drop(&message);
}

static void damaged_bytes_are_an_error_at_most(void) {
  mn_state *state = open();
  unsigned long seed = test_seed(1);
  for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
    mn_message message = encode(state, samples[i]);
    for (size_t size = 0; size < message.size; size++)
      try_damaged(state, &message, size, SIZE_MAX, 0);
    for (size_t at = 0; at < message.size; at++)
      for (int n = 0; n < 12; n++)
        try_damaged(state, &message, message.size, at, (int)(next_random(&seed) & 0xff));
    mn_message_drop(&message);
  }
  mn_state_close(state, NULL);
}
#endif

static void claims_must_be_covered(void) {
  mn_state *state = open();
  /* Tables that claim 2^31 items, alone and within each other. */
  unsigned char bytes[9 * 64];
  for (size_t i = 0; i < sizeof bytes; i += 9) {
    bytes[i] = MN_TAG_TABLE_WIDE;
    memcpy(bytes + i + 1, (uint32_t[]){0x7fffffff, 0x7fffffff}, 8);
  }
  for (size_t size = 9; size <= sizeof bytes; size += 9) {
    mn_message message;
    CHECK(mn_message_make(&message, NULL, bytes, size, 1, NULL, 0, 0) == MN_OK);
    CHECK(decode(state->main, &message) == LUA_ERRRUN);
    CHECK(strcmp(lua_tostring(state->main, -1), "malformed message") == 0);
    lua_settop(state->main, 0);
    mn_message_drop(&message);
  }
  mn_state_close(state, NULL);
}

/* ---- memory ---- */

#ifdef MN_FAULTS
static int l_encode(lua_State *L) {
  mn_message *message = lua_touserdata(L, 1);
  int count = lua_gettop(L) - 1;
  if (!mn_encode(L, 2, count, "value #%d", 1, message)) return lua_error(L);
  return 0;
}

/* Encodes the values on the stack, which stay. */
static bool encode_values(lua_State *L, int count, mn_message *message) {
  CHECK(lua_checkstack(L, count + 8));
  lua_pushcfunction(L, l_encode);
  lua_pushlightuserdata(L, message);
  for (int i = 1; i <= count; i++) lua_pushvalue(L, i);
  return lua_pcall(L, count + 1, 0, 0) == LUA_OK;
}

static void every_failing_allocation_is_survived(void) {
  for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
    for (long n = 0, failed = 1; failed; n++) {
      mn_state *a = open(), *b = open();
      mn_message message = {0};
      lua_State *L = a->main;
      int count = evaluate(a, samples[i]);
      mn_alloc_fail_at(n, 0);
      bool made = encode_values(L, count, &message);
      if (made) (void)decode(b->main, &message);
      failed = mn_alloc_did_fail();
      mn_alloc_fail_at(-1, 0);
      CHECK(made || (failed && message.size == 0));
      mn_message_drop(&message);
      /* Nothing was done by halves: the same values go the same way now. */
      lua_settop(L, count);
      lua_settop(b->main, 0);
      CHECK(encode_values(L, count, &message) && decode(b->main, &message) == LUA_OK);
      mn_message_drop(&message);
      mn_state_close(a, NULL);
      mn_state_close(b, NULL);
    }
  }
}
#endif

static void a_pointer_map_maps(void) {
  enum { MANY = 5000 };
  static char things[MANY];
  mn_pointer_map map = {0};
  for (int round = 0; round < 3; round++) {
    bool fresh;
    for (uint32_t i = 0; i < MANY; i++) {
      mn_pointer_map_at(&map, &things[i], &fresh)->value = i;
      CHECK(fresh);
    }
    for (uint32_t i = 0; i < MANY; i++) {
      CHECK(mn_pointer_map_at(&map, &things[i], &fresh)->value == i);
      CHECK(!fresh);
    }
    mn_pointer_map_clear(&map, round == 1 ? 0 : SIZE_MAX);
    CHECK(map.used == 0);
  }
  mn_pointer_map_free(&map);
}

int main(void) {
  runtime = mn_runtime_new(mn_libraries_open);
  CHECK(runtime);
  RUN(a_pointer_map_maps);
  RUN(small_things_are_inline);
  RUN(a_message_is_decoded_as_often_as_wanted);
  RUN(references_are_counted);
  RUN(code_is_dumped_once);
  RUN(names_of_globals_are_found);
#ifndef __SANITIZE_THREAD__
  RUN(damaged_bytes_are_an_error_at_most);
#endif
  RUN(claims_must_be_covered);
#ifdef MN_FAULTS
  RUN(every_failing_allocation_is_survived);
#endif
  (void)mn_runtime_free(runtime);
  return 0;
}

/* tests/fuzz/decode_fuzz.c -- bytes that no encoder made.
 *
 * The decoder may answer with values or with an error; it must not crash, hang, keep a reference, or
 * take more memory than the bytes can account for. What it makes is encoded and decoded again. The
 * state has only such functions as can be called with anything: a message may name a function and
 * have it called.
 *
 * An input is four bytes and a message: how many values, the flags, which sample's references go with
 * it, and how many of the bytes at the end are the message of a class instead. There are references
 * of all kinds, so a number that was changed finds one of the wrong kind. Now and then the mutator
 * starts from a sample that the encoder has just made, so the corpus stays of use when the format
 * changes. */
#include <lauxlib.h>
#include <lualib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/binding.h"
#include "core/classes.h"
#include "core/codec.h"
#include "core/globals.h"
#include "core/message_format.h"
#include "core/state_data.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

/* None of these functions calls what it is given: that could be itself. */
static const char *const samples[] = {
    "return 1, 'two', 3.5, nil, true, 1 << 40, 70000, ('x'):rep(300)",
    "local t = {1, 2, {3, x = 'y'}, k = {}} t.t, t.k.t = t, t return t, t.k",
    "local l for i = 1, 130 do l = {l, i} end return l",
    "local l for i = 1, 130 do local v = l l = function() return v end end return l",
    "local t = {} for i = 1, 300 do t[i] = i end return t",
    "local n = 0 return function() n = n + 1 return n end, function() return n end, {pcall}",
    "return Thing(), {Thing()}, _G, pcall",
    "count = 1 return function() count = count + 1 return count end, load 'return count'",
    "local C = {} C.__index = C function C.f() return C end return setmetatable({1}, C), C",
    "local A = {} A.__index = A local B = setmetatable({Thing()}, A) B.__index = B A.other = B "
    "return setmetatable({}, B), setmetatable({}, A), setmetatable({}, {__mode = 'k'})",
    "local C for i = 1, 130 do C = setmetatable({}, C) C.__index = C end return C",
    "local T = {__transfer = function(t) return function(a, b) return {a, b} end, t, {t.x} end} "
    "return setmetatable({x = {}}, {__transfer = function(t) return select, 1, t.x end}), "
    "{setmetatable({}, {__transfer = function(t) return rawlen, 'abc' end})}",
    "local f = function() return 1 end package.loaded.m = {f = f} "
    "package.preload.m = function() return {f = f} end return package.loaded.m, {package.loaded.m}",
    "local p = Packed() return p, {p, Packed()}",
};
enum { SAMPLES = sizeof samples / sizeof *samples, HEAD = 4 };

/* One reference of each kind; they follow those of the sample. */
static const char *const one_of_each =
    "local n return Thing(), Closed(), function() return 1 end, function() return n end, "
    "setmetatable({}, {n}), Packed()";
enum { KINDS = 6 };

/* ---- the references ---- */

static void destroy_thing(mn_handle *object) {
  free(object);
}

/* A plain object is a parcel's content. */
static mn_handle *new_object(const mn_type *type) {
  mn_handle *object = malloc(sizeof *object);
  if (!object) abort();
  mn_handle_init(object, type);
  return object;
}

static const mn_type packed_type, parcel_type;

static mn_status pack(mn_handle *object, mn_handle **parcel) {
  (void)object;
  *parcel = new_object(&parcel_type);
  return MN_OK;
}

static mn_status unpack(mn_handle *parcel, mn_handle **object) {
  (void)parcel;
  *object = new_object(&packed_type);
  return MN_OK;
}

/* Travels as a copy. */
static const mn_type packed_type = {.name = "Packed", .destroy = destroy_thing, .pack = pack};
static const mn_type parcel_type = {
    .name = "Parcel", .destroy = destroy_thing, .content = &packed_type, .unpack = unpack};

/* Of these two the first is open in the states, and so is Packed. */
static const mn_type thing_type = {.name = "Thing", .destroy = destroy_thing};
static const mn_type closed_type = {.name = "Closed", .destroy = destroy_thing};

static int l_thing(lua_State *L) {
  const mn_type *type = lua_touserdata(L, lua_upvalueindex(1));
  mn_handle *object = new_object(type);
  mn_push_handle(L, object);
  mn_handle_unref(object);
  return 1;
}

static void open_type(lua_State *L, const mn_type *type) {
  static const mn_binding binding = {0};
  mn_type_open(L, type, &binding);
  lua_pushlightuserdata(L, (void *)(uintptr_t)type);
  lua_pushcclosure(L, l_thing, 1);
  lua_setglobal(L, type->name);
}

/* The messages of the samples, from a state that lives as long as the process, and one_of_each. */
static mn_message made[SAMPLES + 1];

static void make(lua_State *L, const char *code, mn_message *message) {
  if (luaL_dostring(L, code) != LUA_OK ||
      !mn_encode(L, 1, lua_gettop(L), "value #%d", 1, message)) {
    (void)fprintf(stderr, "%s\n%s\n", code, lua_tostring(L, -1));
    abort();
  }
  lua_settop(L, 0);
}

/* A message of these bytes, with the sample's references, one of each kind and `last`, if any. */
static mn_message make_message(const uint8_t *bytes, size_t size, unsigned values, unsigned flags,
                               const mn_message *sample, mn_handle *last) {
  mn_handle
      *references[256]; /* with the system's Lua each closure of a sample has code of its own */
  uint32_t count = sample->handles;
  mn_message message;
  if (count + KINDS + 1 > sizeof references / sizeof *references) abort();
  if (count > 0) memcpy(references, sample->body.heap.handles, count * sizeof *references);
  memcpy(references + count, made[SAMPLES].body.heap.handles, KINDS * sizeof *references);
  count += KINDS;
  if (last) references[count++] = last;
  for (uint32_t i = 0; i < count; i++) (void)mn_handle_ref(references[i]);
  if (mn_message_make(&message, NULL, bytes, size, values, references, count, flags) != MN_OK)
    abort();
  return message;
}

static uint64_t count_references(void) {
  uint64_t count = 0;
  for (size_t i = 0; i <= SAMPLES; i++)
    for (uint32_t n = 0; n < made[i].handles; n++)
      count += atomic_load(&made[i].body.heap.handles[n]->references);
  return count;
}

/* ---- the state ---- */

/* What a state of moons has beside its Lua: `L` can now encode and decode. */
static void attach(lua_State *L, mn_runtime *runtime, mn_state *state) {
  state->runtime = runtime; /* for the types that are open */
  state->c_stack = (uintptr_t)__builtin_frame_address(0);
  *(mn_state **)lua_getextraspace(L) = state;
}

typedef struct heap {
  size_t used, most;
} heap;

static void *allocate(void *userdata, void *block, size_t old_size, size_t new_size) {
  heap *h = userdata;
  if (!block) old_size = 0;
  if (new_size > old_size && h->used + (new_size - old_size) > h->most) return NULL;
  h->used = h->used - old_size + new_size;
  if (new_size > 0) return realloc(block, new_size);
  free(block);
  return NULL;
}

/* What reads files or prints goes, and so do the searchers of require, but for package.preload. */
static void take_away(lua_State *L) {
  static const char *const names[] = {"collectgarbage", "dofile", "load",  "loadfile",
                                      "print",          "warn",   "Thing", "Packed"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    lua_pushnil(L);
    lua_setglobal(L, names[i]);
  }
  lua_getglobal(L, "package");
  lua_pushnil(L);
  lua_setfield(L, -2, "loadlib");
  lua_getfield(L, -1, "searchers");
  for (lua_Integer i = 2; i <= 4; i++) {
    lua_pushnil(L);
    lua_rawseti(L, -2, i);
  }
  lua_settop(L, 0);
}

static lua_State *open_state(heap *h) {
  static mn_runtime runtime;
  static mn_state state;
  lua_State *L = lua_newstate(allocate, h);
  if (!L) abort();
  attach(L, &runtime, &state);
  luaL_requiref(L, LUA_GNAME, luaopen_base, 1);
  luaL_requiref(L, LUA_LOADLIBNAME, luaopen_package, 1);
  open_type(L, &thing_type);
  open_type(L, &packed_type);
  take_away(L);
  mn_globals_note_originals(L, false);
  lua_settop(L, 0);
  return L;
}

static int l_try(lua_State *L) {
  mn_message *message = lua_touserdata(L, 1), again;
  lua_settop(L, 0);
  int count = mn_decode(L, message);
  if (count != lua_gettop(L)) abort();
  if (!mn_encode(L, 1, count, "value #%d", 1, &again)) return lua_error(L);
  lua_settop(L, 0);
  if (mn_decode_take(L, &again) != count || lua_gettop(L) != count) abort();
  return 0;
}

/* ---- what libFuzzer calls ---- */

/* What the encoder made must be decoded: then the fuzzer starts from what gets far. */
static void check(mn_message *message) {
  heap h = {.most = SIZE_MAX};
  lua_State *L = open_state(&h);
  lua_pushcfunction(L, l_try);
  lua_pushlightuserdata(L, message);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
    (void)fprintf(stderr, "a sample is not decoded: %s\n", lua_tostring(L, -1));
    abort();
  }
  lua_close(L);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  static mn_runtime runtime;
  static mn_state state;
  (void)argc, (void)argv;
  lua_State *L = luaL_newstate();
  if (!L) abort();
  attach(L, &runtime, &state);
  luaL_openlibs(L);
  open_type(L, &thing_type);
  open_type(L, &packed_type);
  open_type(L, &closed_type);
  mn_globals_note_originals(L, false);
  for (size_t i = 0; i < SAMPLES; i++) make(L, samples[i], &made[i]);
  make(L, one_of_each, &made[SAMPLES]);
  if (made[SAMPLES].handles != KINDS) abort();
  for (size_t i = 0; i < SAMPLES; i++) check(&made[i]);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < HEAD) return 0;
  const mn_message *sample = &made[data[2] % SAMPLES];
  const uint8_t *bytes = data + HEAD;
  size_t length = size - HEAD, inner_length = data[3] < length ? data[3] : 0;
  uint64_t references = count_references();
  mn_snapshot *class_ = NULL;
  length -= inner_length;
  if (inner_length > 0) {
    mn_message inner = make_message(bytes + length, inner_length, 1,
                                    MN_MESSAGE_HAS_REFS | MN_MESSAGE_IS_CLASS, sample, NULL);
    class_ = mn_snapshot_new(&inner);
    if (!class_) abort();
  }
  mn_message message =
      make_message(bytes, length, data[0], data[1], sample, class_ ? &class_->handle : NULL);
  if (class_) mn_handle_unref(&class_->handle);

  /* Ten bytes may stand for a class of 250. */
  heap h = {.most = ((size_t)1 << 20) + 8192 * size};
  lua_State *L = open_state(&h);
  lua_pushcfunction(L, l_try);
  lua_pushlightuserdata(L, &message);
  if (lua_pcall(L, 1, 0, 0) == LUA_ERRMEM) abort();
  lua_close(L);
  mn_message_drop(&message);
  if (count_references() != references) abort();
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  if (seed % 16 != 0) return LLVMFuzzerMutate(data, size, most);
  unsigned number = seed / 16 % SAMPLES;
  const mn_message *sample = &made[number];
  if (sample->size + HEAD > most) return LLVMFuzzerMutate(data, size, most);
  const uint8_t head[HEAD] = {(uint8_t)sample->values, (uint8_t)sample->flags, (uint8_t)number, 0};
  memcpy(data, head, HEAD);
  memcpy(data + HEAD, mn_message_bytes(sample), sample->size);
  return sample->size + HEAD;
}

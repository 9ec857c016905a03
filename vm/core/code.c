/* core/code.c -- dumping and loading code once.
 *
 * A state remembers code in entries: full userdata that hold one reference, a closure that keeps the
 * code loaded (`model`, whose upvalues are nil and nobody's), and, where it was needed, one that may
 * be handed out again and again (`ready`). Entries are found by the address of Lua's own prototype,
 * which the model keeps from being reused, and by the address of the mn_code, which the reference
 * keeps. So that states that see ever new functions don't grow for ever, the table of entries is in
 * two generations: when YOUNG is full it becomes OLD, and what was OLD is forgotten. */
#include "core/code.h"

#include <lauxlib.h>
#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "core/code_names.h"
#include "core/inside.h"
#include "core/registry.h"

static const char YOUNG_KEY, OLD_KEY, COUNT_KEY, METATABLE_KEY;

enum { MODEL = 1, READY = 2, ENTRY_VALUES = 2 };
enum { YOUNG_MOST = 512 }; /* keys; an entry has two */

typedef struct code_entry {
  mn_code *code; /* a reference, or NULL: not yet */
} code_entry;

/* ---- mn_code ---- */

static void destroy_code(mn_handle *object) {
  mn_code *code = (mn_code *)object;
  mn_free(code->bytes);
  mn_free(code->names);
  mn_free(code);
}

const mn_type mn_code_type = {.name = "code", .destroy = destroy_code};

static mn_code *new_code(void) {
  /* The number must be unique in the process, because caches of all states are keyed by it.
   * relaxed: only the numbers themselves matter. */
  static _Atomic uint64_t last;
  mn_code *code = mn_alloc_zero(sizeof *code);
  if (!code) return NULL;
  mn_handle_init(&code->handle, &mn_code_type);
  code->id = atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
  return code;
}

/* ---- entries ---- */

static int l_entry_gc(lua_State *L) {
  if (!mn_is_finalizing(L)) return 0;
  code_entry *entry = lua_touserdata(L, 1);
  mn_code *code = entry->code;
  entry->code = NULL;
  if (code) mn_handle_unref(&code->handle);
  return 0;
}

static code_entry *push_new_entry(lua_State *L) {
  code_entry *entry = lua_newuserdatauv(L, sizeof *entry, ENTRY_VALUES);
  entry->code = NULL;
  mn_registry_push_metatable(L, &METATABLE_KEY, l_entry_gc);
  lua_setmetatable(L, -2);
  return entry;
}

/* Pushes YOUNG, after a change of generations where that is due. */
static void push_young(lua_State *L) {
  lua_Integer count = 0;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &YOUNG_KEY) == LUA_TTABLE) {
    lua_rawgetp(L, -1, &COUNT_KEY);
    count = lua_tointeger(L, -1);
    lua_pop(L, 1);
    if (count < YOUNG_MOST) return;
  }
  lua_rawsetp(L, LUA_REGISTRYINDEX, &OLD_KEY);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &YOUNG_KEY);
}

/* Enters the entry on top of the stack under `key`. */
static void remember(lua_State *L, const void *key) {
  push_young(L);
  lua_rawgetp(L, -1, &COUNT_KEY);
  lua_pushinteger(L, lua_tointeger(L, -1) + 1);
  lua_rawsetp(L, -3, &COUNT_KEY);
  lua_pop(L, 1);
  lua_pushvalue(L, -2);
  lua_rawsetp(L, -2, key);
  lua_pop(L, 1);
}

/* Pushes the entry that `generation` has under `key`; NULL and nothing pushed: none. */
static code_entry *push_entry_of(lua_State *L, const void *generation, const void *key) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, generation) != LUA_TTABLE) {
    lua_pop(L, 1);
    return NULL;
  }
  lua_rawgetp(L, -1, key);
  lua_remove(L, -2);
  code_entry *entry = lua_touserdata(L, -1);
  if (!entry) lua_pop(L, 1);
  return entry;
}

static code_entry *push_entry(lua_State *L, const void *key) {
  code_entry *entry = push_entry_of(L, &YOUNG_KEY, key);
  if (entry) return entry;
  entry = push_entry_of(L, &OLD_KEY, key);
  if (entry) remember(L, key);
  return entry;
}

/* ---- dumping ---- */

static int write_bytes(lua_State *L, const void *bytes, size_t size, void *buffer) {
  (void)L;
  return mn_buffer_add(buffer, bytes, size) ? 0 : 1;
}

/* The upvalue in which the names of globals are looked up: the one named _ENV, or, where names were
 * stripped, the one that is the globals. 0: none. */
static int find_env(lua_State *L, int function) {
  int stripped = 0;
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  int globals = lua_gettop(L), env = 0;
  const char *name;
  for (int i = 1; env == 0 && (name = lua_getupvalue(L, function, i)) != NULL; i++) {
    if (strcmp(name, "_ENV") == 0) env = i;
    if (stripped == 0 && strcmp(name, "(no name)") == 0 && lua_rawequal(L, -1, globals))
      stripped = i;
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return env != 0 ? env : stripped;
}

/* Finds the names of globals in code that has its bytes. False: no memory. */
static bool find_names(mn_code *code, int env_upvalue) {
  mn_code_names names;
  code->env_upvalue = env_upvalue;
  if (!mn_code_find_names(code->bytes, code->size, env_upvalue, &names)) return false;
  code->name_count = names.count;
  code->names = names.names;
  code->env_escapes = names.escapes;
  return true;
}

mn_code *mn_code_new(const void *bytes, size_t size, int env_upvalue) {
  mn_code *code = new_code();
  mn_buffer copy = {0};
  if (!code) return NULL;
  bool done = mn_buffer_add(&copy, bytes, size);
  code->bytes = copy.data;
  code->size = copy.size;
  if (done && find_names(code, env_upvalue)) return code;
  mn_handle_unref(&code->handle);
  return NULL;
}

/* Fills in the entry's code from the function at `function`. False: no memory. */
static bool dump(lua_State *L, int function, code_entry *entry) {
  mn_code *code = entry->code = new_code();
  if (!code) return false;
  mn_buffer bytes = {0};
  lua_pushvalue(L, function);
  /* Throws nothing; for a Lua function only the writer can fail. */
  bool done = lua_dump(L, write_bytes, &bytes, 0) == 0;
  lua_pop(L, 1);
  code->bytes = bytes.data;
  code->size = bytes.size;
  return done && find_names(code, find_env(L, function));
}

mn_code *mn_code_of(lua_State *L, int index) {
  mn_stack_need(L, LUA_MINSTACK);
  index = lua_absindex(L, index);
  const void *key = mn_closure_code(L, index);
  code_entry *entry = push_entry(L, key);
  if (!entry) {
    entry = push_new_entry(L);
    if (!dump(L, index, entry)) {
      lua_pop(L, 1);
      return NULL;
    }
    if (!mn_closure_push_alike(L, index)) lua_pushvalue(L, index);
    lua_setiuservalue(L, -2, MODEL);
    remember(L, key);
    remember(L, entry->code);
  }
  mn_handle_ref(&entry->code->handle);
  mn_code *code = entry->code;
  lua_pop(L, 1);
  return code;
}

/* ---- loading ---- */

/* Pushes a new closure; all upvalues nil. */
static void load(lua_State *L, const mn_code *code) {
  if (luaL_loadbufferx(L, (const char *)code->bytes, code->size, "=message", "b") != LUA_OK)
    lua_error(L);
  lua_pushnil(L); /* Lua has put the globals into the first upvalue, whatever that is for */
  if (!lua_setupvalue(L, -2, 1)) lua_pop(L, 1);
}

static void push_loaded_entry(lua_State *L, mn_code *code) {
  if (push_entry(L, code)) return;
  code_entry *entry = push_new_entry(L);
  entry->code = code;
  mn_handle_ref(&code->handle);
  load(L, code);
  const void *key = mn_closure_code(L, -1);
  lua_setiuservalue(L, -2, MODEL);
  remember(L, key);
  remember(L, code);
}

/* Replaces the entry on top of the stack by a new closure. */
static void replace_by_closure(lua_State *L, const mn_code *code) {
  lua_getiuservalue(L, -1, MODEL);
  if (!mn_closure_push_alike(L, -1)) load(L, code);
  lua_replace(L, -3);
  lua_pop(L, 1);
}

void mn_code_push(lua_State *L, mn_code *code) {
  mn_stack_need(L, LUA_MINSTACK);
  push_loaded_entry(L, code);
  replace_by_closure(L, code);
}

/* True when the closure on top of the stack can be handed out again: a script may have given it
 * another environment by way of debug. */
static bool is_still_plain(lua_State *L) {
  if (!lua_isfunction(L, -1)) return false;
  if (!lua_getupvalue(L, -1, 1)) return true;
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same;
}

void mn_code_push_plain(lua_State *L, mn_code *code) {
  mn_stack_need(L, LUA_MINSTACK);
  push_loaded_entry(L, code);
  lua_getiuservalue(L, -1, READY);
  if (is_still_plain(L)) {
    lua_remove(L, -2);
    return;
  }
  lua_pop(L, 1);
  lua_pushvalue(L, -1);
  replace_by_closure(L, code);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  if (!lua_setupvalue(L, -2, 1)) lua_pop(L, 1);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, -3, READY);
  lua_remove(L, -2);
}

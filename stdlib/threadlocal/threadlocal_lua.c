/* threadlocal/threadlocal_lua.c -- an object whose fields each thread has for itself.
 *
 * What threads share is only an identity; a number, since an address may be used again. Each state
 * keeps the fields of all such objects in one table of its registry, by that number. They live
 * until the state ends, or until the object does when this state held it last. */
#include "threadlocal/threadlocal_lua.h"

#include "base/alloc.h"
#include "core/binding.h"
#include "core/registry.h"

typedef struct threadlocal {
  mn_handle handle;
  uint64_t number; /* unique in the process; immutable */
} threadlocal;

static void destroy(mn_handle *handle) {
  mn_free(handle);
}

static const mn_type type = {.name = "threadlocal", .destroy = destroy};

/* Registry key of the table of fields. */
static const char FIELDS_KEY;

static threadlocal *check(lua_State *L) {
  return (threadlocal *)(void *)mn_check_handle(L, 1, &type);
}

/* Pushes this thread's fields of the object. */
static void push_fields(lua_State *L, const threadlocal *local) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &FIELDS_KEY);
  if (lua_rawgeti(L, -1, (lua_Integer)local->number) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, (lua_Integer)local->number);
  }
  lua_remove(L, -2);
}

static int l_index(lua_State *L) {
  push_fields(L, check(L));
  lua_pushvalue(L, 2);
  lua_rawget(L, -2);
  return 1;
}

static int l_newindex(lua_State *L) {
  threadlocal *local = check(L);
  luaL_argcheck(L, !lua_isnoneornil(L, 2) && lua_rawequal(L, 2, 2), 2,
                "a field's name must not be nil or NaN");
  lua_settop(L, 3);
  push_fields(L, local);
  lua_insert(L, 2);
  lua_rawset(L, 2);
  return 0;
}

static int l_next(lua_State *L) {
  lua_settop(L, 2);
  return lua_next(L, 1) ? 2 : 0;
}

static int l_pairs(lua_State *L) {
  threadlocal *local = check(L);
  lua_pushcfunction(L, l_next);
  push_fields(L, local);
  return 2;
}

static int l_gc(lua_State *L) {
  threadlocal *local = (threadlocal *)(void *)mn_to_handle(L, 1);
  if (!local || local->handle.type != &type) return 0; /* finalized already, or no threadlocal */
  if (!mn_is_finalizing(L)) return 0;
  ((mn_ref *)lua_touserdata(L, 1))->object = NULL;
  /* Nobody else can take a reference when ours is the only one. */
  if (atomic_load(&local->handle.references) == 1) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &FIELDS_KEY);
    lua_pushnil(L);
    lua_rawseti(L, -2, (lua_Integer)local->number);
  }
  mn_handle_unref(&local->handle);
  return 0;
}

static int l_new(lua_State *L) {
  static _Atomic uint64_t last_number;
  mn_ref *ref = mn_ref_new(L, &type);
  threadlocal *local = mn_alloc(sizeof *local);
  if (!local) return luaL_error(L, "not enough memory");
  mn_handle_init(&local->handle, &type);
  local->number = atomic_fetch_add(&last_number, 1) + 1;
  mn_ref_fill(L, ref, &local->handle);
  return 1;
}

static const luaL_Reg metamethods[] = {{"__index", l_index},
                                       {"__newindex", l_newindex},
                                       {"__pairs", l_pairs},
                                       {"__gc", l_gc},
                                       {NULL, NULL}};

static const mn_binding binding = {.metamethods = metamethods};

void mn_threadlocal_open(lua_State *L) {
  mn_type_open(L, &type, &binding);
  lua_newtable(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &FIELDS_KEY);
  lua_pushcfunction(L, l_new);
  lua_setfield(L, -2, "threadlocal");
}

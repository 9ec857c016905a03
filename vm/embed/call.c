/* embed/call.c -- the program's C functions, for the scripts.
 *
 * Nothing throws while the program's function is on the stack, which may be C++: arguments and results are
 * copies, and its results become Lua's after it has returned. */
#include "embed/call.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "core/binding.h"
#include "core/codec.h"
#include "embed/hosted.h"
#include "embed/values.h"

/* The values of an argument that is no scalar. */
typedef struct copied {
  struct copied *next;
  moons_values *values;
} copied;

struct moons_call {
  mn_kind kind;
  const void *thread; /* that runs it: the address of its `here` */
  lua_State *L;
  int count; /* of arguments, the lowest on the stack */
  copied *copies;
  moons_values *results; /* NULL: none yet */
  char failure[256];
};

/* Its address says which OS thread that is. */
static _Thread_local char here;

/* What is none, has returned, or is another thread's. */
static bool is_bad(const moons_call *call, const char *function) {
  if (mn_is_no(call, MN_KIND_CALL, function, "call")) return true;
  return call->thread != &here && mn_misuse(function, "call", "is another thread's");
}

/* ---- a call ---- */

static void call_close(moons_call *call) {
  mn_bury(call);
  for (copied *c = call->copies, *next; c; c = next) {
    next = c->next;
    moons_values_free(c->values);
    mn_free(c);
  }
  moons_values_free(call->results);
}

/* Throws what the call has failed with. */
static int throw_failure(lua_State *L, const moons_call *call, moons_status status) {
  return luaL_error(L, "%s", *call->failure ? call->failure : moons_status_text(status));
}

/* Upvalues: where the function is, and its argument. */
static int l_function(lua_State *L) {
  const moons_c_function *function = lua_touserdata(L, lua_upvalueindex(1));
  moons_call call = {.kind = MN_KIND_CALL, .thread = &here, .L = L, .count = lua_gettop(L)};
  mn_message results = {0};
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  moons_status status = (*function)(&call, lua_touserdata(L, lua_upvalueindex(2)));
  if (status == MOONS_OK && call.results)
    status =
        mn_values_encode_here(mn_embed_of(L), call.results->items, call.results->count, &results);
  call_close(&call);
  return status == MOONS_OK ? mn_decode_take(L, &results) : throw_failure(L, &call, status);
}

void mn_push_c_function(lua_State *L, const moons_c_function *function, void *argument) {
  lua_pushlightuserdata(L, (void *)(uintptr_t)function);
  lua_pushlightuserdata(L, argument);
  lua_pushcclosure(L, l_function, 2);
}

void mn_entries_open(lua_State *L, const moons_c_entry *entries) {
  if (!entries) return;
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  for (const moons_c_entry *entry = entries; entry->module; entry++) {
    luaL_getsubtable(L, -1, entry->module);
    mn_push_c_function(L, &entry->function, entry->argument);
    lua_setfield(L, -2, entry->name);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* ---- what its function may ask ---- */

moons_runtime *moons_call_runtime(moons_call *call) {
  return is_bad(call, __func__) ? NULL : mn_embed_of(call->L);
}

size_t moons_call_count(const moons_call *call) {
  return is_bad(call, __func__) ? 0 : (size_t)call->count;
}

/* A list of the object alone. */
static moons_status list_object(moons_call *call, mn_handle *object, moons_values **values) {
  moons_value value;
  moons_values *made;
  moons_status status = moons_values_new(&made);
  if (status != MOONS_OK) return status;
  status = mn_values_add_object(made, mn_embed_of(call->L), object, &value);
  if (status == MOONS_OK && !mn_values_push(made, value)) status = MOONS_NO_MEMORY;
  if (status == MOONS_OK)
    *values = made;
  else
    moons_values_free(made);
  return status;
}

/* By the road of messages, but of objects. */
static moons_status list_argument(moons_call *call, int index, moons_values **values) {
  mn_message message;
  mn_handle *object = mn_to_handle(call->L, index);
  if (object) return list_object(call, object, values);
  if (!mn_encode(call->L, index, 1, "argument", 0, &message)) {
    lua_pop(call->L, 1);
    return MOONS_REFUSED;
  }
  moons_status status = mn_values_decode(mn_embed_of(call->L), &message, values);
  mn_message_drop(&message);
  return status;
}

static moons_value copy_argument(moons_call *call, int index) {
  copied *c = mn_alloc_zero(sizeof *c);
  if (!c || list_argument(call, index, &c->values) != MOONS_OK) {
    mn_free(c);
    return (moons_value){.type = MOONS_OTHER};
  }
  c->next = call->copies;
  call->copies = c;
  return moons_values_at(c->values, 0);
}

moons_value moons_call_argument(moons_call *call, size_t index) {
  if (is_bad(call, __func__) || index >= (size_t)call->count) return moons_nil();
  lua_State *L = call->L;
  int at = (int)index + 1;
  size_t size;
  switch (lua_type(L, at)) {
    case LUA_TNIL: return moons_nil();
    case LUA_TBOOLEAN: return moons_boolean(lua_toboolean(L, at));
    case LUA_TLIGHTUSERDATA: return moons_pointer(lua_touserdata(L, at));
    case LUA_TNUMBER:
      return lua_isinteger(L, at) ? moons_integer(lua_tointeger(L, at))
                                  : moons_number(lua_tonumber(L, at));
    case LUA_TSTRING: {
      const char *bytes = lua_tolstring(L, at, &size);
      return moons_bytes(bytes, size);
    }
    default: return copy_argument(call, at);
  }
}

static moons_values *results_of(moons_call *call) {
  if (!call->results) (void)moons_values_new(&call->results);
  return call->results;
}

moons_values *moons_call_values(moons_call *call) {
  return is_bad(call, __func__) ? NULL : results_of(call);
}

moons_status moons_call_return(moons_call *call, moons_value value) {
  if (is_bad(call, __func__)) return MOONS_INVALID;
  moons_values *results = results_of(call);
  return results ? moons_values_append(results, value) : MOONS_NO_MEMORY;
}

moons_status moons_call_fail(moons_call *call, const char *text) {
  if (is_bad(call, __func__) || mn_is_missing(text)) return MOONS_INVALID;
  (void)snprintf(call->failure, sizeof call->failure, "%s", text);
  return MOONS_FAILED;
}

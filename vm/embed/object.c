/* embed/object.c -- objects of types that the program defines.
 *
 * They are handles, as the objects of moons itself. Those that travel as copies go into a message as
 * a parcel: another handle, with the message of what the program has packed. */
#include "embed/object.h"

#include <string.h>

#include "base/alloc.h"
#include "core/binding.h"
#include "embed/call.h"
#include "embed/config.h"
#include "embed/hosted.h"
#include "embed/values.h"

enum {
  TYPES_MOST = 32,
  NESTED_MOST = 100 /* parcels within each other: they take C stack */
};

struct mn_object_type {
  mn_type type, parcel;
  mn_binding binding;
  moons_object_type own;            /* by which the program has defined it */
  const moons_object_type *defined; /* where; NULL ends the list of a runtime's */
  moons_runtime *runtime;
};

typedef struct holder {
  mn_handle handle;
  void *content;
} holder;

typedef struct parcel {
  mn_handle handle;
  moons_runtime *runtime;
  mn_message message;
} parcel;

/* How many of them the calling thread is at, each within the one before. */
static _Thread_local int nested;

/* ---- objects ---- */

static void destroy(mn_handle *handle) {
  holder *o = (holder *)(void *)handle;
  const mn_object_type *type = mn_list_entry(handle->type, const mn_object_type, type);
  if (type->own.release) type->own.release(o->content);
  mn_free(o);
}

static const mn_object_type *type_of(const mn_handle *handle) {
  bool is_ours = handle->type->destroy == destroy;
  return is_ours ? mn_list_entry(handle->type, const mn_object_type, type) : NULL;
}

static mn_handle *handle_new(const mn_object_type *type, void *content) {
  holder *o = mn_alloc(sizeof *o);
  if (!o) return NULL;
  mn_handle_init(&o->handle, &type->type);
  o->content = content;
  return &o->handle;
}

/* ---- parcels ---- */

static mn_status inner_status(moons_status status) {
  if (status == MOONS_OK) return MN_OK;
  if (status == MOONS_NO_MEMORY) return MN_NOMEM;
  return status == MOONS_REFUSED ? MN_NOT_PERMITTED : MN_INVALID;
}

static void parcel_destroy(mn_handle *handle) {
  parcel *p = (parcel *)(void *)handle;
  mn_message_drop(&p->message);
  mn_free(p);
}

static mn_status fill_parcel(parcel *p, const mn_object_type *type, void *content) {
  moons_values *values;
  if (moons_values_new(&values) != MOONS_OK) return MN_NOMEM;
  mn_status packed = inner_status(type->own.pack(content, values));
  if (packed == MN_OK) {
    moons_status status =
        mn_values_encode(type->runtime, values->items, values->count, &p->message);
    if (status != MOONS_OK) packed = status == MOONS_NO_MEMORY ? MN_NOMEM : MN_INVALID;
  }
  moons_values_free(values);
  return packed;
}

static mn_status pack(mn_handle *handle, mn_handle **packed) {
  const mn_object_type *type = type_of(handle);
  if (nested == NESTED_MOST) return MN_INVALID;
  parcel *p = mn_alloc_zero(sizeof *p);
  if (!p) return MN_NOMEM;
  mn_handle_init(&p->handle, &type->parcel);
  p->runtime = type->runtime;
  nested++;
  mn_status status = fill_parcel(p, type, ((holder *)(void *)handle)->content);
  nested--;
  if (status == MN_OK)
    *packed = &p->handle;
  else
    mn_free(p);
  return status;
}

static moons_status read_parcel(const parcel *p, const mn_object_type *type, void **content) {
  moons_values *values;
  moons_status status = mn_values_decode(p->runtime, &p->message, &values);
  if (status != MOONS_OK) return status;
  status = type->own.unpack(values, content);
  moons_values_free(values);
  return status;
}

static mn_status unpack(mn_handle *handle, mn_handle **made) {
  const parcel *p = (const parcel *)(const void *)handle;
  const mn_object_type *type = mn_list_entry(handle->type, const mn_object_type, parcel);
  void *content = NULL;
  moons_status status = read_parcel(p, type, &content);
  if (status != MOONS_OK) return inner_status(status);
  mn_handle *new = handle_new(type, content);
  if (!new) {
    if (type->own.release) type->own.release(content);
    return MN_NOMEM;
  }
  *made = new;
  return MN_OK;
}

/* ---- types ---- */

static bool is_sound(const moons_object_type *type) {
  if (!type->name || !type->pack != !type->unpack) return false;
  for (const moons_method *method = type->methods; method && method->name; method++)
    if (!method->function || strcmp(method->name, "__gc") == 0) return false;
  return true;
}

/* __index(object, key): a method, or what the program says. Upvalues: methods, that function. */
static int l_index(lua_State *L) {
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  lua_settop(L, 2);
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_insert(L, 1);
  lua_call(L, 2, 1);
  return 1;
}

/* The metatable is on top of the stack, the methods are its __index. */
static void open(lua_State *L, const mn_type *inner) {
  const mn_object_type *type = mn_list_entry(inner, const mn_object_type, type);
  int metatable = lua_gettop(L);
  lua_getfield(L, metatable, "__index");
  for (const moons_method *method = type->own.methods; method && method->name; method++) {
    bool is_index = strcmp(method->name, "__index") == 0;
    bool is_metamethod = strncmp(method->name, "__", 2) == 0;
    if (is_index) lua_pushvalue(L, metatable + 1);
    mn_push_c_function(L, &method->function, method->argument);
    if (is_index) lua_pushcclosure(L, l_index, 2);
    lua_setfield(L, is_metamethod ? metatable : metatable + 1, method->name);
  }
  lua_settop(L, metatable);
}

static bool define(moons_runtime *runtime, const moons_object_type *defined, mn_object_type *type) {
  static const luaL_Reg none[] = {{NULL, NULL}};
  if (!mn_embed_read_options(defined, &type->own, sizeof type->own) || !is_sound(&type->own))
    return false;
  type->defined = defined;
  type->runtime = runtime;
  type->binding = (mn_binding){.methods = none, .open = open};
  type->type = (mn_type){.name = type->own.name, .destroy = destroy};
  if (!type->own.pack) return true;
  type->type.pack = pack;
  type->parcel = (mn_type){
      .name = "parcel", .destroy = parcel_destroy, .content = &type->type, .unpack = unpack};
  return true;
}

/* A type is found by its name where its objects come from elsewhere. */
static bool is_taken(const mn_object_type *types, const mn_object_type *type) {
  while (types != type && strcmp(types->own.name, type->own.name) != 0) types++;
  return types != type;
}

moons_status mn_object_types_new(moons_runtime *runtime, const moons_object_type *const *types,
                                 mn_object_type **made) {
  size_t count = 0;
  while (types && types[count]) count++;
  if (count == 0) return MOONS_OK;
  if (count > TYPES_MOST) return MOONS_INVALID;
  mn_object_type *new = mn_alloc_zero((count + 1) * sizeof *new);
  if (!new) return MOONS_NO_MEMORY;
  for (size_t i = 0; i < count; i++) {
    if (define(runtime, types[i], &new[i]) && !is_taken(new, &new[i])) continue;
    mn_free(new);
    return MOONS_INVALID;
  }
  *made = new;
  return MOONS_OK;
}

void mn_object_types_open(lua_State *L, const mn_object_type *types) {
  for (; types && types->defined; types++) mn_type_open(L, &types->type, &types->binding);
}

/* ---- for the program ---- */

moons_status moons_object_new(moons_runtime *runtime, const moons_object_type *type, void *content,
                              moons_object **object) {
  if (mn_is_bad(runtime) || mn_is_missing(type) || mn_is_missing(content) || mn_is_missing(object))
    return MOONS_INVALID;
  const mn_object_type *own = runtime->types;
  while (own && own->defined && own->defined != type) own++;
  if (!own || !own->defined) return MOONS_INVALID;
  moons_object *new = mn_alloc(sizeof *new);
  mn_handle *handle = new ? handle_new(own, content) : NULL;
  if (!handle) {
    mn_free(new);
    return MOONS_NO_MEMORY;
  }
  *new = (moons_object){MN_KIND_OBJECT, mn_embed_ref(runtime), handle, NULL};
  *object = new;
  return MOONS_OK;
}

void moons_object_free(moons_object *object) {
  if (mn_is_bad_or_null(object)) return;
  if (object->kind != MN_KIND_OBJECT && mn_misuse(__func__, "object", "is of a list, or a queue's"))
    return;
  moons_runtime *runtime = object->runtime;
  mn_bury(object);
  mn_handle_unref(object->handle);
  mn_free(object);
  mn_embed_unref(runtime);
}

void *moons_object_content(moons_value value, const moons_object_type *type) {
  if (mn_is_missing(type) || value.type != MOONS_OBJECT || mn_is_bad(value.as.object)) return NULL;
  const mn_handle *handle = value.as.object->handle;
  const mn_object_type *own = type_of(handle);
  return own && own->defined == type ? ((const holder *)(const void *)handle)->content : NULL;
}

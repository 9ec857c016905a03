/* core/binding.c -- userdata for shared objects, and script lines.
 *
 * A type's metatable is in the registry under the type's address, once it is made. The bindings are
 * the same in all states, so the runtime has them. The metatable holds the type's address itself
 * under the key TYPE_KEY, by which mn_to_handle knows a userdata of ours from anybody else's. The table of objects
 * maps an object's address to its userdata, which it holds weakly. */
#include "core/binding.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/face.h"
#include "core/inside.h"
#include "core/registry.h"

static const char TYPE_KEY, SELECT_KEY, OBJECTS_KEY;

/* Bytes of messages, and of what hangs on objects, after which a state is collected. */
#define MUCH ((size_t)64 << 20)

/* ---- types ---- */

static mn_ref *own_ref(lua_State *L, int index);

/* Weak tables forget what is to be finalized, but not when the state is being closed, which its host has told
 * nobody of. */
static void look_for_end(lua_State *L, mn_handle *object) {
  const mn_state *state = mn_state_of(L);
  if (!state->end || !mn_push_known_handle(L, object)) return;
  lua_pop(L, 1);
  state->end(state->guest);
}

static int l_gc(lua_State *L) {
  mn_ref *ref = own_ref(L, 1);
  if (!ref) return luaL_typeerror(L, 1, "shared object");
  if (!mn_is_finalizing(L)) return 0;
  if (ref->object) look_for_end(L, ref->object);
  mn_handle *object = ref->object;
  ref->object = NULL;
  if (object) mn_handle_unref(object);
  return 0;
}

static int l_eq(lua_State *L) {
  mn_handle *a = mn_to_handle(L, 1), *b = mn_to_handle(L, 2);
  lua_pushboolean(L, a && a == b);
  return 1;
}

/* Writes the name of the living thread of that number; "": there is none. */
static void find_name(mn_runtime *runtime, uint64_t number, char name[MN_THREAD_NAME]) {
  *name = '\0';
  mn_mutex_lock(&runtime->mutex);
  for (mn_list *l = runtime->threads.next; l != &runtime->threads; l = l->next) {
    const mn_thread *thread = mn_list_entry(l, mn_thread, link);
    if (thread->waiter.id == number) memcpy(name, thread->options.name, MN_THREAD_NAME);
  }
  mn_mutex_unlock(&runtime->mutex);
}

/* Pushes what the object says of itself, with the name of the thread that has it for its number. */
static void push_description(lua_State *L, mn_handle *object) {
  const mn_type *type = object->type;
  char text[160] = "", number[32], name[MN_THREAD_NAME] = "";
  uint64_t holder = type->holder ? type->holder(object) : 0;
  if (type->describe) type->describe(object, text, sizeof text);
  if (holder != 0) find_name(mn_state_of(L)->runtime, holder, name);
  size_t size = strlen(text);
  size_t length = (size_t)snprintf(number, sizeof number, "%" PRIu64 ")", holder);
  if (size == 0)
    lua_pushfstring(L, "%s: %p", type->name, (void *)object);
  else if (*name && size > length && strcmp(text + size - length, number) == 0)
    lua_pushfstring(L, "%s %s'%s')", type->name, lua_pushlstring(L, text, size - length), name);
  else
    lua_pushfstring(L, "%s %s", type->name, text);
}

static int l_tostring(lua_State *L) {
  mn_handle *object = mn_to_handle(L, 1);
  if (!object) return luaL_typeerror(L, 1, "shared object");
  uint32_t waiting = object->type->waiting ? object->type->waiting(object) : 0;
  push_description(L, object);
  if (waiting > 0) lua_pushfstring(L, "%s, %d waiting", lua_tostring(L, -1), (int)waiting);
  return 1;
}

static const luaL_Reg common[] = {
    {"__gc", l_gc}, {"__eq", l_eq}, {"__tostring", l_tostring}, {NULL, NULL}};

/* Runs the embedded Lua file with the table of methods on top of the stack. */
static void run_face(lua_State *L, const char *name) {
  mn_face_load(L, name);
  lua_pushvalue(L, -2);
  lua_call(L, 1, 0);
}

/* NULL: not known. */
static const mn_binding *find_binding_locked(const mn_runtime *runtime, const mn_type *type) {
  for (size_t i = 0; i < runtime->type_count; i++)
    if (runtime->types[i].type == type) return runtime->types[i].binding;
  return NULL;
}

static const mn_binding *find_binding(mn_runtime *runtime, const mn_type *type) {
  mn_mutex_lock(&runtime->mutex);
  const mn_binding *binding = find_binding_locked(runtime, type);
  mn_mutex_unlock(&runtime->mutex);
  return binding;
}

void mn_type_open(lua_State *L, const mn_type *type, const mn_binding *binding) {
  mn_runtime *runtime = mn_state_of(L)->runtime;
  mn_mutex_lock(&runtime->mutex);
  bool is_known = find_binding_locked(runtime, type),
       has_room = runtime->type_count < MN_TYPES_MOST;
  if (!is_known && has_room) runtime->types[runtime->type_count++] = (mn_known_type){type, binding};
  mn_mutex_unlock(&runtime->mutex);
  if (!is_known && !has_room) luaL_error(L, "too many types");
}

/* Gives the table of methods on top of the stack to the metatable's function `name` below, as its
 * upvalue. False: there is none. */
static bool give_methods(lua_State *L, const char *name) {
  lua_getfield(L, -2, name);
  lua_CFunction function = lua_tocfunction(L, -1);
  lua_pop(L, 1);
  if (!function) return false;
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, function, 1);
  lua_setfield(L, -3, name);
  return true;
}

/* Pushes the new metatable. */
static void push_new_metatable(lua_State *L, const mn_type *type, const mn_binding *binding) {
  lua_newtable(L);
  luaL_setfuncs(L, common, 0);
  if (binding->metamethods) luaL_setfuncs(L, binding->metamethods, 0);
  lua_pushstring(L, type->name);
  lua_setfield(L, -2, "__name");
  lua_pushlightuserdata(L, (void *)(uintptr_t)type);
  lua_rawsetp(L, -2, &TYPE_KEY);
  if (binding->select) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)binding->select);
    lua_rawsetp(L, -2, &SELECT_KEY);
  }
  if (binding->methods) {
    lua_newtable(L);
    luaL_setfuncs(L, binding->methods, 0);
    if (binding->face) run_face(L, binding->face);
    (void)give_methods(L, "__newindex");
    if (give_methods(L, "__index"))
      lua_pop(L, 1);
    else
      lua_setfield(L, -2, "__index");
  }
  if (binding->open) binding->open(L, type);
}

static void push_metatable(lua_State *L, const mn_type *type) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, type) == LUA_TTABLE) return;
  const mn_binding *found = find_binding(mn_state_of(L)->runtime, type);
  if (!found) luaL_error(L, "'%s' is not open in this state", type->name);
  lua_pop(L, 1);
  push_new_metatable(L, type, found);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, type);
}

void mn_type_make(lua_State *L, const mn_type *type) {
  push_metatable(L, type);
  lua_pop(L, 1);
}

const mn_type *mn_type_find(lua_State *L, const char *name) {
  mn_runtime *runtime = mn_state_of(L)->runtime;
  const mn_type *found = NULL;
  mn_mutex_lock(&runtime->mutex);
  for (size_t i = 0; i < runtime->type_count && !found; i++)
    if (strcmp(runtime->types[i].type->name, name) == 0) found = runtime->types[i].type;
  mn_mutex_unlock(&runtime->mutex);
  return found;
}

void mn_type_push(lua_State *L, const mn_type *type) {
  push_metatable(L, type);
  lua_getfield(L, -1, "__index");
  if (!lua_iscfunction(L, -1)) return;
  if (!lua_getupvalue(L, -1, 1)) lua_pushnil(L);
  lua_remove(L, -2);
}

/* ---- pressing the collector ---- */

/* Messages and blocks of memory are no part of Lua's heap, but handles that only wait to be collected
 * may keep them. So after so many bytes, more than the heap has, the state is collected. */
void mn_relieve(lua_State *L) {
  mn_state *state = mn_state_of(L);
  if (state->pressed < MUCH || state->pressed < 2 * mn_state_used(state)) return;
  state->pressed = 0;
  lua_gc(L, LUA_GCCOLLECT);
}

void mn_press(lua_State *L, size_t bytes) {
  mn_state *state = mn_state_of(L);
  state->pressed += bytes;
  if (state->pressed < bytes) state->pressed = SIZE_MAX;
  mn_relieve(L);
}

/* ---- userdata ---- */

mn_ref *mn_ref_new(lua_State *L, const mn_type *type) {
  (void)mn_state_of(L); /* throws where nobody would finalize it any more */
  mn_ref *ref = lua_newuserdatauv(L, sizeof *ref, 0);
  *ref = (mn_ref){type, NULL};
  push_metatable(L, type);
  lua_setmetatable(L, -2);
  return ref;
}

/* Enters the userdata on top of the stack in the table of objects. */
static void enter_object(lua_State *L, mn_handle *object) {
  mn_registry_push_weak(L, &OBJECTS_KEY, "v");
  lua_pushvalue(L, -2);
  lua_rawsetp(L, -2, object);
  lua_pop(L, 1);
}

void mn_ref_fill(lua_State *L, mn_ref *ref, mn_handle *object) {
  ref->object = object;
  object->made_at = mn_made_at_ref(mn_here(L));
  enter_object(L, object);
}

/* Their userdata have no finalizer: Lua gives none to what is made while it closes a state. */
void mn_handles_let_go(lua_State *L) {
  mn_registry_push_weak(L, &OBJECTS_KEY, "v");
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    mn_ref *ref = own_ref(L, -1);
    mn_handle *object = ref ? ref->object : NULL;
    if (!object) continue;
    ref->object = NULL;
    mn_handle_unref(object);
  }
  lua_pop(L, 1);
}

bool mn_push_known_handle(lua_State *L, mn_handle *object) {
  mn_registry_push_weak(L, &OBJECTS_KEY, "v");
  if (lua_rawgetp(L, -1, object) == LUA_TUSERDATA) {
    lua_remove(L, -2);
    return true;
  }
  lua_pop(L, 2);
  return false;
}

void mn_push_handle(lua_State *L, mn_handle *object) {
  if (mn_push_known_handle(L, object)) return;
  if (object->type->weight) mn_press(L, object->type->weight(object));
  mn_ref *ref = mn_ref_new(L, object->type);
  ref->object = mn_handle_ref(object);
  enter_object(L, object);
}

void mn_push_unpacked(lua_State *L, mn_handle *parcel) {
  const mn_type *type = parcel->type->content;
  mn_ref *ref = mn_ref_new(L, type);
  mn_status status = parcel->type->unpack(parcel, &ref->object);
  if (status == MN_NOMEM) luaL_error(L, "not enough memory");
  if (status != MN_OK) luaL_error(L, "%s could not be unpacked", type->name);
  enter_object(L, ref->object);
}

/* The userdata's memory if it can be ours by its shape. */
static mn_ref *shaped_ref(lua_State *L, int index) {
  return mn_userdata_of_size(L, index, sizeof(mn_ref));
}

/* The userdata's memory if it is ours: its metatable must be that of the type it names. */
static mn_ref *own_ref(lua_State *L, int index) {
  mn_ref *ref = shaped_ref(L, index);
  if (!ref || !lua_getmetatable(L, index)) return NULL;
  lua_rawgetp(L, -1, &TYPE_KEY);
  const void *type = lua_touserdata(L, -1);
  lua_pop(L, 2);
  return type && type == ref->type ? ref : NULL;
}

mn_handle *mn_to_handle(lua_State *L, int index) {
  mn_ref *ref = own_ref(L, index);
  return ref ? ref->object : NULL;
}

mn_handle *mn_to_selectable(lua_State *L, int index, const mn_selectable **how) {
  mn_ref *ref = shaped_ref(L, index);
  if (!ref || !lua_getmetatable(L, index)) return NULL;
  lua_rawgetp(L, -1, &SELECT_KEY);
  *how = lua_touserdata(L, -1);
  lua_pop(L, 2);
  return *how && (*how)->type == ref->type ? ref->object : NULL;
}

mn_handle *mn_test_handle(lua_State *L, int index, const mn_type *type) {
  /* The first word of a foreign userdata is never the address of one of our types. */
  mn_ref *ref = shaped_ref(L, index);
  return ref && ref->type == type ? ref->object : NULL;
}

mn_handle *mn_check_handle(lua_State *L, int index, const mn_type *type) {
  mn_handle *object;
  /* A loop, since the compiler can not know that luaL_typeerror never returns. */
  while (!(object = mn_test_handle(L, index, type))) luaL_typeerror(L, index, type->name);
  return object;
}

mn_handle *mn_check_handle_of(lua_State *L, int index, const mn_type *const *types) {
  mn_ref *ref = shaped_ref(L, index);
  const mn_type *const *type = types;
  while (ref && *type && *type != ref->type) type++;
  if (!ref || !*type || !ref->object) luaL_typeerror(L, index, types[0]->name);
  return ref->object;
}

/* ---- lines ---- */

mn_made_at *mn_here(lua_State *L) {
  mn_state *state = mn_state_of(L);
  mn_site site;
  mn_site_of(L, 1, &site);
  if (state->made_at && strcmp(site.text, state->made_at->site.text) == 0) return state->made_at;
  mn_made_at_unref(state->made_at);
  return state->made_at = mn_made_at_new(&site);
}

void mn_site_of(lua_State *L, int level, mn_site *site) {
  lua_Debug ar;
  site->text[0] = '\0';
  for (; lua_getstack(L, level, &ar); level++) {
    if (!lua_getinfo(L, "Sl", &ar) || ar.currentline <= 0 || mn_face_is_source(ar.source)) continue;
    /* By hand, since this is on the road of every spawn and of every wait. */
    size_t length = strlen(ar.short_src), room = sizeof site->text - 12;
    if (length > room) length = room;
    memcpy(site->text, ar.short_src, length);
    site->text[length++] = ':';
    char digits[12];
    size_t count = 0;
    for (unsigned n = (unsigned)ar.currentline; count == 0 || n > 0; n /= 10)
      digits[count++] = (char)('0' + n % 10);
    while (count > 0) site->text[length++] = digits[--count];
    site->text[length] = '\0';
    return;
  }
}

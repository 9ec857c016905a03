/* core/encode_value.c -- the general road.
 *
 * Depth first, with numbers for all that has identity. What lies too deep (tables, functions) is
 * written as a place-holder, and its content as an item afterwards; globals that code names are items
 * as well. A __transfer hook's values are followed by the items that they made necessary, because
 * the receiver rebuilds from them at once.
 *
 * Objects are known by their addresses. Hooks run Lua code that may drop what was numbered already,
 * so the collector rests meanwhile (encode.c), in an emergency too, lest an address come to mean
 * another object. Where it can't be made to, all that is numbered is kept (encode_objects.c). */
#include "core/encode_value.h"

#include <lauxlib.h>

#include "core/binding.h"
#include "core/classes.h"
#include "core/code.h"
#include "core/encode_objects.h"
#include "core/inside.h"
#include "core/modules.h"

static bool add_value(mn_encoder *e, int index);
static bool add_items(mn_encoder *e, size_t later_mark);

/* A level of nesting begins. On the Lua stack it holds 4 values at most while it goes deeper (a
 * table's metatable, key and value, and the parts of a class), and what it calls in between takes no
 * more than 8 above them, or sees to its own room (modules.h, classes.h, code.h). */
static void enter(mn_encoder *e) {
  mn_stack_need(e->L, LUA_MINSTACK);
  if (++e->depth % MN_LEVELS_PER_CALL == 0) mn_c_call_enter(e->L);
}

static void leave(mn_encoder *e) {
  if (e->depth-- % MN_LEVELS_PER_CALL == 0) mn_c_call_leave(e->L);
}

static bool add_string(mn_encoder *e, int index) {
  size_t size;
  const char *text = lua_tolstring(e->L, index, &size);
  return mn_put_string(e, text, size);
}

/* ---- names ---- */

/* True for a module while its own loader is being encoded: in there it is an ordinary value. */
static bool is_being_preloaded(const mn_encoder *e, int index) {
  const void *address = lua_topointer(e->L, index);
  for (const mn_open_preload *open = e->preload; open; open = open->outer)
    if (open->module == address) return true;
  return false;
}

/* The loader of the module at `index`, whose name is on top of the stack, goes along, once. The
 * module has been numbered last, and will be after its loader. */
static bool add_preload(mn_encoder *e, int index) {
  lua_State *L = e->L;
  int name = lua_gettop(L);
  mn_open_preload open = {lua_topointer(L, index), e->preload};
  size_t mark = e->later.size;
  uint32_t number;
  bool fresh;
  mn_preload_push(L);
  if (!mn_encoder_is_new(e, name + 1)) {
    lua_pop(L, 1);
    return true;
  }
  if (e->depth >= MN_DEPTH_MOST)
    return mn_refuse(e, "too many modules of package.preload that use each other");
  enter(e);
  e->preload = &open;
  e->objects--;
  bool done = mn_encoder_unnumber(e, index) && mn_put_byte(e, MN_TAG_PRELOAD) &&
              add_string(e, name) && add_value(e, name + 1) && add_items(e, mark) &&
              mn_put_byte(e, MN_TAG_END) && mn_encoder_unnumber(e, index) &&
              mn_encoder_number(e, index, &number, &fresh);
  e->preload = open.outer;
  leave(e);
  lua_pop(L, 1);
  return done;
}

/* Writes the name on top of the stack, which is that of the object at `index`, and takes it away. */
static bool add_name(mn_encoder *e, int index, mn_name how) {
  bool done = (how == MN_NAME_FOUND || add_preload(e, index)) && mn_put_byte(e, MN_TAG_NAME) &&
              add_string(e, lua_gettop(e->L));
  lua_pop(e->L, 1);
  return done;
}

/* Pushes the name of the module, or the part of one, at `index`. */
static mn_name module_name(mn_encoder *e, int index) {
  return e->preload && is_being_preloaded(e, index) ? MN_NAME_NONE : mn_module_name(e->L, index);
}

/* ---- __transfer ---- */

/* Pushes the hook of the table or userdata at `index`; false, and nothing pushed: it has none. */
static bool push_hook(lua_State *L, int index) {
  if (!lua_getmetatable(L, index)) return false;
  lua_pushliteral(L, "__transfer");
  bool has = lua_rawget(L, -2) != LUA_TNIL;
  lua_remove(L, -2);
  if (!has) lua_pop(L, 1);
  return has;
}

/* The hook's results stand at first .. top of the stack. */
static bool add_results(mn_encoder *e, int first, uint32_t number) {
  int count = lua_gettop(e->L) - first + 1;
  mn_open_transfer open = {number, e->open};
  size_t mark = e->later.size;
  if (count < 1 || !lua_isfunction(e->L, first))
    return mn_refuse(e, "its __transfer gives no function to rebuild it");
  if (count > UINT8_MAX) return mn_refuse(e, "its __transfer gives more than 255 values");
  if (!mn_put_byte(e, MN_TAG_TRANSFER) || !mn_put_byte(e, (unsigned)count)) return false;
  enter(e);
  e->open = &open;
  for (int i = 0; i < count; i++)
    if (!add_value(e, first + i)) return mn_refusal_in(e, " (value #%d of its __transfer)", i + 1);
  bool done = add_items(e, mark);
  leave(e);
  e->open = open.outer;
  return done && mn_put_byte(e, MN_TAG_END);
}

/* The object's hook is on top of the stack, and taken away. */
static bool add_transfer(mn_encoder *e, int index, uint32_t number) {
  lua_State *L = e->L;
  int hook = lua_gettop(L);
  bool done;
  if (lua_type(L, hook) == LUA_TSTRING) return mn_refuse(e, "%s", lua_tostring(L, hook));
  if (!lua_isfunction(L, hook))
    return mn_refuse(e, "its __transfer is a %s", luaL_typename(L, hook));
  if (e->depth >= MN_DEPTH_MOST) return mn_refuse(e, "too many __transfer within each other");
  for (mn_encoder *each = e; each; each = each->outer) each->ran_hook = true;
  lua_pushvalue(L, index);
  lua_call(L, 1, LUA_MULTRET);
  done = add_results(e, hook, number);
  lua_settop(L, hook - 1);
  return done;
}

/* ---- classes ---- */

static bool looks_like_class(lua_State *L, int index) {
  lua_pushliteral(L, "__index");
  bool has = lua_rawget(L, index) != LUA_TNIL;
  lua_pop(L, 1);
  return has || mn_class_find(L, index);
}

static mn_class *class_of(lua_State *L, int index) {
  mn_class *class_ = mn_class_find(L, index);
  return class_ ? class_ : mn_class_register(L, index, 0);
}

static bool add_table_body(mn_encoder *e, int index);

/* Inside a snapshot: the class itself. */
static bool add_class_inline(mn_encoder *e, int index, uint32_t number) {
  lua_State *L = e->L;
  uint64_t id = class_of(L, index)->id;
  lua_pushvalue(L, index);
  lua_rawseti(L, e->parts, (lua_Integer)lua_rawlen(L, e->parts) + 1);
  if (!mn_put_tagged(e, MN_TAG_CLASS_INLINE, &id, sizeof id)) return false;
  if (e->depth >= MN_DEPTH_LATER)
    return mn_put_byte(e, MN_TAG_TABLE_LATER) && mn_encoder_put_off(e, index, number);
  return add_table_body(e, index);
}

/* Prepares an encoding on the general road: makes places on the stack for its tables. */
static void start_general(mn_encoder *e) {
  lua_State *L = e->L;
  mn_stack_need(L, LUA_MINSTACK);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  e->globals = lua_topointer(L, -1);
  lua_pop(L, 1);
  lua_pushnil(L);
  lua_pushnil(L);
  e->kept = lua_gettop(L) - 1;
  e->names = lua_gettop(L);
}

/* Encodes the class at `index` into a new snapshot. NULL: refused, and `e` knows why. */
static mn_snapshot *make_snapshot(mn_encoder *e, int index, int parts) {
  mn_encoder *inner = mn_codec_enter(e->codec, e->L);
  mn_snapshot *snapshot = NULL;
  mn_message message;
  uint32_t number;
  bool fresh;
  if (!inner) {
    e->failure = MN_FAILED_MEMORY;
    return NULL;
  }
  inner->outer = e;
  start_general(inner);
  inner->parts = parts;
  inner->flags = MN_MESSAGE_IS_CLASS;
  if (!mn_encoder_number(inner, index, &number, &fresh) ||
      !add_class_inline(inner, index, number) || !add_items(inner, 0) ||
      !mn_encoder_finish(inner, 1, &message)) {
    mn_refusal_from(e, inner);
  } else {
    snapshot = mn_snapshot_new(&message);
    if (!snapshot) {
      mn_message_drop(&message);
      e->failure = MN_FAILED_MEMORY;
    }
  }
  mn_codec_leave(inner);
  return snapshot;
}

/* Makes sure that the class has a snapshot of what it is now. */
static bool refresh_class(mn_encoder *e, int index, mn_class *class_) {
  lua_State *L = e->L;
  if (mn_class_is_current(L, index, class_)) return true;
  int top = lua_gettop(L);
  lua_newtable(L);
  mn_snapshot *snapshot = make_snapshot(e, index, top + 1);
  if (snapshot) mn_class_set_snapshot(L, index, class_, snapshot, top + 1);
  lua_settop(L, top);
  return snapshot != NULL;
}

static bool add_class(mn_encoder *e, int index, uint32_t number) {
  if (e->parts) return add_class_inline(e, index, number);
  mn_class *class_ = class_of(e->L, index);
  uint32_t handle;
  return refresh_class(e, index, class_) &&
         mn_encoder_handle(e, &class_->snapshot->handle, &handle) &&
         mn_put_tagged(e, MN_TAG_CLASS_REF, &class_->id, sizeof class_->id) &&
         mn_put_count(e, handle);
}

/* The metatable at `index`: by name, or as a class. */
static bool add_metatable(mn_encoder *e, int index) {
  lua_State *L = e->L;
  uint32_t number;
  bool fresh;
  if (!mn_encoder_number(e, index, &number, &fresh)) return false;
  if (!fresh) return mn_encoder_ref(e, number);
  mn_name how = module_name(e, index);
  if (how == MN_NAME_NONE && !mn_class_find(L, index)) how = mn_field_name(L, index);
  if (how != MN_NAME_NONE) return add_name(e, index, how);
  return add_class(e, index, number) || mn_refusal_in(e, "'s metatable");
}

/* ---- tables ---- */

/* Writes the entries of the table at `index`, items first. */
static bool add_entries(mn_encoder *e, int index, size_t *items, size_t *pairs) {
  lua_State *L = e->L;
  size_t border = lua_rawlen(L, index);
  int key = lua_gettop(L) + 1;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    size_t at = *pairs == 0 ? mn_item_index(L, key, *items, border) : 0;
    if (at > 0) {
      if (!mn_put_hole(e, *items, at) || !add_value(e, key + 1)) return mn_refusal_in_field(e, key);
      *items = at;
      continue;
    }
    if (!add_value(e, key)) return mn_refusal_in(e, " (a key)");
    if (!add_value(e, key + 1)) return mn_refusal_in_field(e, key);
    ++*pairs;
  }
  return true;
}

static bool add_table_body(mn_encoder *e, int index) {
  lua_State *L = e->L;
  int top = lua_gettop(L);
  size_t at, items = 0, pairs = 0;
  enter(e);
  bool has_class = lua_getmetatable(L, index);
  if (!mn_put_table(e, has_class, &at)) return false;
  if (!add_entries(e, index, &items, &pairs)) return false;
  if (!mn_put_table_counts(e, at, items, pairs)) return false;
  if (has_class && !add_metatable(e, top + 1)) return false;
  leave(e);
  lua_settop(L, top);
  return true;
}

static bool add_table(mn_encoder *e, int index) {
  lua_State *L = e->L;
  uint32_t number;
  bool fresh;
  if (lua_topointer(L, index) == e->globals) return mn_put_byte(e, MN_TAG_GLOBALS);
  if (!mn_encoder_number(e, index, &number, &fresh)) return false;
  if (!fresh) return mn_encoder_ref(e, number);
  mn_name how = module_name(e, index);
  if (how != MN_NAME_NONE) return add_name(e, index, how);
  if (push_hook(L, index)) return add_transfer(e, index, number);
  if (looks_like_class(L, index)) return add_class(e, index, number);
  if (e->depth >= MN_DEPTH_LATER)
    return mn_put_byte(e, MN_TAG_TABLE_LATER) && mn_encoder_put_off(e, index, number);
  return add_table_body(e, index);
}

/* ---- functions ---- */

/* Pushes what a refusal calls the function at `index`. What was refused has left its values on the
 * stack, and there is room for no more than one such name: only the root gets one. */
static const char *describe_function(lua_State *L, int index) {
  lua_Debug info;
  lua_pushvalue(L, index);
  lua_getinfo(L, ">S", &info);
  if (info.what[0] == 'm') return lua_pushfstring(L, "main chunk %s", info.short_src);
  return lua_pushfstring(L, "function %s:%d", info.short_src, info.linedefined);
}

/* True when the upvalue called `name`, whose value is on top of the stack, is _ENV and the globals.
 * All functions share that variable with the whole chunk, so it is not told from others like it;
 * any other variable that holds the globals is. */
static bool is_env(mn_encoder *e, const char *name) {
  bool may_be = strcmp(name, "_ENV") == 0 || *name == '('; /* "(no name)", where it was stripped */
  return may_be && mn_encoder_is_globals(e, lua_gettop(e->L));
}

/* Writes the value on top of the stack, upvalue `i` of the function at `function`, or what it is
 * shared with. */
static bool add_upvalue(mn_encoder *e, int function, uint32_t number, int i) {
  bool fresh;
  mn_pointer_slot *slot = mn_pointer_map_at(&e->seen, lua_upvalueid(e->L, function, i), &fresh);
  if (!slot) {
    e->failure = MN_FAILED_MEMORY;
    return false;
  }
  if (!fresh) {
    mn_upvalue first = ((mn_upvalue *)(void *)e->upvalues.data)[slot->value];
    e->flags |= MN_MESSAGE_HAS_REFS;
    return mn_put_tagged_count(e, MN_TAG_SHARED, first.function) && mn_put_count(e, first.index);
  }
  mn_upvalue own = {number, (uint32_t)i};
  slot->value = (uint32_t)(e->upvalues.size / sizeof own);
  return mn_encoder_add(e, &e->upvalues, &own, sizeof own) && add_value(e, lua_gettop(e->L));
}

static bool refusal_in_upvalue(mn_encoder *e, int function, const char *name, int i) {
  lua_State *L = e->L;
  if (!mn_refusal_wants_root(e)) return false;
  const char *described = describe_function(L, function);
  bool has_name = *name != '('; /* "(no name)", where names were stripped */
  const char *before =
      has_name ? lua_pushfstring(L, "upvalue '%s", name) : lua_pushfstring(L, "upvalue '#%d", i);
  return mn_refusal_in_root(e, before, "' of %s", described);
}

static bool add_upvalues(mn_encoder *e, int function, uint32_t number) {
  lua_State *L = e->L;
  int count = 0;
  enter(e);
  while (lua_upvalueid(L, function, count + 1)) count++;
  if (!mn_put_byte(e, (unsigned)count)) return false;
  for (int i = 1; i <= count; i++) {
    const char *name = lua_getupvalue(L, function, i);
    bool done =
        is_env(e, name) ? mn_put_byte(e, MN_TAG_GLOBALS) : add_upvalue(e, function, number, i);
    if (!done) return refusal_in_upvalue(e, function, name, i);
    lua_pop(L, 1);
  }
  leave(e);
  return true;
}

/* True when the function has no upvalues, or just the globals as its _ENV. */
static bool is_plain_function(mn_encoder *e, int index) {
  lua_State *L = e->L;
  const char *name = lua_getupvalue(L, index, 1);
  if (!name) return true;
  bool plain = is_env(e, name) && !lua_upvalueid(L, index, 2);
  lua_pop(L, 1);
  return plain;
}

static bool add_code(mn_encoder *e, int index, unsigned tag, uint32_t number) {
  mn_code *code = mn_code_of(e->L, index);
  uint32_t handle, known = (uint32_t)(e->handles.size / sizeof(mn_handle *));
  if (!code) {
    e->failure = MN_FAILED_MEMORY;
    return false;
  }
  bool done = mn_encoder_handle(e, &code->handle, &handle);
  mn_handle_unref(&code->handle);
  if (!done || !mn_put_tagged_count(e, tag, handle)) return false;
  /* The message holds the code now, and with it the names. Once is enough for each. */
  return handle < known || mn_encoder_want_globals(e, index, number, code);
}

static bool add_lua_function(mn_encoder *e, int index, uint32_t number) {
  mn_name how = module_name(e, index);
  if (how != MN_NAME_NONE) return add_name(e, index, how);
  if (is_plain_function(e, index)) return add_code(e, index, MN_TAG_FUNCTION_PLAIN, number);
  if (e->depth < MN_DEPTH_LATER)
    return add_code(e, index, MN_TAG_FUNCTION, number) && add_upvalues(e, index, number);
  return add_code(e, index, MN_TAG_FUNCTION_LATER, number) && mn_encoder_put_off(e, index, number);
}

static bool add_function(mn_encoder *e, int index) {
  uint32_t number;
  bool fresh;
  if (!mn_encoder_number(e, index, &number, &fresh)) return false;
  if (!fresh) return mn_encoder_ref(e, number);
  if (!lua_iscfunction(e->L, index)) return add_lua_function(e, index, number);
  mn_name how = mn_field_name(e->L, index);
  if (how == MN_NAME_NONE) how = module_name(e, index);
  if (how != MN_NAME_NONE) return add_name(e, index, how);
  return mn_refuse(e, "a C function that is in no module has no name to send");
}

/* ---- other values ---- */

static bool refuse_userdata(mn_encoder *e, int index) {
  if (luaL_getmetafield(e->L, index, "__name") == LUA_TSTRING)
    return mn_refuse(e, "%s is tied to its thread", lua_tostring(e->L, -1));
  return mn_refuse(e, "a userdata is tied to its thread");
}

static bool add_userdata(mn_encoder *e, int index) {
  lua_State *L = e->L;
  mn_handle *object = mn_to_handle(L, index);
  uint32_t number;
  bool fresh;
  if (object) return mn_encoder_object(e, object);
  if (!mn_encoder_number(e, index, &number, &fresh)) return false;
  if (!fresh) return mn_encoder_ref(e, number);
  mn_name how = module_name(e, index);
  if (how != MN_NAME_NONE) return add_name(e, index, how);
  if (push_hook(L, index)) return add_transfer(e, index, number);
  return refuse_userdata(e, index);
}

/* Writes the value at `index`, which counts from the stack's bottom. The stack is as it was, unless
 * the value was refused. */
static bool add_value(mn_encoder *e, int index) {
  lua_State *L = e->L;
  switch (lua_type(L, index)) {
    case LUA_TNIL: return mn_put_byte(e, MN_TAG_NIL);
    case LUA_TBOOLEAN: return mn_put_byte(e, lua_toboolean(L, index) ? MN_TAG_TRUE : MN_TAG_FALSE);
    case LUA_TNUMBER:
      if (lua_isinteger(L, index)) return mn_put_integer(e, lua_tointeger(L, index));
      return mn_put_float(e, lua_tonumber(L, index));
    case LUA_TSTRING: return add_string(e, index);
    case LUA_TLIGHTUSERDATA: return mn_put_light(e, lua_touserdata(L, index));
    case LUA_TTABLE: return add_table(e, index);
    case LUA_TFUNCTION: return add_function(e, index);
    case LUA_TUSERDATA: return add_userdata(e, index);
    default: return mn_refuse(e, "a coroutine is tied to its thread");
  }
}

/* ---- items ---- */

static bool refusal_in_global(mn_encoder *e, const mn_wanted *global) {
  lua_State *L = e->L;
  if (!mn_refusal_wants_root(e)) return false;
  const char *function = describe_function(L, mn_encoder_push_kept(e, global->function));
  return mn_refusal_in_root(e, lua_pushfstring(L, "global '%s", global->name), "' named by %s",
                            function);
}

static bool add_global(mn_encoder *e) {
  lua_State *L = e->L;
  e->wanted.size -= sizeof(mn_wanted);
  mn_wanted item = *(mn_wanted *)(void *)(e->wanted.data + e->wanted.size);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_pushstring(L, item.name);
  lua_rawget(L, -2);
  if (!mn_put_byte(e, MN_TAG_GLOBAL) || !mn_put_string(e, item.name, strlen(item.name)))
    return false;
  if (!add_value(e, lua_gettop(L))) return refusal_in_global(e, &item);
  lua_pop(L, 2);
  return true;
}

static bool add_body(mn_encoder *e) {
  lua_State *L = e->L;
  e->later.size -= sizeof(mn_later);
  mn_later item = *(mn_later *)(void *)(e->later.data + e->later.size);
  int root = e->root;
  e->root = item.root;
  if (!mn_put_tagged_count(e, MN_TAG_BODY, item.number)) return false;
  int object = mn_encoder_push_kept(e, item.number);
  bool done =
      lua_istable(L, object) ? add_table_body(e, object) : add_upvalues(e, object, item.number);
  if (!done) return mn_refusal_cut(e);
  lua_pop(L, 1);
  e->root = root;
  return true;
}

/* Writes all globals wanted, and the content that was put off since the list was `later_mark` long,
 * with all that turns up meanwhile. */
static bool add_items(mn_encoder *e, size_t later_mark) {
  while (e->wanted.size > 0 || e->later.size > later_mark)
    if (!(e->wanted.size > 0 ? add_global(e) : add_body(e))) return false;
  return true;
}

bool mn_encode_general(mn_encoder *e, int first, int count) {
  start_general(e);
  mn_modules_refresh(e->L);
  for (e->root = 0; e->root < count; e->root++)
    if (!add_value(e, first + e->root)) return false;
  return add_items(e, 0);
}

/* core/modules.c -- finding names, and what is named.
 *
 * THINGS maps modules and the pristine parts of modules to their names (weak keys). It is made when
 * first needed, and anew when package.loaded has got new entries. C functions, which are many, are
 * looked for one by one and remembered in FUNCTIONS. NOTICED is package.loaded as THINGS knows it.
 * LOADABLE remembers which modules have a file that would be found on package.path and
 * package.cpath, which it holds at 1 and 2. */
#include "core/modules.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <string.h>

#include "core/inside.h"
#include "core/originals.h"
#include "core/registry.h"

static const char THINGS_KEY, NOTICED_KEY, FUNCTIONS_KEY, LOADABLE_KEY;

static void push_loaded(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
}

static bool can_be_module(lua_State *L, int index) {
  int type = lua_type(L, index);
  return type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TUSERDATA;
}

/* Pushes the name of a field: the module's name is at `module`, the field's at `field`. */
static void push_field_name(lua_State *L, int module, int field) {
  size_t size;
  const char *name = lua_tolstring(L, field, &size);
  luaL_Buffer b;
  module = lua_absindex(L, module);
  luaL_buffinit(L, &b);
  lua_pushvalue(L, module);
  luaL_addvalue(&b);
  luaL_addchar(&b, '\0');
  luaL_addlstring(&b, name, size);
  luaL_pushresult(&b);
}

/* ---- THINGS ---- */

/* Enters the pristine fields of all modules into the table at `things`. */
static void add_original_fields(lua_State *L, int things) {
  mn_originals_push(L, MN_ORIGINAL_FIELDS);
  int fields = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, fields); lua_pop(L, 1)) {
    for (lua_pushnil(L); lua_next(L, fields + 2);) { /* field at +3, value at +4 */
      push_field_name(L, fields + 1, fields + 3);
      lua_rawset(L, things);
    }
  }
  lua_pop(L, 1);
}

static void add_modules(lua_State *L, int things, int loaded) {
  for (lua_pushnil(L); lua_next(L, loaded); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || !can_be_module(L, -1)) continue;
    lua_pushvalue(L, -1);
    lua_pushvalue(L, -3);
    lua_rawset(L, things);
  }
}

static void make_things(lua_State *L, int loaded) {
  mn_weak_table_push(L, "k");
  int things = lua_gettop(L);
  add_original_fields(L, things);
  /* What is both counts as the module; and a pristine module by its own name. */
  add_modules(L, things, loaded);
  mn_originals_push(L, MN_ORIGINAL_LOADED);
  add_modules(L, things, things + 1);
  lua_pop(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &THINGS_KEY);
  mn_table_mark(L, loaded);
  lua_pushvalue(L, loaded);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &NOTICED_KEY);
}

void mn_modules_refresh(lua_State *L) {
  mn_stack_need(L, LUA_MINSTACK);
  push_loaded(L);
  int loaded = lua_gettop(L);
  bool made = lua_rawgetp(L, LUA_REGISTRYINDEX, &THINGS_KEY) == LUA_TTABLE;
  if (!made || !mn_table_is_marked(L, loaded)) make_things(L, loaded);
  lua_settop(L, loaded - 1);
}

bool mn_modules_are_noticed(lua_State *L) {
  mn_stack_need(L, LUA_MINSTACK);
  bool noticed = lua_rawgetp(L, LUA_REGISTRYINDEX, &NOTICED_KEY) == LUA_TTABLE;
  noticed = noticed && mn_table_is_marked(L, -1);
  lua_pop(L, 1);
  return noticed;
}

bool mn_module_may_have_name(lua_State *L, int index) {
  mn_stack_need(L, LUA_MINSTACK);
  index = lua_absindex(L, index);
  bool may_have = lua_rawgetp(L, LUA_REGISTRYINDEX, &THINGS_KEY) != LUA_TTABLE;
  if (!may_have) {
    lua_pushvalue(L, index);
    may_have = lua_rawget(L, -2) != LUA_TNIL;
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return may_have;
}

/* ---- what other states can load ---- */

/* Pushes the field of the package library that require uses, whatever a script put in its place; nil
 * when there is none. Raw: encoding runs no script. */
static void push_package_field(lua_State *L, const char *field) {
  mn_originals_push(L, MN_ORIGINAL_LOADED);
  lua_pushliteral(L, LUA_LOADLIBNAME);
  if (lua_rawget(L, -2) == LUA_TTABLE) {
    lua_pushstring(L, field);
    lua_rawget(L, -2);
  } else {
    lua_pushnil(L);
  }
  lua_replace(L, -3);
  lua_pop(L, 1);
}

/* True when `name` is found on package[path]. */
static bool is_on_path(lua_State *L, const char *name, const char *path) {
  int top = lua_gettop(L);
  bool found = false;
  mn_originals_push(L, MN_ORIGINAL_SEARCHPATH);
  lua_pushstring(L, name);
  push_package_field(L, path);
  if (lua_isfunction(L, top + 1) && lua_type(L, top + 3) == LUA_TSTRING) {
    lua_call(L, 2, 1);
    found = lua_isstring(L, -1);
  }
  lua_settop(L, top);
  return found;
}

/* A C library may hold a whole family: "a.b" is then found by its root, "a". */
static bool is_in_family(lua_State *L, const char *name) {
  const char *dot = strchr(name, '.');
  if (!dot) return false;
  lua_pushlstring(L, name, (size_t)(dot - name));
  bool found = is_on_path(L, lua_tostring(L, -1), "cpath");
  lua_pop(L, 1);
  return found;
}

/* True when field `at` of the table on top of the stack is package[path]; makes it so. */
static bool note_path(lua_State *L, int at, const char *path) {
  push_package_field(L, path);
  lua_rawgeti(L, -2, at);
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 1);
  lua_rawseti(L, -2, at);
  return same;
}

/* Pushes what is known of the paths as they are now: names to whether they have a file. What was
 * found on other paths, or not found, is forgotten. */
static void push_loadable(lua_State *L) {
  mn_registry_push_weak(L, &LOADABLE_KEY, "k");
  bool path = note_path(L, 1, "path"), cpath = note_path(L, 2, "cpath");
  if (path && cpath) return;
  lua_pop(L, 1);
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &LOADABLE_KEY);
  mn_registry_push_weak(L, &LOADABLE_KEY, "k");
  (void)note_path(L, 1, "path");
  (void)note_path(L, 2, "cpath");
}

/* True when the module whose name is at `index` has a file. */
static bool has_file(lua_State *L, int index) {
  const char *name = lua_tostring(L, index);
  push_loadable(L);
  lua_pushvalue(L, index);
  if (lua_rawget(L, -2) == LUA_TNIL) {
    bool found =
        is_on_path(L, name, "path") || is_on_path(L, name, "cpath") || is_in_family(L, name);
    lua_pop(L, 1);
    lua_pushvalue(L, index);
    lua_pushboolean(L, found);
    lua_rawset(L, -3);
    lua_pushboolean(L, found);
  }
  bool result = lua_toboolean(L, -1);
  lua_pop(L, 2);
  return result;
}

/* True when the record has `which` under the name at `index`. */
static bool is_original(lua_State *L, mn_originals which, int index) {
  mn_originals_push(L, which);
  lua_pushvalue(L, index);
  bool has = lua_rawget(L, -2) != LUA_TNIL;
  lua_pop(L, 2);
  return has;
}

/* How a target gets the module whose name is at `index`. */
static mn_name how_to_load(lua_State *L, int index) {
  if (is_original(L, MN_ORIGINAL_LOADED, index) || is_original(L, MN_ORIGINAL_PRELOAD, index))
    return MN_NAME_FOUND;
  lua_pushvalue(L, index);
  mn_preload_push(L);
  bool preloaded = lua_isfunction(L, -1) && !lua_iscfunction(L, -1);
  lua_pop(L, 2);
  if (preloaded) return MN_NAME_PRELOAD;
  return has_file(L, index) ? MN_NAME_FOUND : MN_NAME_NONE;
}

/* ---- modules ---- */

static bool holds_function(lua_State *L, int index) {
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    if (!lua_isfunction(L, -1)) continue;
    lua_pop(L, 2);
    return true;
  }
  return false;
}

static bool is_mere_data(lua_State *L, int index) {
  if (!lua_istable(L, index)) return false;
  if (lua_getmetatable(L, index)) {
    lua_pop(L, 1);
    return false;
  }
  return !holds_function(L, index);
}

/* True when package.loaded has the value at `index` under the name at `name`. */
static bool is_loaded_as(lua_State *L, int index, int name) {
  push_loaded(L);
  lua_pushvalue(L, name);
  lua_rawget(L, -2);
  bool same = lua_rawequal(L, -1, index);
  lua_pop(L, 2);
  return same;
}

/* The name on top of the stack was found for the value at `index`: is it good? */
static mn_name check_module(lua_State *L, int index) {
  int name = lua_gettop(L);
  if (memchr(lua_tostring(L, name), '\0', lua_rawlen(L, name))) return MN_NAME_FOUND;
  if (is_original(L, MN_ORIGINAL_LOADED, name)) return MN_NAME_FOUND;
  if (!is_loaded_as(L, index, name) || is_mere_data(L, index)) return MN_NAME_NONE;
  return how_to_load(L, name);
}

mn_name mn_module_name(lua_State *L, int index) {
  mn_stack_need(L, LUA_MINSTACK);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &THINGS_KEY);
  lua_pushvalue(L, index);
  mn_name found = lua_rawget(L, -2) == LUA_TSTRING ? check_module(L, index) : MN_NAME_NONE;
  if (found == MN_NAME_NONE)
    lua_pop(L, 2);
  else
    lua_remove(L, -2);
  return found;
}

/* ---- fields ---- */

/* Pushes the name of the field of the table at `fields` that holds the value at `index`; `module` is
 * the index of the module's name. */
static bool find_field(lua_State *L, int index, int module, int fields) {
  for (lua_pushnil(L); lua_next(L, fields); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || !lua_rawequal(L, -1, index)) continue;
    int field = lua_gettop(L) - 1;
    push_field_name(L, module, field);
    lua_replace(L, field);
    lua_settop(L, field);
    return true;
  }
  return false;
}

/* Searches one module: name at `name`, value above it. The globals are searched as they were. */
static mn_name search_module(lua_State *L, int index, int name) {
  int module = name + 1;
  if (lua_type(L, name) != LUA_TSTRING || !lua_istable(L, module)) return MN_NAME_NONE;
  if (strcmp(lua_tostring(L, name), LUA_GNAME) == 0) {
    mn_originals_push(L, MN_ORIGINAL_GLOBALS);
    lua_replace(L, module);
  }
  if (!find_field(L, index, name, module)) return MN_NAME_NONE;
  mn_name how = how_to_load(L, name);
  if (how == MN_NAME_NONE) lua_pop(L, 1);
  return how;
}

/* Searches all modules of the table on top of the stack, and takes that away. */
static mn_name search(lua_State *L, int index) {
  int modules = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, modules); lua_settop(L, modules + 1)) {
    mn_name how = search_module(L, index, modules + 1);
    if (how == MN_NAME_NONE) continue;
    lua_replace(L, modules);
    lua_settop(L, modules);
    return how;
  }
  lua_settop(L, modules - 1);
  return MN_NAME_NONE;
}

static mn_name search_all(lua_State *L, int index) {
  mn_originals_push(L, MN_ORIGINAL_LOADED);
  mn_name how = search(L, index);
  if (how != MN_NAME_NONE) return how;
  push_loaded(L);
  return search(L, index);
}

mn_name mn_field_name(lua_State *L, int index) {
  mn_stack_need(L, LUA_MINSTACK);
  bool remembered = lua_iscfunction(L, index);
  if (!remembered) return search_all(L, index);
  mn_registry_push_weak(L, &FUNCTIONS_KEY, "k");
  int memory = lua_gettop(L);
  lua_pushvalue(L, index);
  mn_name how = MN_NAME_FOUND;
  if (lua_rawget(L, memory) != LUA_TSTRING) {
    lua_pop(L, 1);
    how = search_all(L, index);
    if (how == MN_NAME_FOUND) {
      lua_pushvalue(L, index);
      lua_pushvalue(L, -2);
      lua_rawset(L, memory);
    }
  }
  lua_remove(L, memory);
  return how;
}

/* ---- preload ---- */

void mn_preload_push(lua_State *L) {
  size_t size;
  mn_stack_need(L, LUA_MINSTACK);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  const char *name = lua_tolstring(L, -2, &size);
  const char *end = memchr(name, '\0', size);
  lua_pushlstring(L, name, end ? (size_t)(end - name) : size);
  lua_rawget(L, -2);
  lua_remove(L, -2);
}

void mn_preload_set(lua_State *L) {
  int name = lua_gettop(L) - 1;
  mn_stack_need(L, LUA_MINSTACK);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushvalue(L, name);
  if (lua_rawget(L, -2) == LUA_TNIL) {
    lua_pushvalue(L, name);
    lua_pushvalue(L, name + 1);
    lua_rawset(L, -4);
  }
  lua_settop(L, name - 1);
}

/* ---- what is named ---- */

static void push_require(lua_State *L) {
  mn_originals_push(L, MN_ORIGINAL_GLOBALS);
  lua_pushliteral(L, "require");
  if (lua_rawget(L, -2) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_getglobal(L, "require");
  }
  lua_remove(L, -2);
}

static void push_module(lua_State *L, const char *name, size_t size) {
  push_loaded(L);
  lua_pushlstring(L, name, size);
  if (lua_rawget(L, -2) == LUA_TNIL) {
    lua_pop(L, 1);
    push_require(L);
    lua_pushlstring(L, name, size);
    lua_call(L, 1, 1);
  }
  lua_remove(L, -2);
}

/* Replaces the module on top of the stack by its field. */
static void push_field(lua_State *L, const char *module, const char *field, size_t size) {
  lua_pushlstring(L, field, size);
  if (lua_istable(L, -2)) lua_gettable(L, -2); /* a module may have a lazy __index */
  if (!can_be_module(L, -1)) {
    lua_pushfstring(L, "module '%s' has no '%s' here", module, field);
    lua_error(L);
  }
  lua_remove(L, -2);
}

void mn_name_resolve(lua_State *L) {
  size_t size;
  mn_stack_need(L, LUA_MINSTACK);
  int at = lua_gettop(L);
  const char *name = lua_tolstring(L, at, &size);
  const char *end = memchr(name, '\0', size);
  push_module(L, name, end ? (size_t)(end - name) : size);
  if (end) push_field(L, name, end + 1, size - (size_t)(end + 1 - name));
  lua_replace(L, at);
}

/* ---- paths ---- */

/* Sets package[field] to the value at `index` unless that is nil. */
static void set_package(lua_State *L, const char *field, int index) {
  if (lua_isnil(L, index)) return;
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, "package");
  lua_pushvalue(L, index);
  lua_setfield(L, -2, field);
  lua_pop(L, 2);
}

void mn_package_set_paths(lua_State *L) {
  mn_stack_need(L, LUA_MINSTACK);
  int top = lua_gettop(L);
  set_package(L, "path", top - 1);
  set_package(L, "cpath", top);
}

/* core/modules.h -- the names by which modules, and what is in them, are found in any state.
 * Level core. Owner thread only. May throw (memory; require). Each call sees to its own room on the
 * Lua stack.
 *
 * A name is a string: "module", or "module\0field". */
#ifndef MN_CORE_MODULES_H
#define MN_CORE_MODULES_H

#include <lua.h>
#include <stdbool.h>

typedef enum mn_name {
  MN_NAME_NONE,   /* nothing was pushed */
  MN_NAME_FOUND,  /* the name was pushed */
  MN_NAME_PRELOAD /* the name was pushed; its loader, a Lua function, must travel along */
} mn_name;

/* Takes notice of what has been loaded since the last call. Once before names are looked for. */
void mn_modules_refresh(lua_State *L);

/* The name of the table, function or userdata at `index` if it is a loaded module that other states
 * can load too, or part of one that is pristine. A table of mere data (no metatable, no function
 * directly in it) that a script loaded is no module but data. */
mn_name mn_module_name(lua_State *L, int index);

/* True when there is nothing to take notice of. Never throws. */
bool mn_modules_are_noticed(lua_State *L);

/* False: mn_module_name finds no name for the value at `index`, if all modules are noticed. Never
 * throws. */
bool mn_module_may_have_name(lua_State *L, int index);

/* The same for what is found in a loaded module, under whatever field: C functions, and the
 * metatables that a module provides. */
mn_name mn_field_name(lua_State *L, int index);

/* Pushes the loader that package.preload has for the name on top of the stack (which stays). */
void mn_preload_push(lua_State *L);
/* Takes name and loader from the stack into package.preload, unless this state has its own. */
void mn_preload_set(lua_State *L);

/* Sets package.path and package.cpath to the two values on top of the stack, but for nil. */
void mn_package_set_paths(lua_State *L);

/* Replaces the name on top of the stack by what it names here; requires the module if need be.
 * Throws when there is no such thing. */
void mn_name_resolve(lua_State *L);

#endif
